"""Journals: numbered, found again by what is wanted, written as JSON Lines and as HAR."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from modelslab_contracts.exchange import Exchange, Journal, Raw
from modelslab_contracts.findings import RULES, Finding
from modelslab_contracts.har import har
from modelslab_contracts.json_lines import EDITION, JsonLinesError, read, write
from modelslab_contracts.wanted import EVERYTHING, Wanted, WantedError, wanted
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings
from modelslab_mock.watch import Watch

times = st.floats(0, 2**32, allow_nan=False)
words = st.text(max_size=12)
names = st.text(st.characters(categories=["L", "N"], max_codepoint=127), min_size=1, max_size=8)
findings = st.builds(Finding, st.sampled_from(sorted(RULES)), words, words, words, words, words)
headers = st.lists(st.tuples(names, words), max_size=3).map(tuple)
bodies = st.binary(max_size=40) | words.map(lambda each: each.encode("utf-8", "replace"))
exchanges = st.builds(
    Exchange,
    real_at=times,
    at=times,
    sandbox=st.sampled_from(["sb-none", "sb-0123abcd"]),
    endpoint=st.sampled_from(["", "realtime-v6"]),
    job_id=st.none() | st.integers(0, 2**70),
    answer=st.sampled_from(["success", "reset", "picture"]) | names,
    method=st.sampled_from(["GET", "POST"]),
    path=words.map(lambda each: f"/{each}"),
    status=st.sampled_from([200, 404, 524]),
    reason=words,
    findings=st.lists(findings, max_size=2).map(tuple),
    query=words,
    request_headers=headers,
    request_body=bodies,
    reply_headers=headers,
    reply_body=bodies,
    n=st.integers(0, 2**40),
)
PLAIN = Exchange(1.5, 2.5, "sb-0123abcd", "realtime-v6", 7, "success", "POST", "/api/v6/realtime/text2img", 200, "why")


# --- numbers -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["record", "clear"]), max_size=40), st.integers(0, 5))
def test_numbers_only_grow_and_are_never_given_twice(moves: list[str], bound: int) -> None:
    journal, count, since_clear = Journal(bound), 0, 0
    for move in moves:
        if move == "clear":
            journal.clear()
            since_clear = 0
        else:
            journal.record(PLAIN._replace(job_id=count))
            count += 1
            since_clear += 1
        kept = [(each.n, each.job_id) for each in journal]
        assert kept == [(n, n - 1) for n in range(count - min(bound, since_clear) + 1, count + 1)]
        assert journal.last == count


def test_what_is_cleared_is_not_forgotten() -> None:
    journal = Journal(2)
    for _ in range(3):
        journal.record(PLAIN)
    journal.clear()
    assert (journal.forgotten, journal.last, len(journal)) == (1, 3, 0)


def test_find_hands_out_what_matches_with_its_headers_and_bodies_masked() -> None:
    journal = Journal(9)
    raw = Raw("S3CRET-S3CRET", {"x": "S3CRET-S3CRET"}, b'{"key": "S3CRET-S3CRET"}', b"S3CRET-S3CRET")
    for status in (200, 404, 200):
        journal.record(PLAIN._replace(status=status), raw)
    found = list(journal.find(lambda each: each.status == 200, since=1))
    assert [each.n for each in found] == [3]
    assert (found[0].request_headers, found[0].request_body) == ((("x", "***"),), b'{"key": "***"}')
    assert found == [each for each in journal if each.n == 3]


# --- JSON Lines --------------------------------------------------------------------------------------------------------


@given(st.lists(exchanges, max_size=4))
def test_what_was_written_is_read_back(given_: list[Exchange]) -> None:
    assert read("".join(write(given_))) == given_


@given(st.lists(exchanges, max_size=4))
def test_each_exchange_is_one_line_of_json(given_: list[Exchange]) -> None:
    lines = list(write(given_))
    assert [each.count("\n") for each in lines] == [1] * len(given_)
    assert [json.loads(each)["edition"] for each in lines] == [EDITION] * len(given_)


def test_a_body_is_text_where_it_is_text_and_base64_otherwise() -> None:
    (line,) = write([PLAIN._replace(request_body="ключ".encode(), reply_body=b"\xff\x00")])
    value = json.loads(line)
    assert value["request_body"] == "ключ"
    assert value["reply_body"] == {"base64": "/wA="}


def changed(change: Callable[[dict[str, Any]], Any]) -> str:
    (line,) = write([PLAIN._replace(findings=(Finding("request/not-json", "", "JSON", "x", "000"),))])
    value = json.loads(line)
    change(value)
    return line + "\n" + json.dumps(value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda v: v.update(edition=2), "line 3: edition 2 is not known here"),
        (lambda v: v.pop("edition"), "line 3: edition None"),
        (lambda v: v.update(snadbox="x"), "line 3: unknown field 'snadbox'; did you mean 'sandbox'?"),
        (lambda v: v.pop("path"), "line 3: path is missing"),
        (lambda v: v.update(status="200"), 'line 3: status must be an integer, got "200"'),
        (lambda v: v.update(status=True), "line 3: status must be an integer, got true"),
        (lambda v: v.update(at=None), "line 3: at must be a number, got null"),
        (lambda v: v.update(at=10**400), "line 3: at is a number beyond all times"),
        (lambda v: v.update(reply_body={"base64": "*"}), "line 3: reply_body: what stands under base64 is none"),
        (lambda v: v.update(reply_body={"base46": ""}), "line 3: reply_body must be a string or"),
        (lambda v: v.update(reply_body="\ud800"), "line 3: reply_body must be text without lone surrogates"),
        (lambda v: v.update(reply_headers=[["a"]]), "line 3: reply_headers must be a list of [name, value]"),
        (lambda v: v.update(findings=5), "line 3: findings must be a list, got 5"),
        (lambda v: v["findings"][0].pop("got"), "line 3: a finding must be an object with rule, where"),
        (lambda v: v["findings"][0].update(rule="request/not-jsno"), "did you mean 'request/not-json'?"),
    ],
)
def test_a_line_that_is_none_is_an_error_that_says_which_and_why(change: Callable[[dict[str, Any]], Any], says: str) -> None:
    with pytest.raises(JsonLinesError, match=r"^line \d+") as told:
        read(changed(change))
    assert says in str(told.value)


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_raise_anything_else(text: str) -> None:
    with suppress(JsonLinesError):
        read(text)


@pytest.mark.parametrize("text", ["[" * 100_000, "5", '"x"', "{}", "NaN", "1" * 5_000])
def test_json_that_is_no_exchange_is_refused(text: str) -> None:
    with pytest.raises(JsonLinesError, match=r"^line 1"):
        read(text)


# --- HAR ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def is_har(read_fixture: Callable[[str], Any]) -> Draft202012Validator:
    return Draft202012Validator(read_fixture("har-1.2.schema.json"))


@given(given_=st.lists(exchanges, max_size=3))
def test_every_journal_is_a_valid_archive(is_har: Draft202012Validator, given_: list[Exchange]) -> None:
    value = har([each._replace(request_headers=()) for each in given_], version="1")
    is_har.validate(value)
    json.dumps(value, allow_nan=False).encode("utf-8", "surrogatepass")
    assert [each["_n"] for each in value["log"]["entries"]] == [each.n for each in given_]


@given(exchange=exchanges)
def test_an_archive_holds_all_of_every_body(exchange: Exchange) -> None:
    (entry,) = har([exchange], version="1")["log"]["entries"]
    content = entry["response"]["content"]
    plain = base64.b64decode(content["text"]) if content.get("encoding") else content["text"].encode()
    assert (plain, content["size"]) == (exchange.reply_body, len(exchange.reply_body))
    sent = entry["request"].get("postData", {"text": ""})
    plain = base64.b64decode(sent["text"]) if sent.get("_encoding") else sent["text"].encode()
    assert plain == exchange.request_body


def test_an_archive_says_what_a_network_panel_shows(is_har: Draft202012Validator) -> None:
    finding = Finding("request/above-maximum", "/width", "between 256 and 1024", "4096", "000 width")
    exchange = PLAIN._replace(
        real_at=1_700_000_000.25, path="/a b/ж", query="key=***&x=1%202", request_body=b"{}", reply_body=b"[]", n=5,
        request_headers=(("host", "modelslab.com"), ("content-type", "application/json")),
        reply_headers=(("content-type", "application/json"),), findings=(finding,),
    )  # fmt: skip
    value = har([exchange], version="0.1", origin="https://127.0.0.1:4777")
    is_har.validate(value)
    (entry,) = value["log"]["entries"]
    assert entry["startedDateTime"] == "2023-11-14T22:13:20.250+00:00"
    assert entry["request"]["url"] == "https://modelslab.com/a%20b/%D0%B6?key=***&x=1%202"
    assert entry["request"]["queryString"] == [{"name": "key", "value": "***"}, {"name": "x", "value": "1 2"}]
    assert entry["request"]["postData"] == {"mimeType": "application/json", "text": "{}"}
    assert (entry["response"]["status"], entry["response"]["statusText"]) == (200, "OK")
    assert (entry["_sandbox"], entry["_endpoint"], entry["_job"], entry["_n"]) == ("sb-0123abcd", "realtime-v6", 7, 5)
    assert entry["_findings"] == [{"severity": "error", **finding._asdict()}]


def test_an_answer_that_never_came_has_no_status_and_one_that_broke_off_has_its_own() -> None:
    entries = har([PLAIN._replace(answer="reset"), PLAIN._replace(answer="reset", reply_body=b"{}")], version="1")["log"][
        "entries"
    ]
    told = [(each["response"]["status"], each["response"]["_error"]) for each in entries]
    assert told == [(0, "the connection was reset"), (200, "the connection was reset in mid-body")]


def test_the_schema_of_an_archive_can_say_no(is_har: Draft202012Validator) -> None:
    value = har([PLAIN], version="1")
    del value["log"]["entries"][0]["timings"]["wait"]
    assert not is_har.is_valid(value)


# --- what is wanted ----------------------------------------------------------------------------------------------------

REFUSED = PLAIN._replace(
    n=9, status=400, answer="error", findings=(Finding("request/above-maximum", "/width", "less", "more", "000"),)
)
NOWHERE = PLAIN._replace(
    n=10, status=404, answer="error", endpoint="", job_id=None, sandbox="sb-none", path="/api/v6/x[1]",
    findings=(Finding("route/unknown-path", "", "a path of a contract", "/api/v6/x", "specs"),),
)  # fmt: skip
ALL = [PLAIN._replace(n=8), REFUSED, NOWHERE]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [8, 9, 10]),
        ({"sandbox": "sb-none"}, [10]),
        ({"endpoint": "realtime-v6"}, [8, 9]),
        ({"method": "post"}, [8, 9, 10]),
        ({"method": "GET"}, []),
        ({"path": "/api/v6/realtime/text2img"}, [8, 9]),
        ({"path": "/api/v6/*"}, [8, 9, 10]),
        ({"path": "/api/v6"}, []),
        ({"path": "*/text?img"}, [8, 9]),
        ({"path": "/api/v6/x[1]"}, [10]),
        ({"status": "400"}, [9]),
        ({"status": 400}, [9]),
        ({"status": "4xx"}, [9, 10]),
        ({"job": "7"}, [8, 9]),
        ({"answer": "success"}, [8]),
        ({"rule": "request/above-maximum"}, [9]),
        ({"rule": "request/*"}, [9]),
        ({"since": "8"}, [9, 10]),
        ({"since": 10}, []),
        ({"refused": "true"}, [9, 10]),
        ({"refused": False}, [8, 9, 10]),
        ({"unmatched": ""}, [10]),
        ({"status": "4xx", "unmatched": "yes", "since": None}, [10]),
    ],
)
def test_a_query_finds_what_it_says(query: dict[str, Any], numbers: list[int]) -> None:
    asked = wanted(query, endpoints=["realtime-v6"])
    assert [each.n for each in ALL if asked.matches(each)] == numbers


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"endpont": "x"}, "unknown parameter 'endpont'; did you mean 'endpoint'?"),
        ({"endpoint": "realtime-6"}, "endpoint 'realtime-6' is not known; did you mean 'realtime-v6'?"),
        ({"endpoint": 5}, "endpoint must be a word, got 5"),
        ({"method": "PSOT"}, "did you mean 'POST'?"),
        ({"sandbox": "my-secret-key"}, "sandbox must be a sandbox as the log names it"),
        ({"status": "40"}, "status must be a code such as 404 or a class such as 4xx, got '40'"),
        ({"status": [404]}, "status must be a code"),
        ({"job": "-1"}, "job must be a whole number, got '-1'"),
        ({"job": True}, "job must be a whole number"),
        ({"since": "1.5"}, "since must be a whole number"),
        ({"answer": "sucess"}, "answer 'sucess' is not known; did you mean 'success'?"),
        ({"rule": "request/above-maximun"}, "did you mean 'request/above-maximum'?"),
        ({"rule": "reqest/*"}, "rule 'reqest/*' is no rule"),
        ({"unmatched": "maybe"}, "unmatched must be true or false, got 'maybe'"),
        ({"path": "api/v6/*"}, "path must begin with / or *"),
    ],
)
def test_a_query_that_cannot_be_understood_is_an_error_with_the_nearest_word(query: dict[str, Any], says: str) -> None:
    with pytest.raises(WantedError) as told:
        wanted(query, endpoints=["realtime-v6"], answers=["success", "error"])
    assert says in str(told.value)
    assert "my-secret-key" not in str(told.value)


@given(exchanges)
def test_a_query_for_everything_about_an_exchange_finds_it(exchange: Exchange) -> None:
    assume(exchange.n and not set(exchange.path) & set("*?") and (exchange.job_id or 0) < 10**18)
    fields: dict[str, Any] = {
        "sandbox": exchange.sandbox, "method": exchange.method, "path": exchange.path, "status": exchange.status,
        "job": exchange.job_id, "answer": exchange.answer, "endpoint": exchange.endpoint or None, "since": exchange.n - 1,
    }  # fmt: skip
    assert wanted(fields).matches(exchange)
    assert not wanted({**fields, "since": exchange.n}).matches(exchange)
    assert EVERYTHING == Wanted() == wanted({})


def test_a_journal_of_a_running_emulator_is_exported_and_searched() -> None:
    app = make_app(Settings(clock="frozen"), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))
    for body in ({"key": "some-key-1234", "prompt": "a fox"}, {"key": "some-key-1234", "prompt": "a fox", "width": 9999}):
        told = app.handle(Request("POST", PLAIN.path, {"content-type": "application/json"}, json.dumps(body).encode()), 0.0)
    assert told.exchange is not None
    journal = app.store.journal(told.exchange.sandbox)
    assert [each.n for each in journal.find(wanted({"rule": "request/above-maximum"}).matches)] == [2]
    assert read("".join(write(journal))) == list(journal)
    assert har(journal, version="1")["log"]["entries"][1]["_findings"][0]["rule"] == "request/above-maximum"


# --- the page ----------------------------------------------------------------------------------------------------------

PAGE = (Path(__file__).parent.parent / "docs" / "journal.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0]  # type: ignore[no-any-return]


def test_the_line_that_the_page_shows_is_one_that_is_written() -> None:
    (shown,) = read(block("json"))
    app = make_app(Settings(clock="frozen"), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))
    body = json.dumps({"key": "your_api_key", "prompt": "a fox", "width": 9999}).encode()
    app.handle(Request("POST", PLAIN.path, {"content-type": "application/json"}, body), shown.real_at)
    (journal,) = (each for each in app.store.journals().values() if len(each))
    assert list(journal) == [shown._replace(at=0.0)]


def test_the_page_names_every_field_and_every_parameter() -> None:
    for name in Exchange._fields:
        assert f"`{name}`" in PAGE
    for field in dataclasses.fields(Wanted):
        assert f"`{field.name}`" in PAGE


def test_the_example_of_waiting_runs() -> None:
    app = make_app(Settings(clock="frozen"), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))
    for body in ({"key": "some-key", "prompt": "a fox"}, {"key": "some-key", "prompt": "a fox", "width": 9999}):
        app.handle(Request("POST", PLAIN.path, {"content-type": "application/json"}, json.dumps(body).encode()), 0.0)
    store: Any = app.store
    (sandbox,) = store.held()
    names: dict[str, Any] = {}
    exec(block("python"), names)
    (job_id,) = sandbox.jobs
    status, reason = asyncio.run(names["example"](Watch(store, lambda: 0.0), sandbox.name, job_id))
    assert status == "success"
    assert reason.startswith("bad-field: /width must be between 1 and 1024")
