"""The way back to a fresh sandbox, part by part: what is committed, and what stands beside the commits.

Whoever waits or listens hears of it: of the facts by the store, of what is no fact by the watch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .clockwork import Deliverer
from .emulator import Emulator
from .engine.ids import NO_SANDBOX
from .engine.inputs import TickInput
from .events import InboxesCleared, JournalCleared, OutboxCleared
from .inbox import Inboxes
from .steer import reset
from .watch import Watch

#: What can be reset, each with the part that `steer.reset` calls so; those with none stand beside the commits.
WORDS: dict[str, str | None] = {
    "jobs": "jobs",
    "stories": "stories",
    "clock": "clock",
    "accounts": "account",
    "profile": "profile",
    "journal": None,
    "webhooks": None,
    "inboxes": None,
}
ALL = "all"


class Stopper(Deliverer, Protocol):
    """Who sends webhooks, and can be told to stop."""

    def stop(self, sandbox: str) -> None:
        """Let go of every delivery of a sandbox that waits or is under way."""


class Resets:
    """Resets of one server. `real_now` asks the real time."""

    def __init__(
        self, emulator: Emulator, courier: Stopper, inboxes: Inboxes, watch: Watch, real_now: Callable[[], float]
    ) -> None:
        self._emulator = emulator
        self._courier = courier
        self._inboxes = inboxes
        self._watch = watch
        self._real_now = real_now

    def reset(self, word: str, within: str | None = None) -> dict[str, int]:
        """Reset what a word of WORDS, or ALL, names, in one sandbox or in all that are kept.

        Returns how much was let go, by word. Inboxes belong to no sandbox: ALL within one leaves them alone. With jobs go
        their webhooks, planned, waiting or under way; those that were sent stay in the outbox until webhooks are reset.
        """
        words = list(WORDS) if word == ALL else [word]
        if within is not None and word == ALL:
            words.remove("inboxes")
        gone = dict.fromkeys(words, 0)
        if "jobs" in words:
            gone.setdefault("webhooks", 0)
        # The least recently used first, so that they stay in that order.
        held = [each.name for each in reversed(self._emulator.store.held()) if within in (None, each.name)]
        for name in held:
            for what, count in self._sandbox(name, words).items():
                gone[what] += count
        if "inboxes" in words:
            gone["inboxes"] = self._inboxes.clear()
            self._watch.tell(NO_SANDBOX, (InboxesCleared(gone["inboxes"]),))
        return gone

    def _sandbox(self, name: str, words: list[str]) -> dict[str, int]:
        parts = {part: word for word, part in WORDS.items() if part is not None and word in words}
        emulator, courier = self._emulator, self._courier
        gone: dict[str, int] = {}
        if parts:
            let_go = reset(emulator, name, parts, self._real_now())
            gone = {parts.get(part, part): count for part, count in let_go.items()}
        if "jobs" in words or "webhooks" in words:
            courier.stop(name)
            if (outbox := emulator.store.outboxes().get(name)) is not None:
                dropped = outbox.clear() if "webhooks" in words else outbox.drop_pending()
                gone["webhooks"] = gone.get("webhooks", 0) + dropped
                self._watch.tell(name, (OutboxCleared(dropped),))
        if "journal" in words and (journal := emulator.store.journals().get(name)) is not None:
            gone["journal"] = len(journal)
            journal.clear()
            self._watch.tell(name, (JournalCleared(gone["journal"]),))
        if "clock" in words:  # it may have caught up with a real one, and with what is due
            courier.carry_out(name, emulator.tick(name, TickInput(), self._real_now()))
        if "clock" in words or "jobs" in words:
            courier.plan(name)
        return gone
