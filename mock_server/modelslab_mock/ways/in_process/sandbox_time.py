"""The clocks of an emulator's sandboxes as the one time that a client is tied to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ...emulator import Emulator
from ...engine.inputs import AdvanceInput, Effect
from ...wire.wall_clock import real_now
from .waiting import PATIENCE_S

CarryOut = Callable[[str, Sequence[Effect]], None]


class SandboxTime:
    """A ClientClock over the sandboxes that `names()` gives: it shows the latest of their clocks, and moves all of them.

    Their clocks must be `frozen` or `auto`. `began` is what it shows before there is a sandbox. Webhooks whose time comes
    while it moves go to `carry_out(sandbox, effects)`, in the order of their moments and each at its own. With
    `may_go_on(within_s)`, which may wait so many real seconds, the time goes on only when that says they were taken.
    """

    def __init__(
        self,
        emulator: Emulator,
        names: Callable[[], Iterable[str]],
        began: float,
        carry_out: CarryOut | None = None,
        *,
        may_go_on: Callable[[float], bool] | None = None,
    ) -> None:
        self._emulator = emulator
        self._names = names
        self._latest = began
        self._carry_out = carry_out
        self._may_go_on = may_go_on

    def now(self) -> float:
        """Seconds since 1970, never fewer than before."""
        look, latest = self._emulator.store.look, self._latest
        for name in self._names():  # clients ask for the time some ten times in each request
            clock = look(name).clock
            shown = clock.anchor if clock.mode == "frozen" else clock.now(real_now())
            latest = max(latest, shown)
        self._latest = latest
        return latest

    def advance_to(self, moment: float) -> bool:
        """Move every clock that is behind, no further than to the next webhook; not at all while one is being taken."""
        if self._may_go_on is None:
            while self._to_next_stop(moment):
                pass
            return False
        if not self._may_go_on(0.0):
            # Whoever takes it may end somebody's wait, so what came of `moment` is for the caller to see.
            return self._may_go_on(PATIENCE_S)
        return self._to_next_stop(moment)

    def _to_next_stop(self, moment: float) -> bool:
        """Move to the next webhook or to `moment`; whether that is still ahead."""
        names = list(self._names())
        stop = self._next_stop(names, moment)
        for name in names:
            self._move(name, stop)
        self._latest = max(self._latest, stop)
        return stop < moment

    def _next_stop(self, names: list[str], moment: float) -> float:
        """The first webhook that is due on the way to `moment`, in any sandbox; else `moment`."""
        real, stop = real_now(), moment
        with self._emulator.turn:
            for sandbox in map(self._emulator.store.look, names):
                shown = sandbox.clock.now(real)
                stop = min([stop, *(at for at in sandbox.pending.values() if at > shown)])
        return stop

    def _move(self, name: str, stop: float) -> None:
        while True:
            with self._emulator.turn:
                if not self._is_behind(name, stop):
                    return
                effects = self._emulator.tick(name, AdvanceInput(stop), real_now())
            if effects and self._carry_out is not None:
                self._carry_out(name, effects)

    def _is_behind(self, name: str, moment: float) -> bool:
        clock = self._emulator.store.look(name).clock
        if clock.mode in ("real", "scaled"):
            raise ValueError(f"the clock of {name} is {clock.mode}: only a frozen or auto clock can be moved")
        return clock.now(real_now()) < moment
