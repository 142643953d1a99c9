"""An event loop of the emulator's own, in a thread of its own, beside clients that call it as a function.

It keeps the real time, whatever a test did to the clocks, and it takes turns with those threads: it holds the
emulator's `turn` except while it waits. So what runs on it needs no locks, as on a server.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from ...log import tell_bug
from ...wire.wall_clock import real_now
from .real_time import OWN_THREADS, real_time

T = TypeVar("T")
_NAME = f"{OWN_THREADS}-courier"
#: Threads for what the loop may not wait for: a library's import, the address of a name.
_HELPERS = 4


class Ended(Exception):
    """The loop has ended, and nothing runs on it any more."""


class OwnLoop:
    """Starts with the first work and ends with `close`; `closing` is awaited on it before that.

    Whoever calls it must not hold `turn`.
    """

    def __init__(self, turn: threading.RLock, closing: Callable[[], Awaitable[None]]) -> None:
        self._turn = turn
        self._closing = closing
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._problem: BaseException | None = None
        self._ended = False

    def run(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine there; from any thread. Raises Ended, and whatever kept the loop from starting."""
        with self._lock, real_time():
            if self._ended:
                work.close()
                raise Ended
            if self._thread is None:
                self._thread = threading.Thread(target=self._live, name=_NAME, daemon=True)
                self._thread.start()
                self._ready.wait()
            if self._problem is not None:
                work.close()
                raise self._problem
            assert self._loop is not None
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """End it, with all that runs on it, and wait for that; harmless when it never ran or has ended."""
        with self._lock:
            self._ended = True
            thread, loop, self._loop = self._thread, self._loop, None
            if loop is not None and self._stop is not None:
                loop.call_soon_threadsafe(self._stop.set)
        if thread is not None:  # past the lock: what it does last may ask it for more
            with real_time():
                thread.join()

    def _live(self) -> None:
        try:
            with self._turn, asyncio.Runner(loop_factory=lambda: _Loop(_TakingTurns(self._turn))) as runner:
                runner.run(self._until_stopped())
        except BaseException as problem:  # noqa: BLE001 # it belongs to the thread that asked for the loop
            if self._ready.is_set():
                tell_bug()
            self._problem = problem
        finally:
            self._ready.set()

    async def _until_stopped(self) -> None:
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(_HELPERS, thread_name_prefix=_NAME))
        self._ready.set()
        await self._stop.wait()
        await self._closing()


class _TakingTurns(selectors.DefaultSelector):
    """Where a loop waits: it lets go of the turn meanwhile."""

    def __init__(self, turn: threading.RLock) -> None:
        super().__init__()
        self._turn = turn

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._turn.release()
        try:
            return super().select(timeout)
        finally:
            self._turn.acquire()


class _Loop(asyncio.SelectorEventLoop):
    """The usual loop in the real time: `time.monotonic` may be somebody's."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        try:
            super().__init__(selector)
        except BaseException:  # no pair of sockets to wake it by: what half is made must not try to close itself
            selector.close()
            self._closed = True
            raise

    def time(self) -> float:
        return real_now()
