"""Adapters that go wrong: what is a crash of the client, what is the kit's trouble, and what ends the whole check."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.handed.conftest import PLAIN, QUEUED, Words

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.judge import judge
from modelslab_contracts.kit.orders import Asked
from modelslab_contracts.kit.outcome import outcome_of
from modelslab_contracts.kit.run import Run
from modelslab_contracts.kit.stage import Gone, NotJudged, Stopped
from modelslab_contracts.kit.sweep import Player
from modelslab_contracts.story import story_of
from modelslab_mock.handed.adapter import Adapter
from modelslab_mock.handed.program_stage import ProgramStage

Staged = Callable[[list[str]], tuple[Adapter, ProgramStage]]
NEVER = story_of({"submit": ["processing"], "ends": "never"})
ASKED = Asked({"prompt": "a fox", "model_id": "flux"})
POST = """\
import urllib.request
def post(path):
    data = json.dumps({"key": key, **told.get("request", {})}).encode()
    asked = urllib.request.Request(told["base_url"] + path, data, {"content-type": "application/json"})
    return json.load(urllib.request.urlopen(asked))
"""


def test_noise_is_the_kits_trouble_and_the_line_is_shown(adapter: Words, staged: Staged) -> None:
    _, stage = staged(adapter('print("listening on 3000", flush=True)\nresult(kind="images", images=[])'))
    with stage:
        for _ in range(3):
            raised = stage.play(PLAIN, stage.call_plainly).raised
            assert isinstance(raised, NotJudged | Gone)
            assert "adapter noise" in str(raised)
            assert "'listening on 3000'" in str(raised)
    assert isinstance(raised, Gone), "three times in a row, and it is not called again"


def test_a_death_is_a_crash_with_its_last_words_and_the_next_call_is_answered(adapter: Words, staged: Staged) -> None:
    _, stage = staged(adapter('if seq == 1: sys.exit("KeyError: out of paint")\nresult(kind="images", images=[])'))
    with stage:
        first, second = (outcome_of(stage.play(PLAIN, stage.call_plainly)) for _ in range(2))
    assert (first.kind, first.error_type, first.message) == (
        "crash",
        "KeyError (exit code 1)",
        "out of paint\nKeyError: out of paint",
    )
    assert second.kind == "images"


def test_a_client_that_dies_of_a_story_is_a_finding_and_one_that_dies_always_ends_the_check(
    adapter: Words, staged: Staged
) -> None:
    body = POST + 'if post("/api/v6/images/text2img")["status"] == "processing": os.abort()\nresult(kind="images", images=[])'
    program, stage = staged(adapter(body))
    program.endpoint = "images-flux-v6"
    with stage:
        player = Player(program.call, endpoints()["images-flux-v6"], stage)
        runs = [player.run(QUEUED, ASKED) for _ in range(4)]
    for run in runs:
        assert isinstance(run, Run), run
        assert (run.outcome.kind, run.outcome.error_type) == ("crash", "SIGABRT")
    program, stage = staged(adapter('sys.exit("no such module")'))
    with stage:
        player = Player(program.call, endpoints()["images-flux-v6"], stage)
        with pytest.raises(Gone, match="died in 3 calls in a row, and in the plainest one as well: no such module"):
            [player.run(QUEUED, ASKED) for _ in range(3)]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('say(op="result", seq=seq + 1, kind="images", images=[])', "result: seq is 2, and the call that waits"),
        ('result(kind="skipped", reason="no GPU")', "the adapter skips the call: no GPU"),
        ('result(kind="imags")', "is not one of images, error"),
    ],
)
def test_what_cannot_be_judged_says_why(adapter: Words, staged: Staged, body: str, says: str) -> None:
    _, stage = staged(adapter(body))
    with stage:
        raised = stage.play(PLAIN, stage.call_plainly).raised
    assert isinstance(raised, NotJudged)
    assert says in str(raised)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["there-is-no-such-program"], "there-is-no-such-program: no such command"),
        ([sys.executable, "-c", "raise SystemExit('no module')"], "it ended before its hello: exit code 1, no module"),
        ([sys.executable, "-S", "-c", "print('hello')"], "adapter noise"),
        ([sys.executable, "-S", "-c", 'print(\'{"op": "hello", "v": 3}\')'], "hello: v must be 1"),
    ],
)
def test_an_adapter_that_cannot_be_used_says_why_at_once(staged: Staged, command: list[str], says: str) -> None:
    _, stage = staged(command)
    with pytest.raises(Gone) as caught, stage:
        pass
    assert says in str(caught.value)


HAMMERS = (
    POST
    + """\
