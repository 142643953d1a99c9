"""Which job ends next: for those who want to be told, because only time ends a job and nothing says so."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from .engine.job import ended_at, status
from .engine.sandbox import Sandbox
from .events import JobEnded

#: Jobs whose end is known and awaited by one listener; the oldest go first.
MAX_ENDS = 10_000
Look = Callable[[str], Sandbox]


class JobEnds:
    """The ends to come, by sandbox: each has a clock of its own. `look` shows a sandbox as it is now."""

    def __init__(self, look: Look, bound: int = MAX_ENDS) -> None:
        self._look = look
        self._bound = bound
        self._heaps: dict[str, list[tuple[float, int]]] = {}
        # Stays after an end was told, so that it is told once.
        self._known: dict[tuple[str, int], float] = {}

    def expect(self, name: str, job_id: int) -> None:
        """Await the end of a job, if it is known; again when something happened that may have changed it."""
        sandbox = self._look(name)
        job = sandbox.jobs.get(job_id)
        end = ended_at(job, sandbox.fetches.get(job_id, [])) if job is not None else None
        if end is None or self._known.get((name, job_id)) == end:
            return
        self._known[name, job_id] = end
        if len(self._known) > self._bound:
            del self._known[next(iter(self._known))]
        heap = self._heaps.setdefault(name, [])
        heapq.heappush(heap, (end, job_id))
        if len(heap) > 2 * self._bound:
            heap[:] = [each for each in heap if self._known.get((name, each[1])) == each[0]]
            heapq.heapify(heap)

    def first(self, real_now: float) -> tuple[str, JobEnded] | None:
        """The sandbox and end of a job whose time has come; it stays until `drop`."""
        for name, heap in [*self._heaps.items()]:
            sandbox = self._look(name)
            now = sandbox.clock.now(real_now)
            while heap and heap[0][0] <= now:
                end, job_id = heap[0]
                job = sandbox.jobs.get(job_id)
                fetches = sandbox.fetches.get(job_id, [])
                if job is not None and self._known.get((name, job_id)) == end == ended_at(job, fetches):
                    return name, JobEnded(job_id, status(job, fetches, now), end)
                heapq.heappop(heap)  # forgotten, or it ended otherwise
            if not heap:
                del self._heaps[name]
        return None

    def drop(self, name: str) -> None:
        """The first end of a sandbox was told."""
        heapq.heappop(self._heaps[name])

    def forget(self, name: str) -> None:
        """The jobs of a sandbox were reset: the next ones may have their ids, and ends at the same moments."""
        self._heaps.pop(name, None)
        self._known = {each: end for each, end in self._known.items() if each[0] != name}

    def due_in(self, real_now: float) -> float | None:
        """Real seconds until the next end; None when none comes by time alone."""
        waits = (
            self._look(name).clock.real_seconds_until(heap[0][0], real_now) for name, heap in [*self._heaps.items()] if heap
        )
        return min((each for each in waits if each is not None), default=None)
