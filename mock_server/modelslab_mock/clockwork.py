"""Moving a sandbox's clock: what is due on the way goes out in order, each at its own moment.

The clock stops at every webhook that is due, hands it out and waits for the receiver's answer before it goes on, but
never more than SETTLE_S of real time in all; what is not answered by then is reported as pending.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, NamedTuple, Protocol

from .emulator import Emulator
from .engine.inputs import AdvanceInput, Deliver, Effect

#: Real seconds that a move waits for deliveries.
SETTLE_S = 5.0
#: How far a clock can be moved at once, in seconds.
MAX_ADVANCE_S = 366 * 86_400.0


class CannotAdvance(ValueError):
    """Why a clock cannot be moved, as one sentence."""


class Fired(NamedTuple):
    """A webhook that became due `at` a time of the sandbox's clock: of which job, with which answer, and how it was dealt with
    (send, lost, excess).
    """

    at: float
    job_id: int
    answer: str
    how: str


class Moved(NamedTuple):
    """What a move came to. Times are those of the sandbox's clock; `pending` are numbers of the outbox."""

    before: float
    now: float
    fired: tuple[Fired, ...]
    pending: tuple[int, ...]


class Deliverer(Protocol):
    """Who sends webhooks; the server's courier."""

    def carry_out(self, sandbox: str, effects: Iterable[Effect]) -> list[asyncio.Task[None]]:
        """Do what the effects ask for; the deliveries that began."""

    def plan(self, name: str) -> None:
        """The sandbox's clock was moved."""


class Clockwork:
    """Moves the clocks of a server's sandboxes.

    `loop` is the one on which the server runs; whoever is on another thread uses the forms that end in `_and_wait`.
    """

    def __init__(self, emulator: Emulator, courier: Deliverer, real_now: Callable[[], float]) -> None:
        self._emulator = emulator
        self._courier = courier
        self._real_now = real_now
        self.loop: asyncio.AbstractEventLoop | None = None

    async def advance(self, name: str, seconds: float) -> Moved:
        """Move the clock of a sandbox forward by `seconds`. Raises CannotAdvance."""
        if not 0 <= seconds <= MAX_ADVANCE_S:  # also false for NaN
            raise CannotAdvance(f"a clock is moved by 0 to {MAX_ADVANCE_S:.0f} seconds, not by {seconds:g}")
        return await self.advance_to(name, self._shown(name) + seconds)

    async def advance_to(self, name: str, moment: float) -> Moved:
        """Move the clock of a sandbox to `moment` (seconds since 1970), or leave it where it is beyond that already.

        Raises CannotAdvance.
        """
        self._check(name, moment)
        loop = asyncio.get_running_loop()
        settled_by = loop.time() + SETTLE_S
        before = self._shown(name)
        fired: list[Fired] = []
        under_way: set[asyncio.Task[None]] = set()
        while True:
            effects = self._emulator.tick(name, AdvanceInput(moment), self._real_now())
            hooks = [each for each in effects if isinstance(each, Deliver)]
            fired += [Fired(each.due_at, each.job_id, each.answer, each.how) for each in hooks]
            under_way.update(self._courier.carry_out(name, effects))
            if under_way and (left := settled_by - loop.time()) > 0:
                _, under_way = await asyncio.wait(under_way, timeout=left)
            # A receiver may have submitted a job that is due before `moment`, too.
            sandbox = self._emulator.store.read(name)
            shown = sandbox.clock.now(self._real_now())
            if sandbox.clock.mode == "real":
                break  # somebody let it run meanwhile
            if shown >= moment and min(sandbox.pending.values(), default=math.inf) > shown:
                break
        self._courier.plan(name)
        pending = self._emulator.store.outbox(name).pending() if under_way else ()
        return Moved(before, shown, tuple(fired), tuple(pending))

    def advance_and_wait(self, name: str, seconds: float) -> Moved:
        """`advance` for a thread that is not the server's. Raises CannotAdvance."""
        return self._from_outside(self.advance(name, seconds))

    def advance_to_and_wait(self, name: str, moment: float) -> Moved:
        """`advance_to` for a thread that is not the server's. Raises CannotAdvance."""
        return self._from_outside(self.advance_to(name, moment))

    def _from_outside(self, move: Coroutine[Any, Any, Moved]) -> Moved:
        if self.loop is None:
            move.close()
            raise CannotAdvance("the server does not run yet, and nobody would send what is due")
        try:
            running: Any = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is self.loop:
            move.close()
            raise CannotAdvance("this is the server's own loop: await advance(…) or advance_to(…) here")
        return asyncio.run_coroutine_threadsafe(move, self.loop).result()

    def _shown(self, name: str) -> float:
        return self._emulator.store.read(name).clock.now(self._real_now())

    def _check(self, name: str, moment: float) -> None:
        if self._emulator.store.read(name).clock.mode == "real":
            raise CannotAdvance("a real clock cannot be moved; start with --clock frozen, auto or scaled:FACTOR")
        if not math.isfinite(moment) or moment > self._shown(name) + MAX_ADVANCE_S:
            raise CannotAdvance(f"a clock is moved by at most {MAX_ADVANCE_S:.0f} seconds at once")
