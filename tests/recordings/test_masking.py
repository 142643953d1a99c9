"""Whatever a key is and wherever it travels: nothing that comes out of a recording, or that a recorder writes, holds it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelslab_contracts import har, json_lines
from modelslab_contracts.contract import endpoints
from modelslab_contracts.exchange import forms_of
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.recordings import vcr
from modelslab_contracts.recordings.captured import MOST_KEYS, Captured, Masks, exchanges_of
from modelslab_mock.log import Log
from modelslab_mock.recording.recorder import Recorder
from modelslab_mock.routes import Routes

#: So many places share what one test may draw.
few = settings(max_examples=settings().max_examples // 5)
SUBMIT = "/api/v6/realtime/text2img"
JSON = (("content-type", "application/json"),)
FORM = (("content-type", "application/x-www-form-urlencoded"),)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=8, max_size=30).filter(lambda key: bool(key.strip()))
keys = (
    st.from_regex(r"\A[A-Za-z0-9_-]{8,60}\Z")
    | texts
    | st.sampled_from(["abc/def+ghi=", 'quote"in"it', "back\\slash", "%41%42%43%44", "ключ-ключ-ключ", "a&b=c;d?e#f", "😀" * 8])
)


def captured(key: str, **more: object) -> Captured:
    """An order whose answer repeats the key."""
    told = json.dumps({"status": "success", "id": 1, "output": [], "you": key}).encode()
    plain = Captured(0.0, "POST", f"https://modelslab.com{SUBMIT}", JSON, json.dumps({"key": key}).encode(), 200, JSON, told)
    return plain._replace(**more)  # type: ignore[arg-type] # fields by name


PLACES: dict[str, Callable[[str], Captured]] = {
    "JSON": captured,
    "JSON as it is": lambda key: captured(key, request_body=json.dumps({"key": key}, ensure_ascii=False).encode()),
    "another name": lambda key: captured(key, request_body=json.dumps({"api_key": key}).encode()),
    "wrapped": lambda key: captured(key, request_body=json.dumps({"auth": [{"key": key}]}).encode()),
    "a form": lambda key: captured(key, request_headers=FORM, request_body=urlencode({"key": key, "prompt": "x"}).encode()),
    "a form that calls itself JSON": lambda key: captured(key, request_body=urlencode({"key": key}).encode()),
    "the query": lambda key: captured(key, url=f"https://x.test{SUBMIT}?key={quote(key, safe='')}", request_body=b""),
    "the query, with plus": lambda key: captured(
        key, url=f"https://x.test{SUBMIT}?a=1&key={quote_plus(key)}", request_body=b""
    ),
    "the path too": lambda key: captured(key, url=f"https://x.test/{quote(key, safe='')}"),
    "a redirect": lambda key: captured(key, reply_headers=(("location", f"https://x.test/?key={quote(key, safe='')}"),)),
}


def is_free_of(text: str, key: str) -> bool:
    spelled = {
        *forms_of(key),
        json.dumps(json.dumps(key)[1:-1])[1:-1].encode(),
        json.dumps(key, ensure_ascii=False)[1:-1].encode(),
    }
    return not any(each in text.encode("utf-8", "surrogateescape") for each in spelled if len(each) >= 8)


@pytest.mark.parametrize("place", PLACES)
@few
@given(key=keys)
def test_no_file_that_is_written_holds_the_key(place: str, key: str) -> None:
    exchanges = exchanges_of([PLACES[place](key), captured("another-key-of-somebody", reply_body=key.encode())])
    for pieces in (json_lines.write(exchanges), har.write(exchanges, version="1"), vcr.write(exchanges)):
        assert is_free_of("".join(pieces), key)


@pytest.mark.parametrize("place", PLACES)
@few
@given(key=keys)
def test_neither_the_journal_nor_the_log_of_a_recorder_holds_the_key(place: str, key: str) -> None:
    file, said = io.StringIO(), io.StringIO()
    find = Routes(endpoints().values()).find
    recorder = Recorder(file, Log(stream=said), find, PROFILES["documented"])
    recorder.record(PLACES[place](key))
    recorder.record(captured("another-key-of-somebody", reply_body=key.encode()))
    assert file.getvalue().count("\n") == 2
    assert is_free_of(file.getvalue() + said.getvalue(), key)


def test_a_short_key_is_masked_where_it_stands_and_nowhere_else() -> None:
    (exchange,) = exchanges_of([captured("a")])
    assert exchange.request_body == b'{"key": "***"}'
    assert b'"you": "a"' in exchange.reply_body


def test_of_very_many_keys_the_last_ones_are_known() -> None:
    masks = Masks()
    for n in range(MOST_KEYS + 5):
        masks.learn(captured(f"key-number-{n:06}"))
    assert masks.lost == 5
    assert masks.body(b"key-number-000004 key-number-000005") == b"key-number-000004 ***"
