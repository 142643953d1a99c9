"""`modelslab_mock.check_server` and its command, over sockets: what a person gets at a shell, and what a CI reads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.servers import check
from modelslab_mock import check_server
from modelslab_mock.commands import check_server_options
from modelslab_mock.server_checking import ELSEWHERE, KEY_HERE, ServerBroken, ServerCheckError
from modelslab_mock.testing.control_client import ControlClient
from modelslab_mock.testing.options import Options
from modelslab_mock.testing.served import Server

from .servers.answers import ForgetsEta
from .servers.on_a_port import served
from .servers.orders import TakesTooWide

REALTIME = endpoints()["realtime-v6"]
SECRET = "sk-live-0123456789abcdef"
FEW = ("--contract", "realtime-v6", "--requests", "60")
ACCEPTS = "server/accepts-what-the-contract-refuses"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Server]:
    server = Server(Options())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def wrong() -> Iterator[str]:
    with served(TakesTooWide, REALTIME) as origin:
        yield origin


@pytest.fixture
def checked(command: Callable[..., tuple[int, str, str]]) -> Callable[..., tuple[int, str, str]]:
    """`checked(*words)`: exit code, stdout, stderr."""
    return partial(command, "check-server")


Checked = Callable[..., tuple[int, str, str]]


def test_the_emulator_is_fine_and_its_clock_runs_on_as_before(emulator: Server) -> None:
    control = ControlClient(emulator.url, KEY_HERE)
    control.send("PUT", "/sandboxes/by-key/clock", {"mode": "scaled", "factor": 3})
    report = check_server(emulator.url, contract="images-flux-v6", requests=40, level="may")
    assert report.ok, report
    assert report.outcomes["200 processing"] > 0
    clock = control.get("/sandboxes/by-key/clock")
    assert (clock["mode"], clock["factor"]) == ("scaled", 3)


def test_a_wrong_server_is_told_of_with_its_request_and_how_to_send_it_again(
    checked: Checked, wrong: str, tmp_path: Path
) -> None:
    code, out, err = checked(wrong, *FEW, "--replays", str(tmp_path), "--key", SECRET)
    assert code == 1
    assert err.startswith("modelslab-mock: about 1")
    assert err.endswith(" pictures\n")
    file = tmp_path / "realtime-v6-server-accepts-what-the-contract-refuses.json"
    assert out.startswith(f"MUST  {ACCEPTS}  (")
    assert '\n  Sent : POST /api/v6/realtime/text2img {"key": "***", "prompt": "a fox", "width": ' in out
    assert f"\n  Again: modelslab-mock check-server {wrong} --replay {file}\n" in out
    assert "realtime-v6: 1 finding, " in out
    code, out, _ = checked(wrong, "--replay", str(file))
    assert code == 1
    assert f"MUST  {ACCEPTS}  (1 of 1 probe)" in out
    assert SECRET not in file.read_text() + out


def test_a_mended_server_is_fine_by_the_same_request(checked: Checked, wrong: str, emulator: Server, tmp_path: Path) -> None:
    checked(wrong, *FEW, "--replays", str(tmp_path))
    (file,) = tmp_path.iterdir()
    code, out, _ = checked(emulator.url, "--replay", str(file))
    assert code == 0, out
    assert out.startswith("realtime-v6: 0 findings, ")


def test_reports_for_programs_hold_the_same_finding_and_no_key(checked: Checked, wrong: str, tmp_path: Path) -> None:
    files = {form: tmp_path / form for form in ("junit", "markdown", "github", "text")}
    words = [word for form, file in files.items() for word in ("--report", f"{form}={file}")]
    code, out, _ = checked(wrong, *FEW, *words, "--report", "json", "--key", SECRET)
    (report,) = json.loads(out)
    (found,) = report["findings"]
    assert code == report["exit_code"] == 1
    assert (report["contract"], report["probes"], report["seed"]) == ("realtime-v6", 60, 0)
    assert (found["rule"], found["level"], found["finding"]["where"]) == (ACCEPTS, "must", "/width")
    assert ET.parse(files["junit"]).getroot().attrib["failures"] == "1"
    told = {form: file.read_text() for form, file in files.items()}
    assert all(ACCEPTS in each for each in told.values())
    assert SECRET not in out + "".join(told.values())


def test_contracts_that_a_server_does_not_have_are_left_out_unless_they_are_named(checked: Checked) -> None:
    class OnlyRealtime(TakesTooWide):
        breaks = ""

        def ask(self, method: str, url: str, headers: Any, body: bytes) -> Any:
            answered = super().ask(method, url, headers, body)
            is_ours = "/realtime/" in url or method == "GET"
            return answered if is_ours else answered._replace(status=404, body=b'{"status":"error","message":"no route"}')

    with served(OnlyRealtime, REALTIME) as origin:
        code, out, err = checked(origin, "--requests", "5")
        assert code == 0, out
        assert "realtime-v6: 0 findings" in out
        assert "images-flux-v6" not in out
        assert "images-flux-v6 left out: /api/v6/images/text2img is not there (HTTP 404)\n" in err
        code, out, _ = checked(origin, "--requests", "5", "--contract", "text2img-v3")
        assert code == 1
        assert "server/answers-with-an-undeclared-status" in out


def test_what_a_test_asks_for_raises_with_the_whole_report() -> None:
    with served(ForgetsEta, REALTIME) as origin:
        report = check_server(origin, contract="realtime-v6", requests=40, key=SECRET)
    with pytest.raises(ServerBroken, match="server/leaves-out-a-required-member") as caught:
        report.raise_for_findings()
    assert "Want : /eta must be present; got absent" in str(caught.value)
    assert SECRET not in repr(caught.value) + repr(report)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["http://127.0.0.1:1/api"], "must be an origin such as http://127.0.0.1:4777, got 'http://127.0.0.1:1/api'"),
        (["localhost:4777"], "must be an origin"),
        (["http://ann:pass@127.0.0.1:1"], "got something with a user name in it"),
        (["http://127.0.0.1:1", "--contract", "realtim-v6"], "did you mean 'realtime-v6'?"),
        (["http://127.0.0.1:1", "--level", "muts"], "did you mean 'must'?"),
        (["http://127.0.0.1:1", "--profile", "strickt"], "did you mean 'strict'?"),
        (["http://127.0.0.1:1", "--requests", "0"], "--requests must be a whole number from 1 to 1000000, got '0'"),
        (["http://127.0.0.1:1", "--max-images", "many"], "--max-images must be a whole number"),
        (["http://127.0.0.1:1", "--replay", "no.json"], "--replay no.json: No such file or directory"),
        (["http://127.0.0.1:1", "--replay", '{"request": {}}'], "name its contract with --contract"),
        (
            ["http://127.0.0.1:1", "--replay", '{"contract": "realtime-v6", "request": {}, "knid": "valid"}'],
            "unknown word 'knid'; did you mean 'kind'?",
        ),
        (["http://127.0.0.1:1", "--key", "two\nlines"], "--key must be plain text without spaces around it"),
        (["http://127.0.0.1:1", "--reqests", "1"], "has no option --reqests; did you mean '--requests'?"),
        (["https://modelslab.com"], "give an API key with --key or MODELSLAB_API_KEY"),
        (["https://modelslab.com", "--key", SECRET], "nothing was sent: confirm that with --yes (or at a terminal)"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(words: list[str], says: str, checked: Checked) -> None:
    code, out, err = checked(*words)
    assert (code, out) == (2, "")
    assert says in err.splitlines()[-1]
    assert SECRET not in err
    assert "pass@" not in err


def test_a_server_that_does_not_answer_is_not_judged(checked: Checked) -> None:
    code, out, err = checked("http://127.0.0.1:1")
    assert (code, out) == (3, "")
    assert err.endswith("modelslab-mock check-server: http://127.0.0.1:1 does not answer: connection refused\n")


def test_beyond_this_machine_the_cost_is_told_and_nothing_sent_before_somebody_says_yes(
    checked: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*words: Any, **more: Any) -> Any:
        raise AssertionError("something was sent")

    monkeypatch.setattr("modelslab_mock.server_checking.HttpLine", never)
    monkeypatch.setenv("MODELSLAB_API_KEY", SECRET)
    code, _, err = checked("https://modelslab.com", "--contract", "realtime-v6")
    assert code == 2
    assert "requests or so to https://modelslab.com and orders up to " in err
    assert int(err.partition("orders up to ")[2].split()[0]) <= ELSEWHERE["max_images"]
    with pytest.raises(ServerCheckError, match="say yes=True to go on"):
        check_server("https://modelslab.com", contract="realtime-v6", key=SECRET)
    with pytest.raises(ServerCheckError, match="is not this machine: give a key"):
        check_server("https://modelslab.com", contract="realtime-v6", yes=True)


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals of this kind")
@pytest.mark.parametrize(("answer", "goes_on"), [(b"y\n", True), (b"\n", False), (b"no\n", False)])
def test_at_a_terminal_it_asks(answer: bytes, goes_on: bool, tmp_path: Path) -> None:
    import os
    import pty  # not on every system

    (tmp_path / "asked.py").write_text(
        "import sys\nimport modelslab_mock.commands.check_server_command as it\n"
        "def gone_on(*_):\n    print('gone on')\n    raise it.OptionsError('enough')\n"
        "it.line_to = gone_on\nfrom modelslab_mock.cli import main\n"
        "sys.exit(main(['check-server', 'https://modelslab.com', '--contract', 'realtime-v6', '--key', 'sk-0123456789']))\n"
    )
    ours, theirs = pty.openpty()
    path = os.pathsep.join(each for each in sys.path if each)
    done = subprocess.Popen(
        [sys.executable, "asked.py"], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, answer)
    out, _ = done.communicate(timeout=120)
    os.close(ours)
    assert done.returncode == 2
    assert (b"gone on" in out) is goes_on


def test_its_defaults_are_those_of_the_kit() -> None:
    assert "(default: 300 on this machine, else 40)" in _help()
    assert (check.DEFAULT_PROBES, ELSEWHERE["requests"], ELSEWHERE["max_images"]) == (300, 40, 40)
    assert ELSEWHERE["max_requests"] == 400


def _help() -> str:
    import argparse

    commands = argparse.ArgumentParser().add_subparsers()
    check_server_options.add_parser(commands)
    return " ".join(commands.choices["check-server"].format_help().split())
