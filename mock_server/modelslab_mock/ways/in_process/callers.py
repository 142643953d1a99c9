"""Callers of one client, in tied time: one, several who ask at once, or one who goes away before the answer."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from modelslab_contracts.kit.stage import Crowd

#: What a caller does: it asks the client, and returns what that returns, which may be awaitable.
Ask = Callable[[], Any]
_WITHIN_A_LOOP = (
    "a coroutine cannot be run within a running event loop: call check_client outside of it, or in asyncio.to_thread"
)


class CameTo(NamedTuple):
    """What came of one caller's call, and when on the client's clock it ended. `trouble`: why it could not be made."""

    result: Any
    raised: BaseException | None
    ended: float
    is_async: bool = False
    trouble: str = ""


def alone(ask: Ask, now: Callable[[], float], left_after: float | None = None) -> CameTo:
    """One caller. With `left_after`, what it awaits is cancelled so many seconds after it asked."""
    result, raised, trouble, is_async = None, None, "", False
    try:
        result = ask()
        is_async = inspect.isawaitable(result)
        if inspect.iscoroutine(result) and _is_within_a_loop():
            result.close()
            trouble = _WITHIN_A_LOOP
        elif is_async:
            result = asyncio.run(_awaited(result, left_after))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as problem:  # noqa: BLE001 # whatever a client raises is what it came to
        raised = problem
    return CameTo(result, raised, now(), is_async, trouble)


def together(asks: Sequence[Ask], now: Callable[[], float], crowd: Crowd) -> list[CameTo]:
    """Callers who come one after the other and do not wait for each other: tasks of one loop, or threads."""
    starts = (0.0, *crowd.later)
    if not crowd.in_tasks:
        return _in_threads(asks, starts, now)
    if _is_within_a_loop():
        return [CameTo(None, None, now(), True, _WITHIN_A_LOOP) for _ in asks]
    return asyncio.run(_in_tasks(asks, starts, now))


def _in_threads(asks: Sequence[Ask], starts: Sequence[float], now: Callable[[], float]) -> list[CameTo]:
    came: dict[int, CameTo] = {}

    def call(number: int) -> None:
        if starts[number]:
            threading.Event().wait(starts[number])
        came[number] = alone(asks[number], now)

    threads = [threading.Thread(target=call, args=(each,), daemon=True) for each in range(len(asks))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return [came[each] for each in range(len(asks))]


async def _in_tasks(asks: Sequence[Ask], starts: Sequence[float], now: Callable[[], float]) -> list[CameTo]:
    async def call(ask: Ask, start: float) -> CameTo:
        await asyncio.sleep(start)
        result, raised = None, None
        try:
            result = await ask()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as problem:  # noqa: BLE001 # as above
            raised = problem
        return CameTo(result, raised, now(), True)

    return await asyncio.gather(*map(call, asks, starts))


async def _awaited(result: Any, left_after: float | None) -> Any:
    if left_after is None:
        return await result
    task = asyncio.ensure_future(result)
    await asyncio.wait((task,), timeout=left_after)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        return await task
    return None


def _is_within_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
