"""An emulator inside of this process: no socket; the libraries' calls to the vendor's hosts are met on their way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TypeVar

from ..engine.ids import NO_SANDBOX, sandbox_name
from ..engine.inputs import Effect
from ..log import Log
from ..messages import Request
from ..serve import make_app
from ..settings import Settings
from ..ways.in_process.courier import InProcessCourier
from ..ways.in_process.intercept import Interception
from ..wire.wall_clock import real_now
from .near import Near
from .options import MAX_EXCHANGES, Options
from .tied import Ties

T = TypeVar("T")
URL = "https://modelslab.com"
#: Every key leads to the sandbox that this one has.
KEY = "test-key"


class Inside:
    """An emulator of one scope: it owns all traffic for the vendor's hosts, whatever key the client sends."""

    def __init__(self, options: Options) -> None:
        self.url = URL
        self.movable: Sequence[str] = ("frozen", "auto")
        sandbox, began = sandbox_name(KEY), real_now()
        settings = Settings(
            profile=options.profile, clock=options.clock, spec=options.spec, quiet=True, max_exchanges=MAX_EXCHANGES
        )
        log = Log(quiet=True)
        self.app = make_app(settings, seed=options.seed, origin=URL, started=began, log=log, name_sandbox=lambda _: sandbox)
        self._courier = InProcessCourier(self.app, settings, log)
        self.inboxes, self.watch = self._courier.panel.inboxes, self._courier.panel.watch
        time = self._courier.time(lambda: (sandbox, NO_SANDBOX), began)
        self._way = self._courier.way(before=self._before)
        self._ties = Ties(time) if options.is_tied else None
        self._stack = ExitStack()
        self.near = Near(self, sandbox, KEY, time, is_tied=options.is_tied)

    @property
    def spun(self) -> str:
        """That the client turned in a circle, as a sentence; "" when it did not."""
        return self._ties.spun if self._ties is not None else ""

    def enter(self) -> None:
        """Begin to answer. Raises MockServerError."""
        with ExitStack() as stack:
            if self._ties is not None:
                stack.enter_context(self._ties)
            stack.enter_context(Interception(self._way))
            self._stack = stack.pop_all()

    def leave(self) -> None:
        """Leave everything as it was."""
        self._stack.close()
        self._courier.close()

    def call(self, work: Callable[[], T]) -> T:
        """See House."""
        with self.app.turn:
            return work()

    def replan(self, sandbox: str, due: Sequence[Effect]) -> None:
        """See House."""
        self._courier.replan(sandbox, due)

    def _before(self, request: Request) -> None:
        __tracebackhide__ = True
        # Who submits a thousand jobs at once does not wait for anything.
        if self._ties is not None and (match := self.app.routes.find(request.path)) is not None and match.kind == "fetch":
            self._ties.polled()
