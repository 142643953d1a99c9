"""An emulator of this process on a port, served from a thread."""

from __future__ import annotations

import asyncio
from _thread import allocate_lock
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from typing import Any, TypeVar

from ..clockwork import CannotAdvance
from ..engine.ids import NO_SANDBOX, sandbox_name
from ..engine.inputs import Effect
from ..log import Log
from ..resets import ALL, Resets
from ..serve import make_app, make_wire
from ..settings import Settings
from ..wire.in_thread import InThread
from ..wire.listen import CannotListen, listen
from ..wire.running import CannotServe, loop_factory, make_config
from ..wire.wall_clock import real_now
from .near import Near
from .options import MAX_EXCHANGES, Options
from .problems import MockServerError
from .tied import Ties

T = TypeVar("T")
HOST = "127.0.0.1"
KEY = "test-key"


class Server:
    """The server. `name_sandbox` says which sandbox a key has; by default each has one of its own."""

    def __init__(self, options: Options, name_sandbox: Callable[[str], str] = sandbox_name) -> None:
        self.movable: Sequence[str] = ("frozen", "auto", "scaled")
        try:
            self._sockets = listen(HOST, options.port or 0)
        except CannotListen as problem:
            raise MockServerError(str(problem)) from None
        port, started, log = self._sockets[0].getsockname()[1], real_now(), Log(quiet=True)
        self.url = f"http://{HOST}:{port}"
        settings = Settings(
            port=port, profile=options.profile, clock=options.clock, seed=options.seed, quiet=True, max_exchanges=MAX_EXCHANGES
        )
        self.app = make_app(settings, seed=options.seed, origin=self.url, started=started, log=log, name_sandbox=name_sandbox)
        self._wire = make_wire(settings, self.app, log, started)
        self.inboxes, self.watch = self._wire.inboxes, self._wire.watch
        self.resets = Resets(self.app, self._wire.courier, self.inboxes, self.watch, real_now)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = InThread([(make_config(self._wire, {}), self._sockets)], self._begin, self._wire.close, loop_factory())

    def start(self) -> None:
        """Return when it answers. Raises MockServerError."""
        try:
            self._thread.start()
        except CannotServe as problem:
            raise MockServerError(str(problem)) from None

    def stop(self) -> None:
        """End it and wait for that."""
        if self._loop is not None:
            self.call(self._wire.stop)
        self._thread.stop()
        for each in self._sockets:
            each.close()

    def call(self, work: Callable[[], T]) -> T:
        """See House: on the server's loop."""

        async def run() -> T:
            return work()

        return self.wait(run())

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine on the server's loop. Whoever calls waits in real time, whatever its own is tied to."""
        results: list[T] = []
        problems: list[BaseException] = []
        tasks: list[asyncio.Future[None]] = []
        done = allocate_lock()  # not a Condition, nor a Future that stands on one: those may be tied
        done.acquire()

        async def run() -> None:
            try:
                results.append(await work)
            except BaseException as problem:  # noqa: BLE001 # it belongs to whoever waits
                problems.append(problem)
            finally:
                done.release()

        try:
            assert self._loop is not None, "it runs"
            self._loop.call_soon_threadsafe(lambda: tasks.append(asyncio.ensure_future(run())))
        except RuntimeError:
            work.close()
            raise MockServerError("the server has stopped") from None
        done.acquire()
        if problems:
            raise problems[0]
        return results[0]

    def replan(self, sandbox: str, due: Sequence[Effect]) -> None:
        """See House: by the server's courier."""

        def work() -> None:
            self._wire.courier.carry_out(sandbox, due)
            self._wire.courier.plan(sandbox)

        self.call(work)

    def fresh(self, sandbox: str) -> None:
        """Make a sandbox as if nobody had used it."""

        def work() -> None:
            self.app.store.read(sandbox)
            self.resets.reset(ALL, sandbox)
            self.inboxes.clear(sandbox)

        self.call(work)

    def time(self, *sandboxes: str) -> ServedTime:
        """The clocks of some sandboxes as one."""
        return ServedTime(self, sandboxes)

    async def advance_to(self, sandbox: str, moment: float) -> None:
        """Move a clock; for its own loop."""
        await self._wire.clockwork.advance_to(sandbox, moment)

    async def _begin(self) -> None:
        self._loop = self._wire.clockwork.loop = asyncio.get_running_loop()


class ServedTime:
    """A Clockface over sandboxes of a server: it shows the latest of their clocks, and moves all of them."""

    def __init__(self, server: Server, sandboxes: Sequence[str]) -> None:
        self._server = server
        self._sandboxes = sandboxes

    def now(self) -> float:
        """Seconds since 1970."""
        look, real = self._server.app.store.look, real_now()
        return max(look(name).clock.now(real) for name in self._sandboxes)

    def advance_to(self, moment: float) -> None:
        """Move every clock."""

        async def move() -> None:
            for name in self._sandboxes:
                await self._server.advance_to(name, moment)

        try:
            self._server.wait(move())
        except CannotAdvance as problem:
            raise MockServerError(str(problem)) from None


class Served:
    """A server of one scope: it owns all that comes, whatever key the client sends."""

    def __init__(self, options: Options) -> None:
        sandbox = sandbox_name(KEY)
        self._server = Server(options, lambda _: sandbox)
        self._server.start()
        self._server.call(lambda: [self._server.app.store.read(name) for name in (sandbox, NO_SANDBOX)])
        time = self._server.time(sandbox, NO_SANDBOX)
        self.near = Near(self._server, sandbox, KEY, time, is_tied=options.is_tied)
        self._ties = Ties(time) if options.is_tied else None
        self._stack = ExitStack()
        self.spun = ""

    def enter(self) -> None:
        """Begin, where time is to be tied. Raises MockServerError."""
        if self._ties is not None:
            self._stack.enter_context(self._ties)

    def leave(self) -> None:
        """Leave everything as it was."""
        self._stack.close()
        self._server.stop()
