"""A module as a client might be: it took its functions by name when it was loaded, before any scope."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic, monotonic_ns, perf_counter, perf_counter_ns, sleep, time, time_ns

READERS: dict[str, Callable[[], float]] = {
    "time": lambda: time(),
    "time.time": lambda: clock.time(),
    "time_ns": lambda: time_ns() / 1e9,
    "monotonic": lambda: monotonic(),
    "time.monotonic": lambda: clock.monotonic(),
    "monotonic_ns": lambda: monotonic_ns() / 1e9,
    "perf_counter": lambda: perf_counter(),
    "perf_counter_ns": lambda: perf_counter_ns() / 1e9,
    "datetime": lambda: datetime.now(UTC).timestamp(),
}


def nap(seconds: float) -> None:
    """Sleep by the name that was imported."""
    sleep(seconds)
