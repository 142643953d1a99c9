"""The real time, as it runs for this server: it began at the wall clock's time and never goes backwards."""

from __future__ import annotations

import time

_BEGAN = time.time() - time.monotonic()


def real_now() -> float:
    """Seconds since 1970. Somebody setting the wall clock back must not make a finished job unfinished."""
    return _BEGAN + time.monotonic()
