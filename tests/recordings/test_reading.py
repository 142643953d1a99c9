"""Recordings of every kind are read into the same exchanges, without one byte of a key; what is none is one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from modelslab_contracts import har as har_form
from modelslab_contracts import json_lines
from modelslab_contracts.exchange import MASK, Exchange, sandbox_name
from modelslab_contracts.findings import Finding
from modelslab_contracts.recordings import reading, vcr
from modelslab_contracts.recordings.reading import RecordingError, read_recording, recording_of

from .samples import DONE, FETCH, FORM, HOST, KEY, ORDER, PICTURE, PROCESSING, RUBY, SUBMIT, har, vcrpy


def cassette(form: str) -> bytes:
    from vcr.serialize import serialize
    from vcr.serializers import jsonserializer, yamlserializer

    held = vcrpy()
    if form == "json":  # which holds no bytes: neither compressed answers nor pictures
        held["requests"].pop()
        held["responses"].pop()
        held["responses"][0]["body"]["string"] = PROCESSING.encode()
    text: str = serialize(held, yamlserializer if form == "yaml" else jsonserializer)
    return text.encode()


def journal() -> bytes:
    """What somebody wrote who thought little of masking."""
    plain = Exchange(1.0, 1.0, "sb-none", "", None, "processing", "POST", SUBMIT, 200, f"why {KEY}")
    sent = plain._replace(
        request_headers=(("host", "modelslab.com"), ("content-type", "application/json")), request_body=ORDER.encode(),
        reply_body=PROCESSING.encode(), findings=(Finding("request/not-json", "", "JSON", KEY, "000", KEY),), n=1,
    )  # fmt: skip
    polled = sent._replace(path=FETCH, query=f"key={KEY}", request_body=FORM.encode(), reply_body=DONE.encode(), n=2)
    picture = polled._replace(method="GET", path="/generations/0.png", reply_body=PICTURE, request_body=b"", n=3)
    return "".join(json_lines.write([sent, polled, picture])).encode()


def ruby_json() -> bytes:
    from modelslab_contracts.recordings.yaml_text import load

    root = load(RUBY.encode())
    root["http_interactions"].pop()  # JSON holds no bytes
    return json.dumps(root).encode()


KINDS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "journal": ("journal", journal),
    "har": ("HAR", lambda: json.dumps(har()).encode()),
    "indented har": ("HAR", lambda: b"\xef\xbb\xbf" + json.dumps(har(), indent=2, ensure_ascii=False).encode()),
    "vcrpy yaml": ("vcrpy cassette", lambda: cassette("yaml")),
    "vcrpy json": ("vcrpy cassette", lambda: cassette("json")),
    "ruby": ("VCR cassette", RUBY.encode),
    "ruby json": ("VCR cassette", ruby_json),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_told_by_its_content_and_read_into_the_same_exchanges(name: str, tmp_path: Path) -> None:
    kind, text = KINDS[name]
    file = tmp_path / "recording.of-any-name"
    file.write_bytes(text())
    recording = read_recording(file)
    assert recording.kind == kind
    order, poll, *picture = recording.exchanges
    assert (order.method, order.path, order.status, order.answer) == ("POST", SUBMIT, 200, "processing")
    assert json.loads(order.request_body) == {"key": MASK, "prompt": "a fox — ein Fuchs"}
    assert json.loads(order.reply_body) == {**json.loads(PROCESSING), "echo": MASK}
    assert dict(order.request_headers)["host"] == "modelslab.com"
    assert (poll.path, poll.query, poll.request_body) == (FETCH, f"key={MASK}", f"key={MASK}&prompt=a+fox".encode())
    assert json.loads(poll.reply_body) == json.loads(DONE)
    assert [(each.path, each.reply_body) for each in picture] in ([], [("/generations/0.png", PICTURE)])
    assert [each.n for each in recording.exchanges] == list(range(1, len(recording.exchanges) + 1))


@pytest.mark.parametrize("name", KINDS)
def test_no_byte_of_the_key_comes_out_of_any_kind(name: str) -> None:
    text = KINDS[name][1]()
    exchanges = recording_of(text, "x").exchanges
    told = "".join(json_lines.write(exchanges)) + repr(exchanges)
    for form in (KEY, "sk-Very", "Secret", "%2FSecret", "C00kie"):
        assert form not in told, form
    if name != "journal":  # which names its own
        assert {each.sandbox for each in exchanges[:1]} == {sandbox_name(KEY)}


def test_times_are_read_where_a_kind_has_them() -> None:
    at = {name: recording_of(text(), "x").exchanges[0].at for name, (_, text) in KINDS.items()}
    assert (at["har"], at["ruby"], at["vcrpy yaml"], at["vcrpy json"]) == (1767323045.25, 1767323045, 1767323045, 1767323045)


def test_an_entry_without_an_answer_is_a_reset() -> None:
    root = har()
    root["log"]["entries"][0]["response"] |= {"status": 0, "_error": "net::ERR_CONNECTION_RESET"}
    (first, *_) = recording_of(json.dumps(root).encode(), "x").exchanges
    assert (first.status, first.answer, first.reason) == (0, "reset", "net::ERR_CONNECTION_RESET")


def test_an_address_that_is_none_is_all_path() -> None:
    root = har()
    root["log"]["entries"][0]["request"]["url"] = "http://[/x"
    assert recording_of(json.dumps(root).encode(), "x").exchanges[0].path == "http://[/x"


def test_a_form_that_a_browser_lists_as_pairs_is_a_body() -> None:
    root = har()
    pairs = [{"name": "key", "value": KEY}, {"name": "prompt", "value": "a fox"}]
    kind = "application/x-www-form-urlencoded"
    root["log"]["entries"][0]["request"]["postData"] = {"mimeType": kind, "params": pairs}
    (first, *_) = recording_of(json.dumps(root).encode(), "x").exchanges
    assert first.request_body == b"key=***&prompt=a+fox"


# --- what is none ------------------------------------------------------------------------------------------------------


def broken(change: Callable[[dict[str, Any]], Any]) -> bytes:
    root = har()
    change(root["log"]["entries"][1])
    return json.dumps(root, indent=1).encode()


LINES = {
    "no url": (broken(lambda e: e["request"].pop("url")), r"x:70: entry 2: request.url is missing"),
    "text for a number": (broken(lambda e: e["response"].update(status="ok")), "entry 2: response.status must be a number"),
    "no base64": (broken(lambda e: e["response"]["content"].update(encoding="base64")), "entry 2: response.content.text must"),
    "no mapping": (broken(lambda e: e.update(request=[])), "entry 2: request must be a mapping, got a list"),
    "no list": (b'{"log": {"entries": {}}}', "x: log.entries must be a list, got a mapping"),
    "json": (b'{"log": {\n"entries": [,]}}', "x:2: not JSON: Expecting value"),
    "a line of a journal": (journal() + b'{"edition": 1}\n', "x:4: real_at is missing"),
    "a later line": (journal() + b"{oops\n", "x:4: is not JSON"),
    "yaml": (b"http_interactions:\n- request: [\n", r"x:3: not a journal .*: "),
    "an interaction": (b"interactions:\n- request: {method: GET, uri: /}\n  response: {}\n", "x:2: entry 1: response.status"),
    "a list": (b"- request: {}\n", "before 1.0"),
    "openapi": (b"openapi: 3.1.0\n", "x: an OpenAPI document, not a journal"),
    "prose": (b"# A page\n\nand more\n", "x: something else, not a journal"),
    "bytes": (b"{\n\xff", "x:2: not UTF-8 text"),
    "binary": (b"http_interactions:\n- request: !binary 'a'\n", "x:2: .* no base64"),
    "deep": (b"[" * 100_000, "nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_a_broken_file_is_one_sentence_with_its_line(name: str) -> None:
    text, says = LINES[name]
    with pytest.raises(RecordingError, match=says) as told:
        recording_of(text, "x")
    assert "\n" not in str(told.value)
    assert KEY not in str(told.value)


def test_an_empty_file_is_an_empty_journal() -> None:
    assert recording_of(b" \n", "x") == ("journal", [])


def test_a_file_that_is_not_there_or_too_long_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        read_recording(tmp_path / "none")
    file = tmp_path / "long"
    file.write_bytes(journal())
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    with pytest.raises(RecordingError, match="longer than"):
        read_recording(file)


def test_no_type_of_a_cassette_is_ever_made() -> None:
    text = b"interactions:\n- !!python/object/apply:os.system ['exit 1']\n"
    with pytest.raises(RecordingError, match="entry 1: an interaction must be a mapping, got a list"):
        recording_of(text, "x")


@given(st.text(max_size=80) | st.sampled_from(["interactions:", "http_interactions: ", '{"log": ']).flatmap(
    lambda head: st.text(max_size=40).map(lambda rest: head + rest)
))  # fmt: skip
def test_no_text_makes_the_reader_raise_anything_else(text: str) -> None:
    with suppress(RecordingError):
        recording_of(text.encode("utf-8", "replace"), "x")


# --- there and back ----------------------------------------------------------------------------------------------------

few = settings(max_examples=settings().max_examples // 3)
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
bodies = st.binary(max_size=40) | words.map(str.encode) | st.just(b'{"status":"success"}')
headers = st.lists(
    st.tuples(st.sampled_from(["accept", "content-type", "x-test"]), words), max_size=3, unique_by=lambda h: h[0]
)
exchanges = st.builds(
    Exchange,
    real_at=st.integers(0, 2**31).map(lambda at: at / 8),
    at=st.floats(0, 2**31),
    sandbox=st.sampled_from(["sb-none", "sb-0123abcd"]),
    endpoint=st.sampled_from(["", "realtime-v6"]),
    job_id=st.none() | st.integers(0, 2**50),
    answer=st.sampled_from(["success", "reset", "picture", "garbled"]),
    method=st.sampled_from(["GET", "POST"]),
    path=words.map(lambda each: f"/{each}"),
    status=st.sampled_from([200, 404, 524]),
    reason=words,
    findings=st.lists(st.builds(Finding, st.just("request/not-json"), words, words, words, words, words), max_size=2).map(
        tuple
    ),
    query=st.sampled_from(["", "a=1&b=%20", "x"]),
    request_headers=headers.map(lambda more: (("host", "modelslab.com"), *more)),
    request_body=bodies,
    reply_headers=headers.map(tuple),
    reply_body=bodies,
    n=st.integers(1, 2**40),
)


@few
@given(st.lists(exchanges, max_size=3))
def test_an_archive_of_ours_is_read_back(given_: list[Exchange]) -> None:
    assume("key" not in repr(given_).lower() and "%" not in repr([each.reply_body for each in given_]))
    text = "".join(har_form.write(given_, version="1", origin="https://127.0.0.1"))
    assert recording_of(text.encode("utf-8", "surrogatepass"), "x").exchanges == given_


@few
@given(st.lists(exchanges, max_size=3))
def test_a_cassette_of_ours_is_read_back_and_vcrpy_reads_it_too(given_: list[Exchange]) -> None:
    from vcr.serialize import deserialize
    from vcr.serializers import yamlserializer

    assume("key" not in repr(given_).lower())
    kept = [each for each in given_ if each.answer != "reset"]
    text = "".join(vcr.write(given_))
    told = [(each.method, each.path, each.query, each.request_body, each.reply_body, each.status) for each in kept]
    again = recording_of(text.encode(), "x")
    assert again.kind == "vcrpy cassette"
    assert [(e.method, e.path, e.query, e.request_body, e.reply_body, e.status) for e in again.exchanges] == told
    requests, responses = deserialize(text, yamlserializer)
    assert [each.body or b"" for each in requests] == [each.request_body for each in kept]
    assert [each["body"]["string"] for each in responses] == [each.reply_body for each in kept]


def test_vcrpy_plays_what_we_write(tmp_path: Path) -> None:
    import requests
    import vcr as vcrpy_itself

    file = tmp_path / "cassette.yaml"
    file.write_text("".join(vcr.write(recording_of(json.dumps(har()).encode(), "x").exchanges)), encoding="utf-8")
    with vcrpy_itself.use_cassette(str(file), record_mode="none", match_on=["method", "path"]):
        told = requests.post(HOST + SUBMIT, json={"key": "another"}, timeout=5).json()
        picture = requests.get(f"{HOST}/generations/0.png", timeout=5).content
    assert (told["status"], told["id"], picture) == ("processing", 4711, PICTURE)


def ours() -> Any:
    return har_form.har(recording_of(json.dumps(har()).encode(), "x").exchanges, version="1")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for name, below in inner for each in places(below, (*path, name)))]


SAMPLES = [har(), ours(), json.loads(cassette("json")), json.loads(ruby_json()), json.loads(journal().splitlines()[0])]
odd = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=6)
odd |= st.sampled_from([[], {}, [[]], {"string": 5}, "http://[", "base64", "gzip"])


@settings(max_examples=settings().max_examples * 3)
@given(st.data())
def test_whatever_stands_in_a_recording_it_is_read_or_refused_in_one_sentence(data: st.DataObject) -> None:
    root = json.loads(json.dumps(data.draw(st.sampled_from(SAMPLES))))
    path = data.draw(st.sampled_from(places(root)[1:]))
    inner = root
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = data.draw(odd)
    with suppress(RecordingError):
        "".join(json_lines.write(recording_of(json.dumps(root).encode(), "x").exchanges))
