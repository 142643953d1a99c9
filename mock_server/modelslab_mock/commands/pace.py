"""How long a check will take, told after ten stories: once, and only to those who would otherwise wonder."""

from __future__ import annotations

from collections.abc import Callable

#: After so many stories it is known well enough.
_AFTER = 10
#: Nobody is told of less.
_WORTH_TELLING_S = 20.0
#: Stories that the search for the simplest ones usually costs beyond those that are drawn, as a part of them.
_SEARCH = 0.3


class Pace:
    """Counts stories, each with the seconds that it took and those that passed on the client's clock."""

    def __init__(self, total: int, ways_out: str, tell: Callable[[str], None]) -> None:
        self._total = total
        self._ways_out = ways_out
        self._tell = tell
        self._count = 0
        self._took = self._waited = 0.0

    def step(self, took_s: float, waited_s: float) -> None:
        """One more."""
        self._count += 1
        self._took += took_s
        if waited_s <= took_s * 1.1:  # where time is tied, the client's clock runs ahead of everything
            self._waited += waited_s
        if self._count == _AFTER:
            whole = self._took / _AFTER * self._total * (1 + _SEARCH)
            if self._total > _AFTER and whole > _WORTH_TELLING_S:
                self._tell(self._sentence(whole))

    def _sentence(self, whole: float) -> str:
        is_waiting = self._waited > self._took / 2
        waits = f", of which it waited {self._waited:.0f} s" if is_waiting else ""
        tie = "tie its time, so that no sleep takes any (docs/adapters); " if is_waiting else ""
        fewer = max(_AFTER, int(self._total * _WORTH_TELLING_S / whole))
        return (
            f"the first {_AFTER} stories took the client {self._took:.0f} s{waits}: {self._total}, and the search for the "
            f"simplest ones, will take about {_duration(whole)}. "
            f"Ways out: {tie}fewer stories (--stories {fewer}){self._ways_out}"
        )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
