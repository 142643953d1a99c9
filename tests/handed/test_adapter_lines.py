"""The lines between kit and adapter: what is read of them, what is said of a wrong one, and the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from modelslab_contracts.kit.adapter_lines import (
    KINDS,
    NoAnswer,
    call_line,
    hello_line,
    hello_of,
    object_of,
    outcome_of_error,
    result_of,
)
from modelslab_contracts.kit.adapter_schema import adapter_schema
from modelslab_mock.cli import main

HELLO = {"op": "hello", "v": 1}
RESULT = {"op": "result", "seq": 1, "kind": "images", "images": []}


def read(path: str) -> bytes:
    return Path(path).read_bytes()


def test_a_hello_says_what_the_client_does() -> None:
    hello = hello_of({**HELLO, "name": "acme", "caps": {"downloads": True, "virtual_time": "tied", "news": 1}, "more": 2})
    assert (hello.name, hello.virtual_time, hello.cancel) == ("acme", "tied", False)
    assert hello.capabilities.downloads
    assert hello.capabilities.polls
    assert not hello.capabilities.exact_integers


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"op": "hi"}, "the first line of an adapter must be its hello"),
        ({"op": "hello", "v": 2}, "hello: v must be 1, the version of the protocol, got 2"),
        ({**HELLO, "caps": []}, "hello: caps must be an object"),
        ({**HELLO, "caps": {"virtual_time": "teid"}}, "is not one of none, tied; did you mean 'tied'?"),
        ({**HELLO, "caps": {"polls": 1}}, "hello: polls must be true or false, got 1"),
        ({**HELLO, "caps": {"defaults": 1}}, "hello: defaults must be an object"),
    ],
)
def test_what_is_wrong_with_a_hello_is_one_sentence(told: dict[str, Any], says: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        hello_of(told)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"op": "call"}, "the answer to a call must be"),
        ({**RESULT, "seq": "1"}, "seq must be the number of the call"),
        ({**RESULT, "kind": "image"}, "did you mean 'images'?"),
        ({**RESULT, "kind": ["images"]}, "is not one of images, error"),
        ({**RESULT, "images": [{"b64": "?"}]}, "b64 is no base64"),
        ({**RESULT, "images": [{"path": "/there/is/none"}]}, "path '/there/is/none' cannot be read: No such file"),
    ],
)
def test_what_is_wrong_with_a_result_is_one_sentence(told: dict[str, Any], says: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        result_of(told, read)
    assert says in str(caught.value)


def test_pictures_come_as_addresses_bytes_or_files(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"abc")
    images = ["http://a", {"url": "http://b"}, {"b64": "YWJj"}, {"path": str(tmp_path / "a.png"), "sha256": "…"}]
    outcome = result_of({**RESULT, "images": images}, read).outcome
    assert outcome is not None
    assert outcome.images == ("http://a", "http://b", b"abc", b"abc")


def test_what_is_no_list_of_pictures_is_what_the_client_returned() -> None:
    given = ("http://a", {"0": "http://a"}, [7], [{"url": 1}], None)
    kinds = [outcome.kind for each in given if (outcome := result_of({**RESULT, "images": each}, read).outcome)]
    assert kinds == ["images", "odd", "odd", "odd", "odd"]


def test_whatever_else_is_on_stdout_is_noise_and_shown() -> None:
    for line in (b"listening on 3000\n", b"[1]\n", b"\xff\xfe\n", b"\n"):
        with pytest.raises(NoAnswer, match="adapter noise: stdout is for JSON objects"):
            object_of(line)
    with pytest.raises(NoAnswer, match="listening on 3000"):
        object_of(b"listening on 3000\n")


def test_an_error_that_nobody_meant_is_a_crash_in_any_language() -> None:
    assert outcome_of_error("error", "x of undefined", "TypeError").kind == "crash"
    assert outcome_of_error("error", "fetch failed", "TypeError").kind == "error", "Node's word for no connection"
    assert outcome_of_error("error", "", "NoMethodError").kind == "crash"
    assert outcome_of_error("error", "", "Net::ReadTimeout").kind == "timeout"
    assert outcome_of_error("error", "", "Acme::Error").kind == "error"


def test_what_an_adapter_skips_or_cannot_do_is_no_finding() -> None:
    for kind, word, says in (("skipped", "reason", "skips the call"), ("errored", "context", "could not make the call")):
        result = result_of({"op": "result", "seq": 3, "kind": kind, word: "no GPU"}, read)
        assert (result.outcome, result.trouble) == (None, f"the adapter {says}: no GPU")


def test_the_schema_holds_of_every_line_and_of_no_wrong_one() -> None:
    schema = adapter_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    valid = jsonschema.Draft202012Validator(schema).is_valid
    lines = [hello_line("0.1", "http://x", "/f"), call_line(1, "images-flux-v6", "http://x", "k", {}), HELLO, RESULT]
    lines += [{"op": "bye"}, {"op": "cancel", "seq": 1}, {**HELLO, "caps": {"virtual_time": "tied"}, "news": 1}]
    lines += [{"op": "result", "seq": 1, "kind": kind, "images": []} for kind in KINDS]
    assert [each for each in lines if not valid(each)] == []
    wrong = [{"op": "hi"}, {**RESULT, "kind": "image"}, {**RESULT, "seq": "1"}, {"op": "result", "seq": 1, "kind": "images"}]
    wrong += [{**HELLO, "v": 2}, {**HELLO, "caps": {"polls": 1}}, {**RESULT, "images": [{"b64": 1}]}]
    assert [each for each in wrong if valid(each)] == []


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapter-selftest", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == adapter_schema()
