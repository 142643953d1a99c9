"""The adapters of docs/adapters, each with its own small client: they can be used, and the kit finds in them what is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.check_client import check
from modelslab_contracts.kit.client_report import Report
from modelslab_contracts.kit.judge import judge
from modelslab_contracts.kit.orders import Asked
from modelslab_contracts.kit.run import Capabilities, Run
from modelslab_contracts.kit.sweep import Player
from modelslab_contracts.story import story_of
from modelslab_mock.cli import main
from modelslab_mock.handed.adapter import Adapter
from modelslab_mock.handed.one_shot import OneShot
from modelslab_mock.handed.program_stage import ProgramStage

DOCS = Path(__file__).parents[2] / "docs" / "adapters"
LANGUAGES = ("node", "ruby", "php", "go", "shell")
NEEDS = {"shell": ("sh", "curl", "jq"), "node": ("node",), "ruby": ("ruby",), "php": ("php",), "go": ("go",)}
ENDPOINT = "images-flux-v6"
CAPABILITIES = Capabilities(exact_integers=False)
NODE_20 = "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)"
ASKED = Asked({"prompt": "a fox", "model_id": "flux"})
NEVER = story_of({"submit": ["processing"], "ends": "never"})
LATE = story_of({"submit": ["processing"], "polls": 3})
#: Rules that the small client of a language breaks at the level should, as its README says.
BREAKS = {
    "node": {"client/comes-back-before-retry-after"},
    "ruby": {"client/does-not-follow-fetch-result", "client/gives-up-after-one-bad-poll", "client/obeys-any-eta"},
}


@pytest.fixture(scope="session")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter in Go, built once."""
    built = tmp_path_factory.mktemp("go") / "adapter"
    files = sorted(each.name for each in (DOCS / "go").glob("*.go"))
    subprocess.run(["go", "build", "-o", str(built), *files], cwd=DOCS / "go", check=True, timeout=240)
    return built


@pytest.fixture
def command(request: pytest.FixtureRequest) -> Callable[..., list[str]]:
    """`command(language, folder)`: how the adapter is run; `folder` holds it, where it is not that of the docs."""

    def make(language: str, folder: Path | None = None) -> list[str]:
        for each in NEEDS[language]:
            if not shutil.which(each):
                pytest.skip(f"{each} is not on this machine")
        if language == "node" and subprocess.run(["node", "-e", NODE_20], check=False).returncode:
            pytest.skip("node is here, but not Node 20 or later")
        if language == "go":
            return [str(request.getfixturevalue("go_program"))]
        runs = {"node": ["node", "adapter.mjs"], "ruby": ["ruby", "adapter.rb"], "php": ["php", "adapter.php"]}
        program, file = runs.get(language, ["sh", "adapter.sh"])
        return [program, str((folder or DOCS / language) / file)]

    return make


Command = Callable[..., list[str]]


def checked(command: Sequence[str], stories: int) -> Report:
    program = Adapter(command, dict(os.environ))
    program.endpoint = ENDPOINT
    stage = partial(_stage, program)
    return check(program.call, stage, endpoint=ENDPOINT, stories=stories, level="should", capabilities=CAPABILITIES)


