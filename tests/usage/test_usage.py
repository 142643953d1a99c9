"""Recorded traffic under two versions: which calls change their outcome, and which findings nobody's traffic touches."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelslab_contracts import json_lines
from modelslab_contracts.contract import endpoints
from modelslab_contracts.diff.compare import compare
from modelslab_contracts.exchange import Exchange
from modelslab_contracts.findings import Finding
from modelslab_contracts.lint_subject import Subject, subject_of
from modelslab_contracts.usage.outcome import Usage, usage_of
from modelslab_contracts.usage.service import Service
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

JSON = (("content-type", "application/json"),)
FORM = (("content-type", "application/x-www-form-urlencoded"),)
WIDTH = {"type": "integer"}
WORDS: dict[str, Any] = {"type": "object", "required": ["prompt"], "properties": {"prompt": {"type": "string"}, "width": WIDTH}}
DONE = {"type": "object", "required": ["status"], "properties": {"status": {"const": "success"}, "eta": {"type": "number"}}}


def document(asks: Any = None, answers: Any = None, path: str = "/draw", **operation: Any) -> Any:
    """A document with one call."""
    media = {"schema": asks or WORDS}
    post = {
        "requestBody": {"required": True, "content": {"application/json": media, FORM[0][1]: media}},
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": answers or DONE}}}},
        **operation,
    }
    return {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {path: {"post": post}}}


def subject(root: Any, name: str = "doc.json") -> Subject:
    return subject_of(json.dumps(root).encode(), name.partition(".")[0], name)


def call(body: Any, reply: Any = None, path: str = "/draw", **more: Any) -> Exchange:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = json.dumps({"status": "success"} if reply is None else reply).encode()
    plain = Exchange(0.0, 0.0, "sb-none", "", None, "", "POST", path, 200, "", request_headers=JSON, reply_headers=JSON)
    return plain._replace(request_body=sent, reply_body=told, **more)


def played(name: str, orders: list[dict[str, Any]]) -> list[Exchange]:
    """What the emulator answers to orders of an endpoint, each with one fetch."""
    app = make_app(Settings(clock="auto"), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))
    endpoint = endpoints()[name]
    for n, order in enumerate(orders):
        key = {"key": f"mock-processing--{n}"}
        reply = app.handle(Request("POST", endpoint.submit.path, dict(JSON), json.dumps({**order, **key}).encode()), 0.0)
        path = endpoint.fetches[0].path.replace("{id}", str(json.loads(reply.body)["id"]))
        app.handle(Request("POST", path, dict(JSON), json.dumps(key).encode()), 0.0)
    return [each for journal in app.store.journals().values() for each in journal]


def used(calls: list[Exchange], old: Any, new: Any) -> Usage:
    return usage_of([("run.har", calls)], [(subject(old), subject(new))])


def with_width(**keywords: Any) -> Any:
    return {**WORDS, "properties": {**WORDS["properties"], "width": {"type": "integer", **keywords}}}


WIDE, NARROW = document(with_width(maximum=1024)), document(with_width(maximum=512))


@pytest.mark.parametrize(
    ("body", "headers", "old", "new", "rules"),
    [
        ({"prompt": "x", "width": 600}, JSON, WIDE, NARROW, ["usage/refused-now"]),
        ({"prompt": "x", "width": 600}, JSON, NARROW, WIDE, ["usage/accepted-now"]),
        ({"prompt": "x", "width": 500}, JSON, WIDE, NARROW, []),
        ({"prompt": "x", "width": 2000}, JSON, WIDE, NARROW, []),
        (b"prompt=x&width=600", FORM, WIDE, NARROW, ["usage/refused-now"]),
        (b"prompt=x&width=500", FORM, WIDE, NARROW, []),
        ({"prompt": "x"}, JSON, WIDE, document(path="/paint"), ["usage/refused-now"]),
        ({}, JSON, document({"type": "object"}), document(), ["usage/refused-now"]),
        ({"prompt": "x"}, JSON, document(), document(requestBody={"content": {"text/plain": {}}}), ["usage/refused-now"]),
        (b"", JSON, document(requestBody={}), document(), ["usage/refused-now"]),
    ],
)
def test_a_request_changes_its_outcome_or_does_not(body: Any, headers: Any, old: Any, new: Any, rules: list[str]) -> None:
    found = list(used([call(body, request_headers=headers)], old, new).findings())
    assert [each.rule for each in found] == rules
    assert all(each.where.startswith("run.har #1 POST /draw: ") for each in found)


def test_an_answer_that_was_allowed_and_is_not_is_told_and_one_that_never_was_is_not() -> None:
    strict = document(answers={**DONE, "required": ["status", "eta"]})
    (found,) = used(
        [call({"prompt": "x"}), call({"prompt": "x"}), call({"prompt": "x"}, {"status": "odd"})], document(), strict
    ).findings()
    assert (found.rule, found.where, found.hint) == (
        "usage/answer-not-allowed-now",
        "run.har #1 POST /draw: /eta",
        "2 recorded calls",
    )
    assert list(used([call({"prompt": "x"}, {"status": "success", "eta": 1})], document(), strict).findings()) == []


def test_a_query_that_is_needed_or_narrowed_is_part_of_a_request() -> None:
    def with_query(**keywords: Any) -> Any:
        return document(parameters=[{"name": "n", "in": "query", "schema": {"type": "integer", "maximum": 9}, **keywords}])

    free, needed = with_query(), with_query(required=True)
    (found,) = used([call({"prompt": "x"}), call({"prompt": "x"}, query="n=5")], free, needed).findings()
    assert (found.rule, found.where, found.hint) == ("usage/refused-now", "run.har #1 POST /draw: /n", "")
    (found,) = used([call({"prompt": "x"}, query="n=10")], document(), free).findings()
    assert (found.where, found.expected, found.got) == ("run.har #1 POST /draw: /n", "at most 9", "10")


@pytest.mark.parametrize(
    "server",
    [
        {"url": "https://api.test/v6"},
        {"url": "https://api.test/{version}/", "variables": {"version": {"default": "v6"}}},
    ],
    ids=["said", "by default"],
)
def test_a_path_may_hold_an_id_and_begin_with_that_of_a_server(server: Any) -> None:
    old = {**document(path="/fetch/{id}"), "servers": [server]}
    new = document(path="/fetch/{job}")
    usage = used([call({"prompt": "x"}, path="/v6/fetch/7"), call({}, path="/v6/fetch/7/8")], old, new)
    assert (len(usage.calls), usage.strays) == (1, 1)
    assert usage.calls[0].new_at is not None


def test_a_path_that_went_to_the_servers_is_where_it_was() -> None:
    old, new = document(path="/v1/draw"), {**document(), "servers": [{"url": "https://api.example/v1"}]}
    usage = used([call({"prompt": "x"}, path="/v1/draw")], old, new)
    assert list(usage.findings()) == []
    assert usage.summary == "Usage: 1 recorded call: 1 accepted or refused as before."


def test_a_document_of_3_0_is_read_in_its_own_meaning() -> None:
    old = {**document({**WORDS, "properties": {"prompt": {"type": "string", "nullable": True}}}), "openapi": "3.0.3"}
    (found,) = used([call({"prompt": None})], old, document()).findings()
    assert (found.where, found.got) == ("run.har #1 POST /draw: /prompt", "null")


def finding(rule: str, within: str) -> Finding:
    return Finding(f"diff/{rule}", f"doc.json:1 {within}", "a", "b", "")


BODY, ANSWER = "/draw POST body application/json", "/draw POST 200 application/json"
CALLS = [
    call({"prompt": "x", "width": 600, "old": 1}, {"status": "success", "eta": 1, "list": [{"a": 1}]}),
    call({"prompt": "x"}),
]


@pytest.mark.parametrize(
    ("rule", "within", "says"),
    [
        ("request-maximum-lowered", f"{BODY} /width", "touched by 1 of 2 recorded calls"),
        ("request-null-refused", f"{BODY} /prompt", "in theory: none of 2 recorded calls touches it"),
        ("request-default-changed", f"{BODY} /width", "touched by 1 of 2 recorded calls"),
        ("request-field-ignored", f"{BODY} /old", "touched by 1 of 2 recorded calls"),
        ("request-field-ignored", f"{BODY} /never", "in theory: none of 2 recorded calls touches it"),
        ("response-field-optional", f"{ANSWER} /eta", "touched by 1 of 2 recorded calls"),
        ("response-type-widened", f"{ANSWER} /list/items/a", "touched by 1 of 2 recorded calls"),
        ("response-alternative-added", ANSWER, "touched by 2 of 2 recorded calls"),
        ("response-type-widened", "/draw POST 429 application/json /eta", "in theory: none of 2 recorded calls touches it"),
        ("error-status-added", "/draw POST 429", "touched by 2 of 2 recorded calls"),
        ("operation-removed", "/credits GET", "in theory: none of 2 recorded calls touches it"),
        ("operation-removed", "/draw POST", "touched by 2 of 2 recorded calls"),
        ("callback-removed", "/draw POST callback ended POST", ""),
        ("callback-removed", "webhook ended POST", ""),
    ],
)
def test_a_finding_is_marked_with_who_touches_it(rule: str, within: str, says: str) -> None:
    marked, touched = used(CALLS, WIDE, NARROW).marked(finding(rule, within))
    assert (marked.hint, touched) == (says, not says.startswith("in theory"))


BOXES = {"type": "object", "properties": {"boxes": {"type": "array", "items": {"$ref": "#/components/schemas/Box"}}}}


def boxed(required: list[str]) -> Any:
    """A document whose request, and the answers of two calls, hold a list of the same component."""
    box = {"type": "object", "required": required, "properties": {"a": {"type": "integer"}}}
    root, other = document(BOXES, BOXES), document(BOXES, BOXES, "/show")
    return {**root, "paths": {**root["paths"], **other["paths"]}, "components": {"schemas": {"Box": box}}}


@pytest.mark.parametrize("asks", [True, False])
@pytest.mark.parametrize("path", ["/draw", "/show"])
def test_items_of_a_list_and_every_place_of_what_is_told_once_are_looked_at(path: str, asks: bool) -> None:
    old, new = (boxed([]), boxed(["a"])) if asks else (boxed(["a"]), boxed([]))
    (told, more), *others = compare(subject(old), subject(new)).elsewhere.items()
    assert more
    assert not others
    body = {"boxes": [{"a": 1}, {} if asks else {"a": 1}]}
    marked, touched = used([call(body, body, path=path), call({}, {}, path=path)], old, new).marked(told, more)
    assert touched
    assert marked.hint.endswith("; touched by 1 of 2 recorded calls")


def test_a_query_is_touched_by_calls_that_are_refused_for_it_and_a_moved_call_by_whoever_made_it() -> None:
    old, new = (
        document(parameters=[{"name": "n", "in": "query", "schema": {"type": "integer", "maximum": most}}]) for most in (9, 5)
    )
    calls = [call({"prompt": "x"}, query="n=3"), call({"prompt": "x"}, query="n=7")]
    for root, count in ((new, 1), (document(path="/paint"), 2)):
        told = [used(calls, old, root).marked(each)[0] for each in compare(subject(old), subject(root)).findings]
        assert told[0].hint.endswith(f"touched by {count} of 2 recorded calls")


def test_a_field_that_has_another_name_now_is_looked_for_under_its_old_one() -> None:
    usage = used([call({"prompt": "x", "W": 5}, {"status": "success", "W": 1}), call({"prompt": "x"})], WIDE, NARROW)
    for place, rule in ((BODY, "request-field-renamed"), (ANSWER, "response-field-renamed")):
        renamed = Finding(f"diff/{rule}", f"doc.json:1 {place} /width", "the name 'W'", "'width'", "")
        assert usage.marked(renamed)[0].hint == "touched by 1 of 2 recorded calls"


def test_contracts_that_share_a_url_each_get_their_own_calls(minimal: Callable[[str], dict[str, Any]]) -> None:
    names = ("images-flux-v6", "images-pony-v6")
    exchanges = [each for name in names for each in played(name, [minimal(name)])]
    subjects = [subject_of(endpoints()[name].document.text, name, name) for name in names]
    usage = usage_of([("x", exchanges)], [(each, each) for each in subjects])
    assert [each.couple.old.name for each in usage.calls if "text2img" in each.old_at.path] == [
        "images-flux-v6",
        "images-pony-v6",
    ]
    assert list(usage.findings()) == []
    assert usage.summary == "Usage: 4 recorded calls: 4 accepted or refused as before."


def test_orders_of_our_contracts_are_read_as_the_emulator_reads_them() -> None:
    text = endpoints()["realtime-v6"].document.text
    service = Service(subject_of(text, "realtime-v6", "x"))
    order = call({"key": "***", "prompt": "x", "width": "512", "webhook": None}, path="/api/v6/realtime/text2img")
    at = service.find(order)
    assert at is not None
    assert service.request_problems(at, order) == ()
    wrong = call({"key": "***", "prompt": "x", "width": "5120"}, path="/api/v6/realtime/text2img")
    assert [each.where for each in service.request_problems(at, wrong)] == ["/width"]


# --- the command -------------------------------------------------------------------------------------------------------

Diff = Callable[..., tuple[int, str, str]]


@pytest.fixture
def diff(command: Diff, in_a_folder: Path) -> Diff:
    """Run `diff` in a folder with two versions and a recording: exit code, stdout, stderr."""
    assert in_a_folder
    Path("old.json").write_text(json.dumps(WIDE, indent=1))
    Path("new.json").write_text(json.dumps(NARROW, indent=1))
    for name, widths in (("wide.jsonl", [600, 700, 5]), ("small.jsonl", [5])):
        calls = [call({"prompt": "x", "width": each}) for each in widths]
        Path(name).write_text("".join(json_lines.write(calls)))

    return partial(command, "diff")


def test_a_break_that_nobody_touches_is_in_theory_and_need_not_fail(diff: Diff) -> None:
    code, out, _ = diff("old.json", "new.json", "--usage", "small.jsonl")
    assert code == 1
    assert "in theory: none of 1 recorded call touches it" in out
    assert out.endswith("\nUsage: 1 recorded call: 1 accepted or refused as before.\n")
    assert diff("old.json", "new.json", "--usage", "small.jsonl", "--fail-on", "touched")[0] == 0


def test_a_break_that_is_touched_fails_and_says_by_which_calls(diff: Diff) -> None:
    code, out, _ = diff("old.json", "new.json", "--usage", "small.jsonl", "--usage", "wide.jsonl", "--fail-on", "touched")
    assert code == 1
    assert "touched by 2 of 4 recorded calls" in out
    assert "error usage/refused-now  wide.jsonl #1 POST /draw: /width: must be at most 512, got 600 (2 recorded calls)\n" in out


def test_without_a_recording_nothing_is_marked(diff: Diff) -> None:
    code, out, _ = diff("old.json", "new.json")
    assert (code, "recorded" in out) == (1, False)


def test_moving_between_dialects_says_which_payloads_survive(diff: Diff) -> None:
    orders = [{"prompt": "a fox", **more} for more in ({}, {"model_id": "flux", "width": "512"}, {"model_id": "flux"})]
    Path("v3.jsonl").write_text("".join(json_lines.write(played("text2img-v3", orders))))
    _, out, _ = diff("text2img-v3", "images-flux-v6", "--usage", "v3.jsonl")
    assert "usage/refused-now  v3.jsonl #1 POST /api/v3/text2img: /model_id: must be present, got absent" in out
    assert " 2 of 3 payloads of /api/v3/text2img survive the move to /api/v6/images/text2img." in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--usage", "none.har"], "none.har: No such file"),
        (["--usage", "old.json"], "old.json: an OpenAPI document, not a journal"),
        (["--fail-on", "touched"], "--fail-on touched needs --usage FILE"),
        (["--fail-on", "touchd"], "did you mean 'touched'?"),
    ],
)
def test_what_cannot_be_is_one_sentence(diff: Diff, words: list[str], says: str) -> None:
    code, out, err = diff("old.json", "new.json", *words)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("broken", [{"$ref": "#/nowhere"}, {"properties": {"prompt": {"pattern": "(?<x"}}}, {"$ref": "#/x"}])
def test_a_schema_that_cannot_be_read_stops_nothing(broken: Any) -> None:
    usage = used([call({"prompt": "x"})], document(broken), document())
    assert [each.change for each in usage.calls] == [""]
    root = {**document({"$ref": "#/x"}), "x": {"$ref": "#/x"}}
    assert [each.change for each in used([call({"prompt": "x"})], root, document()).calls] == [""]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for name, below in inner for each in places(below, (*path, name)))]


PARAMETERS = [{"name": "n", "in": "query", "required": True, "schema": {"type": "integer"}}]
WHOLE = {**document(path="/fetch/{id}", parameters=PARAMETERS), "servers": [{"url": "https://api.test/v6"}]}
odd = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6)
odd |= st.sampled_from([[], {}, [[]], [5], {"$ref": 5}, {"$ref": "#/paths"}, {"content": 5}, {"oneOf": [5]}, {"type": "odd"}])


@settings(max_examples=settings().max_examples // 2)
@given(st.data())
def test_no_document_however_odd_stops_the_comparison(data: st.DataObject) -> None:
    root = json.loads(json.dumps(WHOLE))
    path = data.draw(st.sampled_from([each for each in places(root)[1:] if each != ("openapi",)]))
    inner = root
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = data.draw(odd)
    calls = [
        call({"prompt": "x", "width": 5}, path="/fetch/7", query="n=5"),
        call(b"a=1", path="/v6/fetch/7", request_headers=FORM),
    ]
    for old, new in ((root, WHOLE), (WHOLE, root)):
        usage = used(calls, old, new)
        assert len(usage.calls) + usage.strays == 2
        assert usage.summary
        list(usage.findings())
