"""What a server has beside the emulator, for clients in the same process: webhooks, inboxes, `/health` and `/__mock`.

It all runs on a loop of its own, in a thread that begins with the first webhook (or the first request for `/__mock`) and
ends with the scope. What sends is the server's courier itself. A webhook to an inbox of ours takes no socket; the others
go out over real HTTP, to loopback unless a host was allowed by name, and no interception of ours meets them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

from ...app import App
from ...clockwork import SETTLE_S, Clockwork, Moved
from ...control.panel import Panel
from ...engine.inputs import Deliver, Effect
from ...inbox import Inboxes
from ...log import Log, tell_bug
from ...messages import Request, Response
from ...serve import own_paths
from ...settings import Settings
from ...version import __version__
from ...wire.courier import Courier
from ...wire.wall_clock import real_now
from .answering import InProcess
from .control import Control
from .own_loop import Ended, OwnLoop
from .real_time import real_time
from .sandbox_time import SandboxTime
from .tied_time import is_stuck

#: Real seconds between two looks at whether everything was taken.
_LOOK_S = 0.005
T = TypeVar("T")


class InProcessCourier:
    """Carries out what follows from answers that were given in the process. Use it in a `with`, or `close` it.

    `panel` is what the control API works with: its `watch` wakes who waits, its `inboxes` hold what was sent to them.
    """

    def __init__(self, app: App, settings: Settings, log: Log) -> None:
        self._app = app
        self._log = log
        inboxes = Inboxes()
        self._courier = Courier(
            app, log, settings.allow_webhook_host, inboxes, answer_within_s=settings.webhook_timeout, may_nudge=is_stuck
        )
        clockwork = Clockwork(app, self._courier, real_now)
        self.panel = Panel(app, settings, self._courier, clockwork, real_now, real_now(), self._pictures, inboxes=inboxes)
        self._courier.on_delivery = self.panel.watch.tell_delivery
        self._control = Control(self.panel)
        self._ways: list[InProcess] = []
        self._loop = OwnLoop(app.turn, self._courier.close)
        self._lock = threading.Lock()
        self._handed = 0  # what was handed to the loop and is not done with
        self._one_is_done = threading.Event()
        self._busy_since: float | None = None

    def way(self, *, before: Callable[[Request], None] | None = None) -> InProcess:
        """The emulator as a function, with all that a server has beside it, and as its settings say."""
        settings = self.panel.settings
        way = InProcess(
            self._app,
            follow_up=self.follow_up,
            before=before,
            ahead=self.ahead,
            own=own_paths(__version__, self.panel.started, len(self._app.endpoints)),
            control=self.control,
            cors=settings.cors,
            max_body=settings.max_body,
            latency_s=settings.latency,
        )
        self._ways.append(way)
        return way

    def time(self, names: Callable[[], Iterable[str]], began: float) -> SandboxTime:
        """The time of the sandboxes for a TiedTime: it stops at each webhook until the receiver has answered."""
        return SandboxTime(self._app, names, began, self.carry_out, may_go_on=self.may_go_on)

    def follow_up(self, response: Response) -> None:
        """An answer was handed over: its log line, then its webhooks."""
        if response.exchange is None:
            return
        with self._app.turn:
            self._log.add(response.exchange)
        if response.effects:
            self._hand(self._see_to(response.exchange.sandbox, response.effects, response.era))

    def ahead(self, response: Response) -> Future[Response] | None:
        """Webhooks that are to come before an answer: begun, with a future of the answer and what is left to do."""
        if response.exchange is None or not any(isinstance(each, Deliver) and each.ahead for each in response.effects):
            return None
        return self._hand(self._go_ahead(response.exchange.sandbox, response))

    def carry_out(self, sandbox: str, effects: Sequence[Effect]) -> None:
        """Do what the effects of a clock's move ask for."""
        self._hand(self._see_to(sandbox, effects, None))

    def replan(self, sandbox: str, effects: Sequence[Effect]) -> None:
        """A sandbox's clock runs in another way from now on: what became due with that is sent, and the rest in its time."""

        async def plan() -> None:
            self._courier.plan(sandbox)

        self.carry_out(sandbox, effects)
        self._hand(plan())

    def may_go_on(self, within_s: float) -> bool:
        """Whether time may move: every webhook was taken, or some have been under way for SETTLE_S of real time.

        Waits for that, `within_s` real seconds at most. A receiver that hangs is waited for once.
        """
        if self.settle(within_s):
            self._busy_since = None
            return True
        now = real_now()
        since = self._busy_since = self._busy_since or now - within_s
        return now - since >= SETTLE_S

    def settle(self, within_s: float = SETTLE_S) -> bool:
        """Wait until no webhook is under way, so many real seconds at most; False when one still is.

        It holds its thread up: where the receiver lives on the loop that calls, `await asyncio.to_thread(courier.settle)`.
        """
        end = real_now() + within_s
        with real_time():
            while True:
                self._one_is_done.clear()
                if not self._handed and self._courier.is_idle:
                    return True
                if (left := end - real_now()) <= 0:
                    return False
                self._one_is_done.wait(min(left, _LOOK_S))

    def advance(self, sandbox: str, seconds: float) -> Moved:
        """Move the clock of a sandbox forward, as the control API does. Raises CannotAdvance."""
        with real_time():
            return self._loop.run(self.panel.clockwork.advance(sandbox, seconds)).result()

    def control(self, request: Request) -> Future[Response] | Response:
        """The answer to a request for /__mock or below it."""
        try:
            return self._loop.run(self._control.answer(request))
        except Ended:
            return Response(0, (), delivery="reset")

    def close(self) -> None:
        """End it. Webhooks under way are let go, as when a server stops; `settle` first, to see them arrive."""
        self.panel.watch.close()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def _see_to(self, sandbox: str, effects: Sequence[Effect], era: int | None) -> None:
        try:
            if begun := self._courier.carry_out(sandbox, effects, era):
                await asyncio.wait(begun)
        except Exception:  # noqa: BLE001 # nobody waits for it who could hear of it
            tell_bug()

    async def _go_ahead(self, sandbox: str, response: Response) -> Response:
        return response._replace(effects=await self._courier.before_reply(sandbox, response.effects))

    def _hand(self, work: Coroutine[Any, Any, T]) -> Future[T] | None:
        """Have it done on the loop; None when that has ended."""
        with self._lock:
            self._handed += 1
        try:
            future = self._loop.run(work)
        except Ended:
            self._done()
            return None
        except BaseException:
            self._done()
            raise
        future.add_done_callback(self._done)
        return future

    def _done(self, _: object = None) -> None:
        with self._lock:
            self._handed -= 1
        self._one_is_done.set()

    def _pictures(self) -> int:
        return sum(each.pictures_drawn for each in self._ways)