def _stage(program: Adapter, seed: int, profile: str) -> ProgramStage:
    return ProgramStage(program, pytest.fail, seed=seed, profile=profile)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_adapter_can_be_used_and_is_short(language: str, command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    (adapter,) = (DOCS / language).glob("adapter.*")
    assert len(adapter.read_text().splitlines()) <= 25
    assert main(["adapter-selftest", "--", *command(language)]) == 0
    out = capsys.readouterr().out
    assert "time tied, polls\n" in out
    assert "\nhappy call   the client returned 1 picture\n" in out
    assert "Something went wrong." in out


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_sleeps_take_no_time_and_its_own_deadline_ends_what_never_ends(language: str, command: Command) -> None:
    program = Adapter(command(language), dict(os.environ))
    with ProgramStage(program, pytest.fail) as stage:
        player = Player(program.call, endpoints()[ENDPOINT], stage, CAPABILITIES)
        late = player.run(LATE, ASKED)
        assert isinstance(late, Run), late
        assert late.outcome.kind == "images"
        assert late.lasted > 9
        never = player.run(NEVER, ASKED)
    assert isinstance(never, Run), never
    assert never.outcome.kind in ("timeout", "error"), "its own deadline ended it"
    assert 100 < never.lasted < 200
    assert not judge(never).findings


@pytest.mark.parametrize("language", ["node", "ruby"])
def test_the_kit_finds_in_it_what_is_there(language: str, command: Command) -> None:
    report = checked(command(language), 100)
    assert not report.trouble
    assert not report.flaky
    assert {each.rule for each in report.findings} == BREAKS[language]


def test_a_mistake_in_it_is_found(command: Command, tmp_path: Path) -> None:
    shutil.copytree(DOCS / "node", tmp_path / "node")
    client = tmp_path / "node" / "client.mjs"
    client.write_text(client.read_text().replace('["success", "failed", "error"]', '["success", "error"]'))
    report = checked(command("node", tmp_path / "node"), 60)
    (found,) = [each for each in report.findings if each.level == "must"]
    assert found.rule == "client/does-not-know-failed"


NODE_TIMES = """
import { setTimeout as pause, scheduler } from "node:timers/promises";
import { promisify } from "node:util";
import http from "node:http";
const began = Date.now(), steady = performance.now(), high = process.hrtime.bigint();
const seen = [];
const say = (what) => seen.push(`${what} ${(Date.now() - began) / 1000}`);
setTimeout(say, 7000, "timer");
const gone = setTimeout(say, 1000, "cleared");
clearTimeout(gone);
const every = setInterval(() => seen.length > 3 ? clearInterval(every) : say("interval"), 2000);
await pause(1000);
say("promise");
await promisify(setTimeout)(500);
await scheduler.wait(500);
say("scheduler");
const answer = await fetch(process.env.MODELSLAB_BASE_URL + "/generations/none", { signal: AbortSignal.timeout(100) });
say(answer.status);
await new Promise((done) => http.get(process.env.MODELSLAB_BASE_URL + "/x", (reply) => reply.resume().on("end", done)));
const given = new AbortController();
setTimeout(() => given.abort(), 3000);
await pause(60_000, null, { signal: AbortSignal.timeout(1000) }).catch(() => say("deadline"));
await pause(60_000, null, { signal: given.signal }).catch((problem) => say(problem.name));
process.stdin.ref?.(); // what keeps the process alive is not the timer
await new Promise((done) => setTimeout(done, 3_600_000).unref() && setTimeout(() => {}, 7_200_000));
say(new Date().getTime() - began === performance.now() - steady ? "same" : "other");
say(Number(process.hrtime.bigint() - high) / 1e9);
console.log(JSON.stringify({ images: seen }));
process.exit();
"""


def test_every_way_to_wait_in_node_is_tied_and_every_clock_agrees(command: Command, tmp_path: Path) -> None:
    command("node")
    (tmp_path / "times.mjs").write_text(NODE_TIMES)
    program = OneShot(["node", str(tmp_path / "times.mjs")], dict(os.environ))
    began = time.monotonic()
    with ProgramStage(program, pytest.fail) as stage:
        run = Player(program.call, endpoints()[ENDPOINT], stage, CAPABILITIES).run(LATE, ASKED)
    assert isinstance(run, Run), run
    told = [(what, float(at)) for what, at in (str(each).split() for each in run.outcome.images)]
    assert [what for what, _ in told] == [
        "promise",
        "interval",
        "scheduler",
        "404",
        "deadline",
        "AbortError",
        "timer",
        "same",
        "3605",
    ]
    assert dict(told)["timer"] == pytest.approx(7, abs=0.1)
    assert time.monotonic() - began < 60


NODE_DEADLINES = """
const there = process.env.MODELSLAB_BASE_URL + "/generations/none";
const began = Date.now(), seen = [];
const say = (what) => seen.push(`${what} ${(Date.now() - began) / 1000}`);
const signal = AbortSignal.timeout(3000);
await (await fetch(there, { signal })).text();
AbortSignal.timeout(1000).addEventListener("abort", () => say("listener"));
AbortSignal.timeout(2000).onabort = () => say("handler");
AbortSignal.any([AbortSignal.timeout(4000)]).addEventListener("abort", () => say("any"));
await new Promise((done) => setTimeout(done, 10_000));
say(signal.aborted);
console.log(JSON.stringify({ images: seen }));
process.exit();
"""


def test_deadlines_in_node_stop_the_time_only_where_somebody_listens(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one of a request that is over is not worth a question to the kit: it passes on the way."""
    command("node")
    (tmp_path / "deadlines.mjs").write_text(NODE_DEADLINES)
    program, stops = OneShot(["node", str(tmp_path / "deadlines.mjs")], dict(os.environ)), list[float]()
    with ProgramStage(program, pytest.fail) as stage:
        began, move = stage.keeper.now, stage.keeper._move

        def moved(moment: float) -> None:
            stops.append(moment - began)
            move(moment)

        monkeypatch.setattr(stage.keeper, "_move", moved)
        run = Player(program.call, endpoints()[ENDPOINT], stage, CAPABILITIES).run(LATE, ASKED)
    assert isinstance(run, Run), run
    assert run.outcome.images == ("listener 1", "handler 2", "any 4", "true 10")
    assert stops == pytest.approx([1, 2, 4, 10], abs=0.01)
