"""Waiting in real time, also where the time of this process is tied to a clock of ours."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from ..ways.in_process.real_time import OWN_THREADS
from .problems import MockServerError, our_lines_hidden

__tracebackhide__ = our_lines_hidden

T = TypeVar("T")


def in_real_time(wait: Callable[[], T]) -> T:
    """The result of `wait`, which waits in a thread of its own: those live in real time.

    Whoever calls only joins it; where time is tied, the time of all others goes on meanwhile. Raises MockServerError on a
    running event loop, which it would hold up.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise MockServerError("this would hold up the running event loop: use await asyncio.to_thread(…wait_for, …) there")
    results: list[T] = []
    problems: list[BaseException] = []

    def run() -> None:
        try:
            results.append(wait())
        except BaseException as problem:  # noqa: BLE001 # it belongs to whoever waits
            problems.append(problem)

    thread = threading.Thread(target=run, name=f"{OWN_THREADS}-wait", daemon=True)
    thread.start()
    thread.join()
    if problems:
        raise problems[0]
    return results[0]
