"""Liars towards callers who ask at the same time, share an event loop, or go away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from ..careful_kinds import Async
from .liar import Liar


class SharesItsState(Liar):
    """Keeps the key and the job of a call where the next call finds them."""

    breaks = "client/mixes-up-its-jobs"

    def __call__(self, base_url: str, key: str, request: Mapping[str, Any]) -> Any:
        return self.generate(base_url, key, request)


class SharesItsAddress(Liar):
    """Remembers one address to fetch from for all of its callers."""

    breaks = "client/mixes-up-its-jobs"

    def __init__(self, endpoint: Any) -> None:
        super().__init__(endpoint)
        self.shared: dict[str, str] = {}

    def wait_for(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        self.shared["url"] = super().fetch_url(reply)
        return super().wait_for(reply)

    def fetch(self, url: str) -> dict[str, Any]:
        return super().fetch(self.shared["url"])

    def next_url(self, reply: Mapping[str, Any], url: str) -> str:
        self.shared["url"] = super().next_url(reply, self.shared["url"])
        return self.shared["url"]


class SleepsInItsLoop(Async, Liar):  # type: ignore[misc] # a coroutine in place of a function
    """Sleeps by time.sleep in a coroutine."""

    breaks = "client/holds-its-event-loop-up"

    async def pause(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251 # that is the lie


class NeverMindsItsCaller(Async, Liar):  # type: ignore[misc] # as above
    """Takes being cancelled for the end of a pause."""

    breaks = "client/asks-on-after-its-caller-left"

    async def pause(self, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            await asyncio.sleep(seconds)
