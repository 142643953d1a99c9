"""What a thread does at this moment, as far as that can be seen from another one."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread
import socketserver
import sys
import threading
from pathlib import Path
from typing import Any

from .real_time import lives_in_real_time

_POOL_WORKER = concurrent.futures.thread._worker.__code__  # noqa: SLF001
_LOOP_TURN = asyncio.BaseEventLoop._run_once.__code__  # type: ignore[attr-defined] # noqa: SLF001
_LOOP = asyncio.BaseEventLoop.run_forever.__code__
_SERVER = socketserver.BaseServer.serve_forever.__code__
_HANDLED = socketserver.BaseServer._handle_request_noblock.__code__  # type: ignore[attr-defined] # noqa: SLF001


def serves(thread: threading.Thread) -> bool:
    """Whether a thread is a pool's worker or runs an event loop, whatever it does now."""
    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 # the documented way
    while frame is not None and frame.f_code not in (_POOL_WORKER, _LOOP):
        frame = frame.f_back
    return frame is not None


def is_closing(thread: threading.Thread) -> bool:
    """Whether a thread is a server of the standard library, at rest, that was told to stop: it looks every half second."""
    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 # the documented way
    while frame is not None and frame.f_code not in (_SERVER, _HANDLED):
        frame = frame.f_back
    if frame is None or frame.f_code is _HANDLED:
        return False
    return bool(getattr(frame.f_locals.get("self"), "_BaseServer__shutdown_request", False))


def is_alone() -> bool:
    """Whether no other thread lives in a client's time, and no event loop runs in this one: nobody waits for anything else."""
    if asyncio._get_running_loop() is not None:  # noqa: SLF001 # the cheap one
        return False
    me = threading.current_thread()
    return all(each is me or lives_in_real_time(each) for each in threading.enumerate())


def worked(thread: threading.Thread) -> object:
    """What changes while a thread works, where the system tells; in a tight loop it always seems to stand.

    On Linux: nanoseconds of processor, and how often it was given one. One that waits for the interpreter's lock asks for it
    every few milliseconds; one that could run but gets no processor, on a busy machine, is not elsewhere either.
    """
    if is_runnable(thread):
        return object()
    try:
        return Path(f"/proc/self/task/{thread.native_id}/schedstat").read_bytes()
    except OSError:  # it has ended, or the system does not tell
        return None


def is_runnable(thread: threading.Thread) -> bool:
    """Whether a thread runs, or would if a loaded machine let it, where the system tells."""
    if sys.platform != "linux" or thread.native_id is None:
        return False
    try:
        told = Path(f"/proc/self/task/{thread.native_id}/stat").read_bytes()
    except OSError:  # it has ended
        return False
    return told.rpartition(b") ")[2].startswith(b"R")


def waits_for_work(ident: int | None) -> bool:
    """Whether a thread is a pool's worker or an event loop with nothing to do: it waits in C, and nobody can be told of it."""
    frame = sys._current_frames().get(ident) if ident is not None else None  # noqa: SLF001 # the documented way
    if frame is None:
        return False
    if frame.f_code is _POOL_WORKER:
        queue: Any = frame.f_locals.get("work_queue")
        return queue is not None and bool(queue.empty())
    turn = frame.f_back
    if turn is None or turn.f_code is not _LOOP_TURN or frame.f_code.co_name != "select":
        return False
    loop: Any = turn.f_locals.get("self")
    return loop is not None and not loop._ready  # noqa: SLF001 # what call_soon_threadsafe was given stands there first
