"""An emulator inside of this process: no socket; the libraries' calls to the vendor's hosts are met on their way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TypeVar

from ..engine.ids import NO_SANDBOX, sandbox_name
from ..engine.inputs import Effect
from ..inbox import Inboxes
from ..log import Log
from ..messages import Request
from ..serve import make_app
from ..settings import Settings
from ..watch import Watch
from ..ways.in_process import InProcess
from ..ways.intercept import Interception
from ..ways.sandbox_time import SandboxTime
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
        settings = Settings(profile=options.profile, clock=options.clock, quiet=True, max_exchanges=MAX_EXCHANGES)
        self.app = make_app(
            settings, seed=options.seed, origin=URL, started=began, log=Log(quiet=True), name_sandbox=lambda _: sandbox
        )
        self.inboxes = Inboxes()
        self.watch = Watch(self.app.store, real_now)
        time = SandboxTime(self.app, lambda: (sandbox, NO_SANDBOX), began, self.carry_out)
        self._way = InProcess(self.app, before=self._before)  # a courier of webhooks goes in here and into carry_out
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
        self.watch.close()

    def call(self, work: Callable[[], T]) -> T:
        """See House."""
        return self._way.between(work)

    def carry_out(self, sandbox: str, effects: Sequence[Effect]) -> None:
        """Webhooks are not sent from here yet."""

    def _before(self, request: Request) -> None:
        __tracebackhide__ = True
        # Who submits a thousand jobs at once does not wait for anything.
        if self._ties is not None and (match := self.app.routes.find(request.path)) is not None and match.kind == "fetch":
            self._ties.polled()
