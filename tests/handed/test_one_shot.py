"""A command for each picture: what it is told by, and that its sleeps take no time, in shells and in Python."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.handed.conftest import PLAIN, QUEUED

from modelslab_contracts.kit.outcome import outcome_of
from modelslab_contracts.kit.run import Outcome
from modelslab_contracts.kit.stage import NotJudged
from modelslab_contracts.story import Story
from modelslab_mock.cli import main
from modelslab_mock.handed.one_shot import OneShot
from modelslab_mock.handed.program_stage import ProgramStage

#: A client in a shell, with nothing but curl; KNOWS is what it takes for the end.
CLIENT = """\
ask() { curl -sS "$MODELSLAB_BASE_URL$1" -H 'content-type: application/json' -d "$2"; }
word() { printf '%s' "$answer" | sed -n "s/.*\\"$1\\":\\"\\{0,1\\}\\([^\\",]*\\).*/\\1/p"; }
read -r order
[ "$order" = "$MODELSLAB_REQUEST" ] || [ -n "$order" ]
answer=$(ask /api/v6/images/text2img "{\\"key\\": \\"$MODELSLAB_API_KEY\\", ${order#?}") || exit 1
id=$(word id) times=0
until case $(word status) in success|KNOWS) true ;; *) false ;; esac; do
  times=$((times + 1)); [ $times -lt 20 ] || { echo '{"error": "timed out"}'; exit 1; }
  sleep 10
  answer=$(ask "/api/v6/images/fetch/$id" "{\\"key\\": \\"$MODELSLAB_API_KEY\\"}") || exit 1
done
echo "chatter on stdout"
case $(word status) in
  success) printf '%s' "$answer" | sed 's/.*"output":\\(\\[[^]]*\\]\\).*/{"images": \\1}/' ;;
  *) echo "Error: $(word message)$(word messege)" >&2; exit 1 ;;
esac
"""
FEW = ("--endpoint", "images-flux-v6", "--stories", "1")
Played = Callable[..., Outcome]


@pytest.fixture
def played(tmp_path: Path) -> Played:
    """`played(code, story)`: what a Python program comes to. By default one without our time in it, which starts faster."""

    def run(code: str, story: Story = PLAIN, *options: str) -> Outcome:
        file = tmp_path / "client.py"
        file.write_text(code)
        program = OneShot([sys.executable, *(options or ("-S", "-E")), str(file)], dict(os.environ))
        with ProgramStage(program, pytest.fail) as stage:
            played = stage.play(story, stage.call_plainly)
        if isinstance(played.raised, NotJudged):
            raise played.raised
        return outcome_of(played)

    return run


def test_a_client_in_a_shell_is_checked_in_no_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("sh", "curl", "sed"):
        if not shutil.which(each):
            pytest.skip(f"{each} is not on this machine")
    monkeypatch.chdir(tmp_path)
    Path("story.json").write_text(
        json.dumps(
            {
                "endpoint": "images-flux-v6",
                "story": {"submit": ["processing"], "ends": "failed"},
                "request": {"prompt": "a fox", "model_id": "flux"},
            }
        )
    )
    for knows, code, says in (("failed|error", 0, "0 rules broken"), ("error", 1, "MUST  client/does-not-know-failed")):
        Path("client.sh").write_text(CLIENT.replace("KNOWS", knows))
        assert main(["check-client", "--story", "story.json", "--level", "must", "--", "sh", "client.sh"]) == code
        out, err = capsys.readouterr()
        assert says in out
        if code:
            assert "Again: modelslab-mock check-client --story" in out
            assert out.partition("Again: ")[2].partition("\n")[0].endswith(" -- sh client.sh")
        assert ("Error: " in err) is not code, "what a program writes to stderr is shown beside a replay"


def test_its_endpoint_is_the_one_that_it_calls_and_a_budget_is_told_in_the_help(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not on this machine")
    (tmp_path / "client.sh").write_text(CLIENT.replace("KNOWS", "failed"))
    assert main(["check-client", "--stories", "1", "--", "sh", str(tmp_path / "client.sh")]) == 0
    assert "endpoint images-flux-v6, which the client calls" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["check-client", "--help"])
    assert "300; of a command 60" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("code", "kind", "type_", "message"),
    [
        ('print(\'{"images": ["http://a"]}\')', "images", "", ""),
        ('print(\'{"error": "out of paint", "class": "SdError"}\')', "error", "SdError", "out of paint"),
        ('import sys; sys.exit("out of paint")', "error", "exit code 1", "out of paint"),
        ('{}["id"]', "crash", "KeyError", "'id'"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crash", "SIGSEGV", ""),
        ("class SdTimeout(Exception): pass\nraise SdTimeout('too long')", "timeout", "SdTimeout", "too long"),
    ],
)
def test_its_last_line_is_the_result_or_else_its_exit_code_and_stderr(
    played: Played, code: str, kind: str, type_: str, message: str
) -> None:
    outcome = played(code)
    assert (outcome.kind, outcome.error_type) == (kind, type_)
    assert message in outcome.message


@pytest.mark.parametrize("code", ["pass", "print('http://a.png')", "print('[]')"])
def test_a_command_that_says_nothing_usable_is_no_finding(played: Played, code: str) -> None:
    with pytest.raises(NotJudged, match=r'without a last line on stdout that is \{"images"'):
        played(code)


def test_pictures_that_are_none_are_odd(played: Played) -> None:
    assert played("print('{\"images\": [7]}')").kind == "odd"


IN_PYTHON = """
import asyncio, datetime, json, os, threading, time, urllib.request
began, steady, day = time.time(), time.monotonic(), datetime.datetime.now()
def ask(path, **body):
    data = json.dumps({"key": os.environ["MODELSLAB_API_KEY"], **body}).encode()
    asked = urllib.request.Request(os.environ["MODELSLAB_BASE_URL"] + path, data, {"content-type": "application/json"})
    return json.load(urllib.request.urlopen(asked))
job = ask("/api/v6/images/text2img", prompt="a fox", model_id="flux")
time.sleep(0.1)
asyncio.run(asyncio.sleep(0.7))
threading.Event().wait(0.333)
asyncio.run(asyncio.wait_for(asyncio.to_thread(time.sleep, 3600), 4000))
told = ask(f"/api/v6/images/fetch/{job['id']}")
slept = [time.time() - began, time.monotonic() - steady, (datetime.datetime.now() - day).total_seconds()]
print(json.dumps({"images": [told["status"], *(f"{each:.3f}" for each in slept)]}))
"""


def test_every_way_to_wait_in_python_is_tied_and_every_clock_agrees(played: Played) -> None:
    began = time.monotonic()
    outcome = played(IN_PYTHON, QUEUED, "-P")
    assert outcome.images == ("success", "3601.133", "3601.133", "3601.133"), outcome
    assert time.monotonic() - began < 60
