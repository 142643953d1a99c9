"""A Python that the kit started: its time is the kit's, for as long as it lives."""

from __future__ import annotations

from ..ways.in_process.tied_time import TiedTime
from .remote_time import AskedTime, TimeOverHttp


def tie(url: str, file: str) -> None:
    """Tie the time of this process."""
    there = TimeOverHttp(url, file)
    TiedTime(AskedTime(there.read, there.ask)).__enter__()
