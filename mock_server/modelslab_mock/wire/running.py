"""uvicorn: what it is told of an application, and how it runs until a signal comes."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

STOP_WITHIN_S = 1


class CannotServe(Exception):
    """Why a server did not start, as one sentence."""


def make_config(wire: Any, tls: Mapping[str, Any], http: Any = None) -> Any:
    """What uvicorn is told of a Wire; `tls` is empty, or what `certificate_for` made. Another application names its `http`."""
    from uvicorn.config import Config

    return Config(
        wire, http=http or _http_protocol(), h11_max_incomplete_event_size=2**20, ws="none", lifespan="off", access_log=False,
        log_config=None, log_level="critical", server_header=False, proxy_headers=False,
        timeout_graceful_shutdown=STOP_WITHIN_S, **tls,
    )  # fmt: skip


def _http_protocol() -> Any:
    try:
        import httptools
    except ImportError:  # not everywhere
        return "h11"
    assert httptools
    from .protocol import Protocol

    return Protocol


def run_server(config: Any, sockets: list[socket.socket], origin: str, ready_file: str = "") -> None:
    """Serve until a signal comes. Raises CannotServe.

    The application has `begin(loop)`, `stop()` and `close()`, as a Wire has, and under TLS `hear_no_tls(reason)`.

    uvicorn raises the signal again when it is done, so a handler of ours must be in place: an orderly stop is no error.
    """
    from uvicorn.server import Server

    ready = ready_path(ready_file)
    announced = False

    class Announcing(Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            nonlocal announced
            if config.ssl is not None:
                from .tls import listening

                config.ssl.sslobject_class = listening(config.app.hear_no_tls)
            await super().startup(sockets)
            self.should_exit = self.should_exit or bool(came)
            if ready:
                fresh = ready.with_name(f"{ready.name}.{os.getpid()}")
                fresh.write_bytes(orjson.dumps({"url": origin, "port": int(origin.rpartition(":")[2]), "pid": os.getpid()}))
                fresh.replace(ready)
                announced = True

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            config.app.stop()  # or those who wait and listen would hold it up until they are cut off
            await super().shutdown(sockets)

    async def main() -> None:
        config.app.begin(asyncio.get_running_loop())
        try:
            await Announcing(config).serve(sockets)
        finally:
            await config.app.close()

    came: list[int] = []  # signals that were too early for uvicorn, and those that it raises again
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda number, _: came.append(number))
    try:
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(main())
    except OSError as problem:
        raise CannotServe(f"ready-file {ready_file}: {problem.strerror}" if ready else str(problem)) from None
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)  # it ends already; one more while it does would only spoil its exit code
        if ready and announced:
            ready.unlink(missing_ok=True)


def ready_path(ready_file: str) -> Path | None:
    """The file that tells that the server answers; None when nobody wants one. Raises CannotServe where none can be written."""
    if not ready_file:
        return None
    ready = Path(ready_file)
    if ready.is_dir():
        raise CannotServe(f"ready-file {ready_file}: Is a directory")
    if not ready.parent.is_dir():
        raise CannotServe(f"ready-file {ready_file}: there is no folder {ready.parent}")
    return ready


def loop_factory() -> Any:
    """uvloop's, where there is one; None for asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
