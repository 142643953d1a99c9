"""`modelslab-mock check-client`: what a person gets at a shell, and what a CI reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from modelslab_contracts.kit import check_client
from modelslab_mock.commands import check_options

CLIENT = """
import time

import requests


def generate(base_url, key, request):
    print("asked for", request)
    url = f"{base_url}/api/v6/images/text2img"
    reply = requests.post(url, json={"key": key, **request}, timeout=30, allow_redirects=False)
    told = read(reply)
    at = None
    for _ in range(200):
        if told["status"] == "success":
            return told["output"]
        if told["status"] in ENDS:
            raise Failed(told.get("message") or told.get("messege") or "failed")
        at = at or f"{base_url}/api/v6/images/fetch/{told['id']}"
        time.sleep(3)
        told = read(requests.post(at, json={"key": key}, timeout=30, allow_redirects=False))
    raise TimeoutError("the job did not end")


def read(reply):
    try:
        told = reply.json()
    except ValueError:
        raise Failed(f"{reply.status_code}: no JSON") from None
    if not isinstance(told, dict) or told.get("status") not in ("success", "processing", "error", "failed"):
        raise Failed(f"{reply.status_code}: {told}")
    return told


class Failed(Exception):
    pass


ENDS = ("error", "failed")
"""
KNOWS_NO_FAILED = CLIENT.replace('ENDS = ("error", "failed")', 'ENDS = ("error",)')
RULE = "client/does-not-know-failed"
FEW = ("--stories", "120", "--endpoint", "images-flux-v6")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with clients; what is imported from it is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    for name, text in {"good": CLIENT, "wrong": KNOWS_NO_FAILED}.items():
        (tmp_path / f"{name}_client.py").write_text(text)
        monkeypatch.delitem(sys.modules, f"{name}_client", raising=False)
    return tmp_path


@pytest.fixture
def checked(folder: Path, command: Callable[..., tuple[int, str, str]]) -> Callable[..., tuple[int, str, str]]:
    """`checked(*words)`: exit code, stdout, stderr."""
    assert folder
    return partial(command, "check-client")


Checked = Callable[..., tuple[int, str, str]]


def test_a_finding_is_told_with_its_story_and_how_to_play_it_again(checked: Checked, folder: Path) -> None:
    code, out, err = checked("wrong_client:generate", *FEW, "--replays", "found")
    assert (code, err) == (1, "")
    assert out.startswith(f"MUST  {RULE}  (")
    again = f"modelslab-mock check-client wrong_client:generate --story {Path('found') / 'client-does-not-know-failed.json'}"
    assert f"\n  Again: {again}\n" in out
    assert "images-flux-v6: 1 rule broken, " in out
    assert "(level must, seed 0)" in out
    assert [each.name for each in (folder / "found").iterdir()] == ["client-does-not-know-failed.json"]
    code, out, err = checked(*again.split()[2:])
    assert code == 1
    assert f"MUST  {RULE}  (1 of 1 stories)" in out
    assert "asked for" in err, "what the client prints is shown, beside the report"
    (folder / "wrong_client.py").write_text(CLIENT)
    del sys.modules["wrong_client"]
    code, out, _ = checked(*again.split()[2:])
    assert code == 0, out
    assert "images-flux-v6: 0 rules broken, " in out


def test_a_client_without_that_mistake_is_fine_and_its_endpoint_is_the_one_that_it_calls(checked: Checked) -> None:
    code, out, err = checked("good_client.py:generate", "--stories", "60")
    assert code == 0, out
    assert out.startswith("images-flux-v6: 0 rules broken, ")
    assert err == "modelslab-mock: endpoint images-flux-v6, which the client calls (--endpoint names another)\n"


def test_reports_for_programs_hold_the_same_finding(checked: Checked, folder: Path) -> None:
    reports = [word for form in ("junit=j.xml", "markdown=m.md", "github=g.txt", "text=t.txt") for word in ("--report", form)]
    code, out, err = checked("wrong_client:generate", *FEW, *reports, "--report", "json")
    assert (code, err) == (1, "")
    (report,) = json.loads(out)
    (found,) = report["findings"]
    assert (report["endpoint"], report["seed"], report["stories"], report["exit_code"]) == ("images-flux-v6", 0, 120, 1)
    assert (found["rule"], found["level"], found["finding"]["severity"]) == (RULE, "must", "error")
    assert found["replay"]["story"] == {"submit": ["processing"], "ends": "failed"}
    assert json.dumps(found["replay"], separators=(",", ":")) in found["again"]
    assert ET.parse(folder / "j.xml").getroot().attrib["failures"] == "1"
    for name in ("j.xml", "m.md", "g.txt", "t.txt"):
        text = (folder / name).read_text()
        assert RULE in text
        assert "client:generate --story" in text


def test_all_endpoints_and_profiles_are_one_report_each(checked: Checked) -> None:
    code, out, _ = checked(
        "good_client:generate", "--endpoint", "all", "--profile", "all", "--stories", "2", "--report", "json"
    )
    told = {(each["endpoint"], each["profile"]): each["exit_code"] for each in json.loads(out)}
    assert len(told) == 15
    assert told["images-flux-v6", "strict"] == 0
    assert told["text2img-v3", "documented"] == code == 1, "it asks at the address of another page"


def test_a_drawn_seed_is_told(checked: Checked) -> None:
    words = (*FEW[2:], "--stories", "1", "--seed", "random", "--report", "json")
    seeds = {json.loads(checked("good_client:generate", *words)[1])[0]["seed"] for _ in range(3)}
    assert len(seeds) > 1


def test_a_client_that_cannot_do_a_thing_is_not_judged_by_it(checked: Checked) -> None:
    _, out, _ = checked("good_client:generate", *FEW, "--no-polls")
    assert "not verified: client/never-polls, because the client has no polls" in out


def test_what_cannot_be_judged_is_no_finding(checked: Checked, folder: Path) -> None:
    (folder / "odd.py").write_text("def generate(*words):\n    return 7\n")
    code, out, _ = checked("odd:generate", *FEW)
    assert code == 3
    assert "NOT JUDGED" in out


def test_what_somebody_accepts_is_shown_and_does_not_count(checked: Checked, folder: Path) -> None:
    entry = f'[[accepted]]\nrule = "{RULE}"\nreason = "as it is"\n'
    (folder / "known.toml").write_text(entry)
    words = ("wrong_client:generate", *FEW, "--known", "known.toml")
    code, out, err = checked(*words, "--replays", "found")
    assert (code, err) == (0, "")
    assert out.startswith(f"ACCEPTED  {RULE}  (")
    assert "images-flux-v6: 0 rules broken, 1 accepted, " in out
    assert [each.name for each in (folder / "found").iterdir()] == ["client-does-not-know-failed.json"]
    (folder / "known.toml").write_text(entry + "until = 2001-01-01\n")
    code, out, _ = checked(*words)
    assert code == 1
    assert out.endswith(f"got {RULE}, accepted until 2001-01-01 (it counts again)\n")


def test_an_entry_for_what_the_client_does_right_is_told_of(checked: Checked, folder: Path) -> None:
    (folder / "known.toml").write_text('[[accepted]]\nrule = "client/loses-pictures"\nreason = "so"\n')
    code, out, _ = checked("good_client:generate", *FEW, "--known", "known.toml", "--report", "text")
    assert code == 0
    assert "accepted/passes-now  known.toml:1: " in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["good_client:generate", "--known", "no.toml"], "no.toml: No such file or directory"),
        (["good_client:generate", "--known", "k"], "k:2: unknown rule 'client/hamers'; did you mean 'client/hammers'?"),
        (["good_clint:generate"], "no module 'good_clint' here; did you mean 'good_client'?"),
        (["good_clint.py:generate"], "there is no file good_clint.py; did you mean 'good_client.py'?"),
        (["good_client:genrate"], "good_client has no 'genrate'; did you mean 'generate'?"),
        (["good_client:zzz"], "good_client has no 'zzz'; it has generate, read, Failed"),
        (["good_client:ENDS"], "good_client:ENDS is no function, but tuple"),
        (["good_client"], "'good_client' is not module:function, as in client:generate or src/client.py:generate"),
        (["good_client:read"], "good_client:read(reply) is to be called with (base_url, key, request), and does not take that"),
        (["broken:generate"], "cannot import broken: ZeroDivisionError: division by zero (broken.py, line 2)"),
        (["lost:generate"], "cannot import lost: No module named 'there_is_no_such_thing'"),
        (["leaves:generate"], "cannot import leaves: SystemExit: 0 (leaves.py, line 2)"),
        (["silent:generate"], "name the endpoint with --endpoint: asked for a plain picture, the client called nothing"),
        (["good_client:generate", "--level", "muts"], "--level 'muts' is not one of must, should, may; did you mean 'must'?"),
        (["good_client:generate", "--stories", "0"], "--stories must be a whole number from 1 to 1000000, got '0'"),
        (["good_client:generate", "--seed", "-1x"], None),
        (["good_client:generate", "--report", "htm"], None),
        (["good_client:generate", "--report", "json="], "--report json=: names no file after the ="),
        (["good_client:generate", "--story", "no.json"], "--story no.json: No such file or directory"),
        (["good_client:generate", "--endpoint", "realtime-v6", "--story", '{"stroy": {}}'], None),
        (["good_client:generate", "--story", "{}", "--profile", "all"], "--story plays one story: all is not for it"),
        (["good_client:generate", "--storys", "1"], "check-client has no option --storys; did you mean '--story'?"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_sentence(words: list[str], says: str | None, checked: Checked, folder: Path) -> None:
    (folder / "broken.py").write_text("def generate(): pass\n1 / 0\n")
    (folder / "lost.py").write_text("import there_is_no_such_thing\n")
    (folder / "leaves.py").write_text("import sys\nsys.exit(0)\n")
    (folder / "silent.py").write_text("def generate(*words): pass\n")
    (folder / "k").write_text('[[accepted]]\nrule = "client/hamers"\nreason = "so"\n')
    code, out, err = checked(*words)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("modelslab-mock: ")
    assert says is None or err == f"modelslab-mock: {says}\n"


def test_its_defaults_are_those_of_the_kit() -> None:
    assert check_options.STORIES == check_client.DEFAULT_STORIES


def test_as_a_program_it_finds_the_client_in_the_current_folder_and_draws_no_bar_into_a_file(folder: Path) -> None:
    command = [sys.executable, "-m", "modelslab_mock", "check-client", "wrong_client:generate", *FEW]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(f"MUST  {RULE}")
    assert "asked for {" not in done.stdout, "what the client prints is no part of the report"


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals of this kind")
def test_on_a_terminal_a_line_says_how_far_it_is(folder: Path) -> None:
    import pty  # not on every system

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "modelslab_mock", "check-client", "good_client:generate", *FEW, "--report", "json=j"]
    settings = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, cwd=folder, env=settings) as process:
        os.close(theirs)
        seen = b""
        try:
            while more := os.read(ours, 65_536):
                seen += more
        except OSError:  # how the end of a terminal is told here
            pass
        os.close(ours)
    assert process.returncode == 0, seen
    assert b"images-flux-v6" in seen
    assert b"/120" in seen


def test_other_commands_load_none_of_it() -> None:
    asking = "import sys; from modelslab_mock import cli; cli.main(sys.argv[1:]); print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", asking, "specs", "list"], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = ended.stdout.split()
    assert not [each for each in loaded if ".kit" in each or each.endswith((".check_command", ".playhouse", ".callable_at"))]
