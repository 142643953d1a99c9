"""`modelslab-mock adapter-selftest`: each thing that can be wrong with an adapter is one clear sentence."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest
from tests.handed.conftest import Words

from modelslab_mock.cli import main
from modelslab_mock.handed import selftest

CALL = """\
import urllib.request
def post(path):
    data = json.dumps({"key": key, **told.get("request", {})}).encode()
    asked = urllib.request.Request(told["base_url"] + path, data, {"content-type": "application/json"})
    return json.load(urllib.request.urlopen(asked))
try: result(kind="images", images=post("/api/v6/images/text2img")["output"])
except OSError as problem: result(kind="error", message=str(problem))
"""


def test_a_good_adapter_is_told_step_by_step(adapter: Words, capsys: pytest.CaptureFixture[str]) -> None:
    command = adapter(CALL)
    assert main(["adapter-selftest", "--", *command]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [each.split()[0] for each in lines] == ["hello", "happy", "error", "end", "it"]
    assert lines[1] == "happy call   the client returned 1 picture"
    assert "HTTP Error 400" in lines[2]
    assert lines[4].startswith("it can be used: modelslab-mock check-client --adapter ")


def test_its_command_may_be_one_word_as_check_client_takes_it(adapter: Words, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapter-selftest", shlex.join(adapter(CALL))]) == 0
    assert capsys.readouterr().out.count("\n") == 5


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "name the adapter behind two dashes, as in modelslab-mock adapter-selftest -- node adapter.mjs"),
        (["node", "a.mjs"], "put two dashes before the command: modelslab-mock adapter-selftest -- node a.mjs"),
        (["node a.mjs", "--", "node", "a.mjs"], "name the adapter once, in quotes or behind two dashes"),
        (["node 'a"], '"node \'a" cannot be read as a shell would: No closing quotation'),
    ],
)
def test_a_command_that_cannot_be_read_is_one_sentence(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapter-selftest", *words]) == 2
    assert capsys.readouterr().err == f"modelslab-mock: {says}\n"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('say(op="result", seq=seq + 5, kind="images", images=[])', "the result's seq is 6, and the call's was 1"),
        ('result(kind="images", images=[])', "the client asked nothing of base_url; one with https://modelslab.com written"),
        (
            CALL.replace('kind="images", images', 'kind="error", message').replace('["output"]', '["status"]'),
            "the result is none",
        ),
        ('sys.exit("boom")', "it ended before its result of a call: exit code 1, boom"),
        (
            'print("calling", flush=True)',
            "adapter noise: stdout is for JSON objects, one on each line, and this is none: 'calling'",
        ),
        ('result(kind="errored", context="no GPU")', "asked nothing of base_url"),
    ],
)
def test_what_is_wrong_with_its_calls(adapter: Words, capsys: pytest.CaptureFixture[str], body: str, says: str) -> None:
    assert main(["adapter-selftest", "--", *adapter(body)]) == 3
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1


#: Programs that do not even come to a call: their code, and what is said of them.
SILENT = {
    "buffered": (
        'import sys\nfor line in sys.stdin: print(\'{"op": "hello", "v": 1}\')',
        "no hello came within 0.5 s, but when its stdin was closed: stdout is buffered. Flush after each line: print(…, flush",
    ),
    "endless": (
        "import time\ntime.sleep(600)",
        "no hello came within 0.5 s, nor when its stdin was closed: does it read stdin",
    ),
    "no newline": (
        'import sys\nfor line in sys.stdin: sys.stdout.write(\'{"op": "hello", "v": 1}\'); sys.stdout.flush()',
        "no hello came within 0.5 s: it was written without a newline at its end",
    ),
    "early": ("import sys; sys.exit('no such module')", "it ended before its hello: exit code 1, no such module"),
    "not json": ("print('hello')", "adapter noise"),
    "other version": ('print(\'{"op": "hello", "v": 9}\')', "hello: v must be 1, the version of the protocol, got 9"),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_is_wrong_with_its_hello(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "_COMES_WITHIN_S", 1.0 if name == "endless" else 30.0)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    code, says = SILENT[name]
    (tmp_path / "adapter.py").write_text(code)
    within = "0.5" if "0.5" in says else "30"
    command = [sys.executable, "-S", "-E", str(tmp_path / "adapter.py")]
    assert main(["adapter-selftest", "--within", within, "--", *command]) == 3
    err = capsys.readouterr().err
    assert says in err
    assert err.startswith("modelslab-mock: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--", "there-is-no-such-program"], 3, "there-is-no-such-program: no such command"),
        (["--", os.devnull], 3, "cannot be run: Permission denied"),
        ([], 2, "name the adapter behind two dashes"),
        (["--within", "x", "--", "true"], 2, "--within must be a number of seconds above 0, up to 3600, got 'x'"),
        (["--within", "nan", "--", "true"], 2, "--within must be a number"),
    ],
)
def test_what_cannot_be_tried_is_one_sentence(
    words: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["adapter-selftest", *words]) == code
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1


def test_one_that_does_not_end_is_told(
    adapter: Words, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelslab_mock.handed.child.ENDS_WITHIN_S", 0.5)
    monkeypatch.setattr("modelslab_mock.handed.child._TERM_WITHIN_S", 0.5)
    command = adapter(CALL)
    file = Path(command[-1])
    file.write_text(file.read_text() + "\nimport threading; threading.Event().wait()\n")
    assert main(["adapter-selftest", "--", *command]) == 3
    assert "it does not end when its stdin is closed: it had to be killed" in capsys.readouterr().err
