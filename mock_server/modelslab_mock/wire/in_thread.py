"""Servers in a thread of their own, for commands whose main thread has other work."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from uvicorn.config import Config
from uvicorn.server import Server

from .running import CannotServe

STARTS_WITHIN_S = 30.0


class InThread:
    """uvicorn servers that share one application, and what else runs beside them on their loop.

    `beside` is awaited before the servers start (name servers, proxies), `close` after they have ended. `loop_factory`
    is asyncio's; None for the usual loop.
    """

    def __init__(
        self,
        served: Sequence[tuple[Config, Sequence[socket.socket]]],
        beside: Callable[[], Awaitable[None]],
        close: Callable[[], Awaitable[None]],
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    ) -> None:
        self._servers = [(_Announcing(config, self._one_started), list(sockets)) for config, sockets in served]
        self._beside = beside
        self._close = close
        self._loop_factory = loop_factory
        self._ready = threading.Event()
        self._started = 0
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="modelslab-mock", daemon=True)

    def start(self) -> None:
        """Return when every server answers. Raises CannotServe."""
        self._thread.start()
        if not self._ready.wait(STARTS_WITHIN_S):
            raise CannotServe(f"the emulator did not answer within {STARTS_WITHIN_S:g} s")
        if self._problem is not None:
            raise CannotServe(f"the emulator did not start: {self._problem}")

    def stop(self) -> None:
        """End the servers and wait for that."""
        for server, _ in self._servers:
            server.should_exit = True
        self._thread.join()

    def _one_started(self) -> None:
        self._started += 1
        if self._started == len(self._servers):
            self._ready.set()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._loop_factory) as runner:
                runner.run(self._serve())
        except BaseException as problem:  # noqa: BLE001 # it belongs to the thread that waits
            self._problem = problem
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        await self._beside()
        try:
            await asyncio.gather(*(server.serve(sockets) for server, sockets in self._servers))
        finally:
            await self._close()


class _Announcing(Server):
    def __init__(self, config: Config, on_started: Callable[[], Any]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn has it, and say so."""
        await super().startup(sockets)
        self._on_started()
