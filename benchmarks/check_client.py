"""How fast clients are checked, by each way to hand one over; prints a table, `--write` keeps it in results.md.

All play the same drawn stories to a careful client, without reductions; the last line is a whole check of it, as
`check-client` does it. Seconds are those on the wall and those of the processors, ours and the client's: a shared machine
stretches the first and not the second. Those of an adapter hold its start, its first stories and its end as well. The
first story's are those on the wall from nothing, the start of the server and of the program among them; the rest is played
when what is done once is done.

A story counts once, also where several callers play it at once, which only happens in memory. requests takes half of the time
of a client that is made of it, whoever answers; so one on http.client is played to as well.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

from benchmarks.results import keep

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.check_client import check, dealt
from modelslab_contracts.kit.orders import Asked
from modelslab_contracts.kit.run import Capabilities
from modelslab_contracts.kit.stage import Crowd, CrowdedStage, Played, Stage
from modelslab_contracts.kit.sweep import Player, Visit, sweep
from modelslab_contracts.story import Story
from modelslab_mock.handed.adapter import Adapter
from modelslab_mock.handed.loopback_stage import LoopbackStage
from modelslab_mock.handed.one_shot import OneShot
from modelslab_mock.handed.program_stage import ProgramStage
from modelslab_mock.handed.remote_time import AskedTime
from modelslab_mock.playhouse import InProcessStage
from modelslab_mock.ways.in_process.idling import is_alone
from modelslab_mock.ways.in_process.tied_time import TiedTime
from modelslab_mock.wire.wall_clock import real_now

HERE = Path(__file__).parent
ROOT = HERE.parent
ENDPOINT = endpoints()["images-flux-v6"]
DOES = Capabilities(exact_integers=False)
ZOO = [sys.executable, str(ROOT / "tests/handed/programs/zoo_adapter.py"), "Careful", ENDPOINT.name]
ONE_SHOT = """
import json, os, sys
sys.path.insert(0, {root!r})
from modelslab_contracts.contract import endpoints
from tests.liars.careful import Careful
client = Careful(endpoints()[{endpoint!r}])
print(json.dumps({{"images": client(os.environ["MODELSLAB_BASE_URL"], os.environ["MODELSLAB_API_KEY"], json.load(sys.stdin))}}))
"""
SHELL = 'images=$(sh "$0") && echo "{\\"images\\": $images}"'


class Took(NamedTuple):
    """What one way took."""

    what: str
    stories: int
    wall: float
    cpu: float
    first: float | None = None

    @property
    def row(self) -> str:
        """A line of the table."""
        first = "" if self.first is None else f"{self.first:.2f}"
        return (
            f"| {self.what} | {self.stories} | {self.wall:.1f} | {self.cpu:.1f} | {self.stories / self.wall:.0f} | "
            f"{self.stories / self.cpu:.0f} | {first} |"
        )


class TiedLoopback(LoopbackStage):
    """A loopback stage for a function of this process, whose time is tied to it."""

    def __enter__(self) -> Self:
        super().__enter__()
        self._tied = TiedTime(AskedTime(lambda: self.keeper.now, self.ask, is_alone))
        self._tied.__enter__()
        return self

    def __exit__(self, *problem: object) -> None:
        self._tied.__exit__(None, None, None)
        super().__exit__(*problem)


class Counted:
    """A stage that counts its stories. One for several callers at once is one, however many they are."""

    def __init__(self, stage: CrowdedStage) -> None:
        self._stage = stage
        self.count = 0

    def __enter__(self) -> Self:
        self._stage.__enter__()
        return self

    def __exit__(self, *problem: object) -> None:
        self._stage.__exit__(*problem)

    def play(self, story: Story, act: Callable[[str, str], Any]) -> Played:
        """See Stage."""
        self.count += 1
        return self._stage.play(story, act)

    def play_to(self, story: Story, act: Callable[[str, str], Any], crowd: Crowd) -> Played:
        """See CrowdedStage."""
        self.count += 1
        return self._stage.play_to(story, act, crowd)


def main() -> int:
    """Measure everything that this machine has a language for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=300)
    parser.add_argument("--write", action="store_true", help="write the table to benchmarks/results.md")
    options = parser.parse_args()
    lines = ["| what | stories | s | CPU s | stories/s | stories per CPU s | first story, s |", "|---|---|---|---|---|---|---|"]
    for took in _all(options.stories):
        print(took.row, flush=True)
        lines.append(took.row)
    if options.write:
        keep("How fast clients are checked", "python -m benchmarks.check_client --write", "\n".join(lines))
    return 0


def _all(stories: int) -> Iterator[Took]:
    sys.path.insert(0, str(ROOT))
    from benchmarks.lean_client import Lean
    from tests.liars.careful import Careful

    careful = Careful(ENDPOINT)
    yield _took("a function on requests, in memory", careful, InProcessStage(), stories)
    yield _took("a function on requests, over loopback", careful, TiedLoopback(), stories)
    yield _took("a function on http.client, in memory", Lean(ENDPOINT), InProcessStage(), stories)
    yield _took("a function on http.client, over loopback", Lean(ENDPOINT), TiedLoopback(), stories)
    programs = {"an adapter in Python": ZOO}
    if shutil.which("node"):
        programs["an adapter in Node"] = ["node", str(ROOT / "docs/adapters/node/adapter.mjs")]
    for what, command in programs.items():
        adapter = Adapter(command, os.environ)
        yield _took(what, adapter.call, ProgramStage(adapter, print), stories)
    code = ONE_SHOT.format(root=str(ROOT), endpoint=ENDPOINT.name)
    shot = OneShot([sys.executable, "-c", code], os.environ)
    yield _took("a command in Python", shot.call, ProgramStage(shot, print), stories // 10)
    shell = OneShot(["sh", "-c", SHELL, str(ROOT / "docs/adapters/shell/client.sh")], os.environ)
    yield _took("a command in a shell", shell.call, ProgramStage(shell, print), stories // 10)
    yield _checked("a whole check of the function on requests, in memory", careful)


def _took(what: str, generate: Callable[..., Any], stage: Stage, stories: int) -> Took:
    began = real_now()
    with stage as entered:
        player = Player(generate, ENDPOINT, entered, DOES)
        sweep(player, dealt(ENDPOINT, 1, 1, "documented", DOES))
        first = real_now() - began
        sweep(player, dealt(ENDPOINT, stories // 5, 1, "documented", DOES))
        count, draw = 0, dealt(ENDPOINT, stories, 0, "documented", DOES)

        def counted(visit: Visit) -> None:
            def count_and_visit(story: Story, asked: Asked) -> bool:
                nonlocal count
                count += player.can_be_asked(asked)
                return visit(story, asked)

            draw(count_and_visit)

        began, cpu = real_now(), _cpu()
        swept = sweep(player, counted)
        wall = real_now() - began
    assert not swept.trouble, swept.trouble
    return Took(what, count, wall, _cpu() - cpu, first)


def _checked(what: str, generate: Callable[..., Any]) -> Took:
    counted = Counted(InProcessStage())
    began, cpu = real_now(), _cpu()
    check(generate, lambda *_: counted, endpoint=ENDPOINT.name, level="should")
    return Took(what, counted.count, real_now() - began, _cpu() - cpu)


def _cpu() -> float:
    """Seconds of processors, with those of children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


if __name__ == "__main__":
    sys.exit(main())
