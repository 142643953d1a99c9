"""The real time, as it runs for this server: it began at the wall clock's time and never goes backwards.

A test may have replaced the clocks of its process (tied time, freezegun, time-machine); the emulator keeps the real one.
Those replace functions that are asked by name, and the wall clock; none of them touches the kernel's monotonic clock.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable


def _real_clock() -> Callable[[], float]:
    if not hasattr(time, "CLOCK_MONOTONIC"):  # Windows
        began, steady = time.time() - time.monotonic(), time.monotonic
        return lambda: began + steady()
    read, monotonic = time.clock_gettime, time.CLOCK_MONOTONIC
    began = read(time.CLOCK_REALTIME) - read(monotonic)
    return lambda: began + read(monotonic)


#: Seconds since 1970. Somebody setting the wall clock back must not make a finished job unfinished.
real_now: Callable[[], float] = _real_clock()


def today() -> dt.date:
    """The day, here and now: whatever a client's clock says."""
    return dt.date.fromtimestamp(real_now())  # noqa: DTZ012 # a day as people have it
