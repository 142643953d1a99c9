"""The clocks of an emulator's sandboxes as the one time that a client is tied to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..emulator import Emulator
from ..engine.inputs import AdvanceInput, Effect
from ..wire.wall_clock import real_now

CarryOut = Callable[[str, Sequence[Effect]], None]


class SandboxTime:
    """A ClientClock over the sandboxes that `names()` gives: it shows the latest of their clocks, and moves all of them.

    Their clocks must be `frozen` or `auto`. `began` is what it shows before there is a sandbox. Webhooks whose time comes
    while it moves go to `carry_out(sandbox, effects)`, in the order of their moments.
    """

    def __init__(
        self, emulator: Emulator, names: Callable[[], Iterable[str]], began: float, carry_out: CarryOut | None = None
    ) -> None:
        self._emulator = emulator
        self._names = names
        self._latest = began
        self._carry_out = carry_out

    def now(self) -> float:
        """Seconds since 1970, never fewer than before."""
        store, real = self._emulator.store, real_now()
        for name in self._names():
            self._latest = max(self._latest, store.read(name).clock.now(real))
        return self._latest

    def advance_to(self, moment: float) -> None:
        """Move every clock that is behind."""
        self._latest = max(self._latest, moment)
        for name in self._names():
            while self._is_behind(name, moment):
                effects = self._emulator.tick(name, AdvanceInput(moment), real_now())
                if effects and self._carry_out is not None:
                    self._carry_out(name, effects)

    def _is_behind(self, name: str, moment: float) -> bool:
        clock = self._emulator.store.read(name).clock
        if clock.mode in ("real", "scaled"):
            raise ValueError(f"the clock of {name} is {clock.mode}: only a frozen or auto clock can be moved")
        return clock.now(real_now()) < moment
