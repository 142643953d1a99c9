"""What the rooms work with: the emulator, its settings, the time, who sends webhooks, who moves clocks, who wakes waiters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass, field
from typing import Protocol

from ..clockwork import Clockwork
from ..emulator import Emulator
from ..inbox import Inboxes
from ..outbox import Delivery
from ..resets import Resets, Stopper
from ..settings import Settings
from ..stores import Store
from ..watch import Watch


class Courier(Stopper, Protocol):
    """Who sends webhooks, also once more by hand, and counts how they went."""

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many went how, by the words of an outbox's states."""

    async def redeliver(self, sandbox: str, number: int) -> Delivery | None:
        """Send a delivery of an outbox once more and wait for the answer; None when the outbox does not hold it."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """`real_now` gives seconds since 1970, as `started` is. A store has one watch: `watched_by`, where there is one already."""

    emulator: Emulator
    settings: Settings
    courier: Courier
    clockwork: Clockwork
    real_now: Callable[[], float]
    started: float
    pictures_drawn: Callable[[], int] = lambda: 0
    inboxes: Inboxes = field(default_factory=Inboxes, kw_only=True)
    watched_by: InitVar[Watch | None] = field(default=None, kw_only=True)
    watch: Watch = field(init=False)
    resets: Resets = field(init=False)

    def __post_init__(self, watched_by: Watch | None) -> None:
        watch = watched_by or Watch(self.emulator.store, self.real_now)
        object.__setattr__(self, "watch", watch)
        object.__setattr__(self, "resets", Resets(self.emulator, self.courier, self.inboxes, watch, self.real_now))

    @property
    def store(self) -> Store:
        """Where the sandboxes are."""
        return self.emulator.store
