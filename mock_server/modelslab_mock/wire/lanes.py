"""How many webhooks may be under way: a receiver that never answers holds up only its own lane."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

#: Calls under way at a time: of one sandbox to one address, and of the whole process.
AT_ONCE = 24
AT_ONCE_IN_ALL = 512


class _Lane:
    """The calls of one sandbox to one address; `users` are those under way and those that wait."""

    def __init__(self) -> None:
        self.slots = asyncio.Semaphore(AT_ONCE)
        self.users = 0


class Lanes:
    """One lane per sandbox and address, as long as somebody uses it."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._in_all = asyncio.Semaphore(AT_ONCE_IN_ALL)

    @contextlib.asynccontextmanager
    async def room(self, sandbox: str, address: str) -> AsyncIterator[None]:
        """Waits until there is room for a call of `sandbox` to `address`, and keeps it until the block ends."""
        lane = self._lanes.setdefault((sandbox, address), _Lane())
        lane.users += 1
        try:
            async with lane.slots, self._in_all:
                yield
        finally:
            lane.users -= 1
            if not lane.users:
                del self._lanes[sandbox, address]
