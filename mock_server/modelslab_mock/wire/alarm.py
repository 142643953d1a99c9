"""One timer per process: it rings for the sandbox whose webhook is due first."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable


class Alarm:
    """Names with a moment of the loop's time each; `ring` is told the name when the moment has come.

    A thousand sandboxes cost a heap of a thousand entries and one timer of the loop.
    """

    def __init__(self, ring: Callable[[str], None]) -> None:
        self._ring = ring
        self._moments: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []  # also holds what was put off or cancelled; `_moments` knows better
        self._timer: asyncio.Handle | None = None
        self._rings_at = 0.0  # kept here: what uvloop gives for a moment that is now has no `when`

    def set(self, name: str, seconds: float | None) -> None:
        """Ring for `name` in `seconds`, and no earlier; None cancels."""
        if seconds is None:
            self._moments.pop(name, None)
            return
        moment = asyncio.get_running_loop().time() + seconds
        self._moments[name] = moment
        heapq.heappush(self._heap, (moment, name))
        if len(self._heap) > 2 * len(self._moments) + 64:
            self._heap = [(moment, name) for name, moment in self._moments.items()]
            heapq.heapify(self._heap)
        self._wind()

    def set_earlier(self, name: str, seconds: float) -> None:
        """Ring for `name` in `seconds`, unless it rings earlier anyway."""
        held = self._moments.get(name)
        if held is None or held > asyncio.get_running_loop().time() + seconds:
            self.set(name, seconds)

    def close(self) -> None:
        """Never ring again."""
        if self._timer:
            self._timer.cancel()

    def _wind(self) -> None:
        while self._heap and self._moments.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        if not self._heap or (self._timer and not self._timer.cancelled() and self._rings_at == self._heap[0][0]):
            return
        if self._timer:
            self._timer.cancel()
        self._rings_at = self._heap[0][0]
        self._timer = asyncio.get_running_loop().call_at(self._rings_at, self._rings)

    def _rings(self) -> None:
        self._timer = None
        # All that is due now, read once: one for whom `ring` sets a new moment, even this one, waits for the next turn.
        now = asyncio.get_running_loop().time()
        due = []
        while self._heap and self._heap[0][0] <= now:
            moment, name = heapq.heappop(self._heap)
            if self._moments.get(name) == moment:
                del self._moments[name]
                due.append(name)
        for name in due:
            self._ring(name)
        self._wind()
