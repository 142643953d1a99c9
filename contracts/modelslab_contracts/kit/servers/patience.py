"""How long a job is waited for: in earnest at first; once one had no end in all that time, the next ones are given up sooner.

Without that, a server whose jobs never end would cost its whole wait once for each order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

#: Fetches of one job, and seconds waited for it, after which it is left as it is.
MAX_FETCHES, MAX_WAIT_S = 40, 600.0
#: In earnest, a job has this many times the seconds that its server estimated, and at least so many on this machine.
TIMES_ITS_ETA, LEAST_HERE_S = 5, 20.0
#: Fetches that a job has afterwards, and how many jobs in a row may come to nothing before the next are fetched once, at once.
HURRIED_FETCHES, HURRIED_JOBS = 3, 3


class Wait(NamedTuple):
    """What one job is given. `is_whole` says that nobody could have been expected to wait for longer."""

    fetches: int
    least_s: float
    waits: bool = True
    is_whole: bool = False

    def is_over(self, waited_s: float, longest_eta_s: float) -> bool:
        """Whether it has been waited for long enough."""
        return waited_s > min(max(self.least_s, TIMES_ITS_ETA * longest_eta_s), MAX_WAIT_S)


@dataclass(slots=True)
class Patience:
    """What was learned from the jobs so far. `given_up` counts those that had not ended when they were left."""

    least_s: float = MAX_WAIT_S
    given_up: int = 0
    _in_a_row: int = 0

    def for_a_job(self, *, in_earnest: bool = False) -> Wait:
        """How long the next job is waited for."""
        if in_earnest or not self.given_up:
            return Wait(MAX_FETCHES, self.least_s, is_whole=True)
        if self._in_a_row <= HURRIED_JOBS:
            return Wait(HURRIED_FETCHES, self.least_s)
        return Wait(1, self.least_s, waits=False)

    def learn(self, *, has_ended: bool) -> None:
        """What became of a job that was queued."""
        self.given_up += not has_ended
        self._in_a_row = 0 if has_ended else self._in_a_row + 1
