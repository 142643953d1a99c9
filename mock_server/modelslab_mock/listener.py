"""What one listener has heard and not yet read: a bounded queue of events, and the jobs whose end it awaits."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Any

from modelslab_contracts.exchange import Exchange

from .engine.job import status
from .engine.sandbox import JobsReset, JobSubmitted, Sandbox
from .events import Event, JobEnded, Lost, kind_of
from .job_ends import MAX_ENDS, JobEnds

#: Events that wait for a slow reader before the oldest are let go.
MAX_EVENTS = 1_000
_ENDED = kind_of(JobEnded(0, "", 0.0))


class Heard:
    """Events in order, and ends of jobs among them, of a sandbox or (None) of all, of some kinds or (None) of all.

    A reader that is too slow loses the oldest events and is told how many, by an event of kind `lost`. Thread-safe.
    """

    def __init__(
        self,
        look: Callable[[str], Sandbox],
        real_now: Callable[[], float],
        sandbox: str | None,
        kinds: Collection[str] | None,
        bound: int = MAX_EVENTS,
    ) -> None:
        self.sandbox = sandbox
        self.lost = 0
        self._look = look
        self._real_now = real_now
        self._kinds = kinds
        self._bound = bound
        self._events: deque[Event] = deque()
        self._ends = JobEnds(look) if self._takes(_ENDED) else None
        self._untold = 0
        self._lock = threading.Lock()

    def hear(self, events: Sequence[Event]) -> None:
        """Take events in."""
        with self._lock:
            for each in events:
                if self._ends is not None and isinstance(each.what, JobsReset):
                    self._ends.forget(each.sandbox)
                elif self._ends is not None and (job_id := _job_of(each.what)) is not None:
                    self._ends.expect(each.sandbox, job_id)
                if self._takes(each.kind):
                    self._events.append(each)
                    if len(self._events) > self._bound:
                        self._events.popleft()
                        self.lost += 1
                        self._untold += 1

    def expect_running(self, sandboxes: Sequence[Sandbox]) -> None:
        """Await the ends of the jobs that run already, the newest ones within a bound."""
        if self._ends is None:
            return
        left, real_now = MAX_ENDS, self._real_now()
        with self._lock:
            for sandbox in sandboxes:
                now = sandbox.clock.now(real_now)
                for job in [*sandbox.jobs.values()][: -left - 1 : -1]:
                    left -= 1
                    if status(job, sandbox.fetches.get(job.id, []), now) == "processing":
                        self._ends.expect(sandbox.name, job.id)

    def look(self) -> Event | None:
        """Take out the next event: how many were lost, else whatever came first; None when there is none."""
        with self._lock:
            real_now = self._real_now()
            if self._untold:
                lost, self._untold = Lost(self._untold), 0
                return Event(0, kind_of(lost), self.sandbox or "", real_now, real_now, lost)
            ended = self._ends.first(real_now) if self._ends is not None else None
            if ended is not None and not self._is_before(ended):
                self._ends.drop(ended[0])  # type: ignore[union-attr] # it has just named one
                return Event(0, _ENDED, ended[0], real_now, ended[1].ended_at, ended[1])
            return self._events.popleft() if self._events else None

    def due_in(self) -> float | None:
        """Real seconds until the next end of a job; None when none comes by time alone."""
        with self._lock:
            return self._ends.due_in(self._real_now()) if self._ends is not None else None

    def __str__(self) -> str:
        return "an event"

    def _takes(self, kind: str) -> bool:
        return self._kinds is None or kind in self._kinds

    def _is_before(self, ended: tuple[str, JobEnded]) -> bool:
        """Whether an event of the same sandbox waits that happened before the end of a job, or brought it."""
        first = next((each for each in self._events if each.sandbox == ended[0]), None)
        return first is not None and first.at <= ended[1].ended_at


def _job_of(what: Any) -> int | None:
    """The job that a fact is about; an exchange is no fact."""
    if isinstance(what, JobSubmitted):
        return what.job.id
    job_id = None if isinstance(what, Exchange) else getattr(what, "job_id", None)
    return job_id if isinstance(job_id, int) else None
