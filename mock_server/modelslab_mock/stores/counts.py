"""What a store counts as it goes: plain numbers that only grow, and that outlive what they count."""

from __future__ import annotations

#: Kinds of exchange that are counted apart; a story can invent answers without end, and those beyond are one kind.
MAX_KINDS = 1_000
OTHER = ("other", "other", 0)


class Counts:
    """Counters of one store. `exchanges` counts by (endpoint, answer, HTTP status)."""

    __slots__ = ("exchanges", "exchanges_forgotten", "jobs_submitted", "sandboxes_forgotten")

    def __init__(self) -> None:
        self.exchanges: dict[tuple[str, str, int], int] = {}
        self.exchanges_forgotten = 0
        self.jobs_submitted = 0
        self.sandboxes_forgotten = 0

    def exchange(self, endpoint: str, answer: str, status: int) -> None:
        """Count an exchange."""
        kind = (endpoint, answer, status)
        try:
            self.exchanges[kind] += 1
        except KeyError:
            if len(self.exchanges) >= MAX_KINDS:
                kind = OTHER
            self.exchanges[kind] = self.exchanges.get(kind, 0) + 1
