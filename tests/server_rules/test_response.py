"""The judge of answers: `status` says which branch was meant, and each problem is one finding with pointer and source."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.endpoint import Answer, Call, Endpoint
from modelslab_contracts.findings import Finding
from modelslab_contracts.response import Answered, promise_of, read_answer, responses_of

ENDPOINTS = endpoints()
REALTIME, FLUX = ENDPOINTS["realtime-v6"], ENDPOINTS["images-flux-v6"]


def read(endpoint: Endpoint, call: Call, body: Any, status: int = 200, media_type: str | None = "application/json") -> Answered:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_answer(endpoint, call, status, media_type, raw)


def told(answered: Answered) -> list[tuple[str, str]]:
    return [(each.rule.removeprefix("server/"), each.where) for each in answered.findings]


PROCESSING = {
    "status": "processing", "eta": 2.5, "message": "later", "id": 7, "output": [],
    "fetch_result": "https://modelslab.com/api/v6/realtime/fetch/7",
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "media_type", "found"),
    [
        (PROCESSING, 200, "application/json", []),
        (PROCESSING, 200, "application/json; charset=utf-8", []),
        (PROCESSING, 200, None, []),
        (PROCESSING, 200, "text/html", [("answers-in-another-media-type", "")]),
        (PROCESSING, 200, "", [("answers-in-another-media-type", "")]),
        ({**PROCESSING, "eta": "soon"}, 200, None, [("answers-a-value-of-another-type", "/eta")]),
        ({**PROCESSING, "id": True}, 200, None, [("answers-a-value-of-another-type", "/id")]),
        ({**PROCESSING, "fetch_result": "none"}, 200, None, [("answers-a-value-of-another-type", "/fetch_result")]),
        ({**PROCESSING, "output": ["x"]}, 200, None, [("answers-a-value-that-breaks-its-clause", "/output")]),
        ({**PROCESSING, "future_links": ["x", "y"]}, 200, None, [("answers-a-value-of-another-type", "/future_links/0")]),
        ({**PROCESSING, "news": 1}, 200, None, [("adds-a-member-that-no-page-has", "/news")]),
        ({"status": "queued"}, 200, None, [("says-an-unknown-status-word", "/status")]),
        ({"status": 5}, 200, None, [("says-an-unknown-status-word", "/status")]),
        ({"id": 7}, 200, None, [("leaves-out-a-required-member", "/status")]),
        ({"status": "success", "output": []}, 400, None, [("says-an-unknown-status-word", "/status")]),
        ({"status": "error", "message": "no"}, 400, None, []),
        ({"status": "error", "message": "no"}, 418, None, [("answers-with-an-undeclared-status", "")]),
        (b"<!DOCTYPE html><p>", 200, None, [("answers-with-no-json", "")]),
        (b"", 500, None, [("answers-with-no-json", "")]),
        (b"[1]", 200, None, [("answers-with-no-json", "")]),
        (b'{"status": "success"', 200, None, [("answers-with-no-json", "")]),
        (b'{"a": NaN}', 200, None, [("answers-with-no-json", "")]),
        (b"<html>", 418, None, [("answers-with-an-undeclared-status", ""), ("answers-with-no-json", "")]),
    ],
)
def test_an_answer_is_told_what_is_wrong_with_it(body: Any, status: int, media_type: str | None, found: list[Any]) -> None:
    answered = read(REALTIME, REALTIME.submit, body, status, media_type)
    assert told(answered) == found
    assert all(each.source and each.expected for each in answered.findings)


def test_a_finding_says_all_of_it() -> None:
    (found,) = read(REALTIME, REALTIME.submit, {**PROCESSING, "eta": "soon"}).findings
    source = "000 OpenAPI RealtimeImageGenerationProcessingResponse"
    assert found == Finding("server/answers-a-value-of-another-type", "/eta", "a number", '"soon"', source)
    (found,) = read(REALTIME, REALTIME.submit, {"status": "queued"}).findings
    assert (found.expected, found.got) == ("success, processing or error", '"queued"')


def test_all_that_one_object_lacks_is_one_finding() -> None:
    (found,) = read(REALTIME, REALTIME.submit, {"status": "processing", "eta": 1, "message": ""}).findings
    assert (found.where, found.expected, found.got) == (
        "",
        "complete, with fetch_result, id and output",
        "an object without them",
    )


def test_where_either_spelling_will_do_the_missing_one_names_the_other() -> None:
    (found,) = read(FLUX, FLUX.submit, {"status": "error"}, 400).findings
    assert (found.where, found.expected) == ("/messege", "present, or message in its place")
    assert told(read(FLUX, FLUX.submit, {"status": "error", "message": "x"}, 400)) == []


def test_of_what_came_cut_nothing_is_said() -> None:
    assert read_answer(REALTIME, REALTIME.submit, 200, None, b'{"status"', is_cut=True).findings == ()


# --- every branch of every contract --------------------------------------------------------------------------------------


def branches() -> Iterator[tuple[Endpoint, Call, Answer]]:
    for endpoint in ENDPOINTS.values():
        for call in endpoint.calls:
            for answer in call.answers.values():
                yield endpoint, call, answer


CASES = [pytest.param(*each, id=f"{each[0].name} {each[1].operation_id} {each[2].status}") for each in branches()]


def smallest(endpoint: Endpoint, node: Any) -> Any:
    """A small value of a schema of an answer."""
    schema: dict[str, Any] = endpoint.document.resolve(node)
    if "const" in schema or "default" in schema:
        return schema.get("const", schema.get("default"))
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        needed = [*schema.get("required", ()), *schema.get("anyOf", [{}])[0].get("required", ())]
        return {name: smallest(endpoint, schema["properties"][name]) for name in needed}
    text = "https://x.test/" if schema.get("format") == "uri" else "text"
    return {"integer": 1, "number": 1.5, "string": text, "boolean": True, "array": [], "null": None}[kind]


@pytest.mark.parametrize(("endpoint", "call", "answer"), CASES)
def test_every_branch_is_known_by_its_word_and_every_member_of_it_is_missed(
    endpoint: Endpoint, call: Call, answer: Answer
) -> None:
    body = smallest(endpoint, answer.schema)
    whole = read(endpoint, call, body)
    assert (whole.findings, whole.word, whole.branch and whole.branch.words) == ((), answer.status, (answer.status,))
    for name in answer.schema["required"]:
        if name != "status":
            less = {key: each for key, each in body.items() if key != name}
            assert told(read(endpoint, call, less)) == [("leaves-out-a-required-member", f"/{name}")]
            wrong = read(endpoint, call, {**body, name: "odd" if isinstance(body[name], (int, float)) else 5.5})
            assert {each.where for each in wrong.findings} == {f"/{name}"}


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=str)
def test_every_declared_status_of_a_call_is_found_in_its_document(endpoint: Endpoint) -> None:
    for call in endpoint.calls:
        assert tuple(map(int, responses_of(endpoint, call))) == call.statuses
        for status in call.statuses:
            promise = promise_of(endpoint, call, status)
            assert promise is not None
            assert promise.branches
            assert promise.media_types == ("application/json",)
