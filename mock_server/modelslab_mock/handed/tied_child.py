"""A Python that the kit started: its time is the kit's, for as long as it lives."""

from __future__ import annotations

import sys

from .remote_time import AskedTime, TimeOverHttp


def tie(url: str, file: str) -> None:
    """Tie the time of this process."""
    _load_without_pytest()
    from ..ways.in_process.idling import is_alone
    from ..ways.in_process.tied_time import TiedTime

    there = TimeOverHttp(url, file)
    TiedTime(AskedTime(there.read, there.ask, is_alone)).__enter__()


def _load_without_pytest() -> None:
    """time-machine loads pytest, where there is one, for a fixture; that takes longer than most clients."""
    if "pytest" in sys.modules:
        return
    sys.modules["pytest"] = None  # type: ignore[assignment]
    try:
        __import__("time_machine")
    finally:
        del sys.modules["pytest"]
