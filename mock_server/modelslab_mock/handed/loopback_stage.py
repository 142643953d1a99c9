"""The emulator as a stage for the kit, on a loopback port: for clients that are other processes."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from _thread import allocate_lock
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from modelslab_contracts.kit.stage import Played
from modelslab_contracts.story import Story

from ..stage_house import StageHouse
from ..wire.in_thread import InThread
from ..wire.running import loop_factory, make_config
from .doors import Door, Loopback
from .granted import Granted
from .tied_environment import tied_environment
from .time_wire import PATH, TimeWire
from .timekeeper import Timekeeper

T = TypeVar("T")
#: Real seconds that a client's connection may rest; a client that is slow to ask again must not find it closed.
_KEEP_ALIVE_S = 3_600


class LoopbackStage:
    """See the kit's Stage. `is_tied` says whether the client's sleeps move its clock; else that one follows the real time."""

    def __init__(
        self,
        *,
        seed: int = 0,
        profile: str = "documented",
        is_tied: bool = True,
        door: Door | None = None,
        spec: Sequence[str] = (),
    ) -> None:
        self.is_tied = is_tied
        door = door or Loopback()
        self.folder = Path(tempfile.mkdtemp(prefix="modelslab-mock-check-"))
        self.time_file = self.folder / "time"
        self._opened = opened = door.open(self.folder)
        self.base_url = opened.base_url
        self.time_url = opened.origin + PATH
        self.house = StageHouse(seed=seed, profile=profile, base_url=self.base_url, elsewhere=opened.elsewhere, spec=spec)
        self._wire = TimeWire(self.house.app, self.house.log, own={}, max_body=self.house.settings.max_body)
        self.keeper = self._wire.keeper = Timekeeper(self.house, self.time_file, lambda: self.is_tied)
        served = [
            (make_config(self._wire, tls), sockets) for tls, sockets in (({}, opened.http), (door.tls, opened.https)) if sockets
        ]
        for config, _ in served:
            config.timeout_keep_alive = _KEEP_ALIVE_S
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = InThread(served, self._begin, self._wire.close, loop_factory())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        if self._loop is not None:
            self._call(self._wire.stop)
        self._thread.stop()
        for each in (*self._opened.http, *self._opened.https):
            each.close()
        self.keeper.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def play(self, story: Story, act: Callable[[str, str], Any]) -> Played:
        """See Stage."""
        house = self.house
        key = self._call(lambda: self._raise_curtain(story))
        result, raised = None, None
        try:
            result = act(self.base_url, key)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as problem:  # noqa: BLE001 # whatever a client raises is what it came to
            raised = problem
        journal, ended = self._call(self._drop_curtain)
        return Played(
            house.name, house.host, key, journal, result, raised, house.began, ended, vendor_hosts=self._opened.vendor_hosts
        )

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """What a program finds in its environment."""
        return tied_environment(self._opened.environment(given), self.folder, self.time_url, self.time_file)

    def ask(self, until: float, seen: int | None) -> Granted:
        """What a client of this process asks for instead of sleeping."""
        return self._wait(lambda: self.keeper.ask(until, seen))

    def _raise_curtain(self, story: Story) -> str:
        key = self.house.raise_curtain(story)
        self.keeper.begin()
        return key

    def _drop_curtain(self) -> tuple[Any, float]:
        self.keeper.end()
        return self.house.journal(), self.keeper.now

    def _call(self, work: Callable[[], T]) -> T:
        async def run() -> T:
            return work()

        return self._wait(run)

    def _wait(self, work: Callable[[], Awaitable[T]]) -> T:
        """The result of a coroutine on the server's loop; whoever calls waits in real time, whatever its own is tied to."""
        came: list[T] = []
        problems: list[BaseException] = []
        done = allocate_lock()  # no Condition, nor a Future that stands on one: those may be tied
        done.acquire()

        async def run() -> None:
            try:
                came.append(await work())
            except BaseException as problem:  # noqa: BLE001 # it belongs to whoever waits
                problems.append(problem)
            finally:
                done.release()

        tasks: list[asyncio.Task[None]] = []
        assert self._loop is not None, "it was entered"
        self._loop.call_soon_threadsafe(lambda: tasks.append(asyncio.ensure_future(run())))
        done.acquire()
        if problems:
            raise problems[0]
        return came[0]

    async def _begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        if self._opened.beside is not None:
            await self._opened.beside()