sleep = lambda: urllib.request.urlopen(urllib.request.Request(os.environ["MODELSLAB_TIME_URL"], b'{"sleep": 3}')).read()
job = post("/api/v6/images/text2img")["id"]
while True:
    sleep()
    try:
        post(f"/api/v6/images/fetch/{job}")
    except OSError:
        break
"""
)


@pytest.mark.parametrize("cancel", [False, True])
def test_a_client_without_a_deadline_is_stopped_and_the_next_story_is_played(
    adapter: Words, staged: Staged, monkeypatch: pytest.MonkeyPatch, cancel: bool
) -> None:
    monkeypatch.setattr("modelslab_mock.stage_house.MAX_FETCHES", 30)
    monkeypatch.setattr("modelslab_mock.handed.adapter.ENDS_WITHIN_S", 0.5)
    caps = {"virtual_time": "tied", "cancel": cancel}
    program, stage = staged(
        adapter('if seq > 1 or op == "cancel": result(kind="images", images=[]); continue\n' + HAMMERS, caps)
    )
    with stage:
        player = Player(program.call, endpoints()["images-flux-v6"], stage)
        played = stage.play(NEVER, lambda base_url, key: program.call(base_url, key, ASKED.request))
        assert isinstance(played.raised, Stopped)
        assert played.ended - played.began >= 30
        assert outcome_of(played).kind == "hang"
        assert isinstance(player.run(PLAIN, ASKED), Run)


def test_a_sleep_that_is_real_is_noticed_and_then_its_clock_is_the_real_one(
    adapter: Words, staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelslab_mock.handed.timekeeper._REAL_GAP_S", 0.2)
    body = POST + (
        'job, told["request"] = post("/api/v6/images/text2img")["id"], {}\n'
        'while (status := post(f"/api/v6/images/fetch/{job}")["status"]) == "processing": time.sleep(0.25)\n'
        'result(kind="error", message=status)'
    )
    program, stage = staged(adapter(body, {"virtual_time": "tied"}))
    with stage:
        played = stage.play(QUEUED, lambda base_url, key: program.call(base_url, key, ASKED.request))
    assert not stage.is_tied
    assert outcome_of(played).message == "success"
    assert 0.2 < played.ended - played.began < 60
    (told,) = stage.told  # type: ignore[attr-defined]
    assert told.startswith("the client's sleeps are real")


def test_a_key_on_stderr_is_shown(adapter: Words, staged: Staged) -> None:
    body = (
        POST + 'post("/api/v6/images/text2img")\nprint("asking with", key, file=sys.stderr)\nresult(kind="images", images=[])'
    )
    program, stage = staged(adapter(body))
    with stage:
        run = Player(program.call, endpoints()["images-flux-v6"], stage).run(PLAIN, ASKED)
    assert isinstance(run, Run)
    (found,) = [each for each in judge(run).findings if each.rule == "client/shows-its-key"]
    assert (found.where, found.expected) == ("stderr", "lines without the key")
    assert run.key not in found.got


def test_nothing_is_left_of_a_program_and_of_what_it_started(adapter: Words, staged: Staged, tmp_path: Path) -> None:
    body = f"""\
import subprocess
open({str(tmp_path / "pid")!r}, "w").write(str(subprocess.Popen(["/bin/sleep", "600"]).pid))
result(kind="images", images=[])"""
    _, stage = staged(adapter(body))
    with stage:
        stage.play(PLAIN, stage.call_plainly)
        pid = int((tmp_path / "pid").read_text())
        os.kill(pid, 0)
    assert _is_gone(pid)
    assert not stage.folder.exists()


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
