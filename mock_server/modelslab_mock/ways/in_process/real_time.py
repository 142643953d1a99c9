"""Who lives in real time though a client's time is tied: the emulator's own threads, and a client's while it works for us."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Threads of the emulator, by the beginning of their names.
OWN_THREADS = "modelslab-mock"
#: Threads that live in real time, likewise: the emulator's, and those that watch over a test from outside of it.
IN_REAL_TIME = (OWN_THREADS, "pytest_timeout")
_here = threading.local()


def is_ours() -> bool:
    """Whether what this thread does now is the emulator's work, or a test runner's, and not a client's."""
    return getattr(_here, "ours", False) or threading.current_thread().name.startswith(IN_REAL_TIME)


def lives_in_real_time(thread: threading.Thread) -> bool:
    """Whether a thread never is a client's."""
    return thread.name.startswith(IN_REAL_TIME)


@contextmanager
def real_time() -> Iterator[None]:
    """A block in which a client's thread does the emulator's work: its waits take real time and move no clock."""
    before = getattr(_here, "ours", False)
    _here.ours = True
    try:
        yield
    finally:
        _here.ours = before
