"""aiohttp, met at its connectors: `connect` hands a request a connection.

The connection that it gets for one of the vendor's hosts has aiohttp's own protocol on it, and a transport that reads the
request and feeds the answer in as bytes. So aiohttp's parsing, redirects, cookies, time-outs and exceptions are at work.
`ClientSession._request`, where others patch, would have meant to write all of that again. The connection is never put into
the connector's pool, so nothing of ours outlives the scope; one that was open before the scope is not used.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from aiohttp.connector import BaseConnector, Connection  # the package itself may still be loading

from ..hosts import is_vendor
from .answering import Answer, Begun, InProcess
from .http_text import Heard, RequestReader, written
from .patches import Patches

Current = Callable[[], InProcess | None]
#: Turns of the loop in which a client can read what came before its connection is reset, as it can over a socket.
_TURNS = 20


def install(_: str, patches: Patches, current: Current) -> None:
    """Patch the connectors' common base."""
    patches.wrap(BaseConnector, "connect", lambda there: _connect(there, current))


def _connect(original: Any, current: Current) -> Any:
    async def connect(self: Any, req: Any, *rest: Any, **named: Any) -> Any:
        if (way := current()) is None or not is_vendor(req.url.host):
            return await original(self, req, *rest, **named)
        loop = asyncio.get_running_loop()
        protocol = self._factory()
        protocol.connection_made(_Line(protocol, loop, way, req.url.scheme))
        return _Connection(self, req.connection_key, protocol, loop)

    return connect


class _Connection(Connection):
    """A connection that no connector counts or keeps."""

    def close(self) -> None:
        """End it."""
        self._notify_release()
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            protocol.close()

    def release(self) -> None:
        """The exchange is over: end it."""
        self.close()

    def __del__(self, *_: Any) -> None:
        self._protocol = None


class _Line(asyncio.Transport):
    """What stands where a connection's transport would."""

    def __init__(self, protocol: Any, loop: asyncio.AbstractEventLoop, way: InProcess, scheme: str) -> None:
        super().__init__()
        self._protocol = protocol
        self._loop = loop
        self._way = way
        self._scheme = scheme
        self._reader = RequestReader()
        self._begun: Begun | None = None  # until it was handed over
        self._coming: asyncio.Handle | None = None
        self._closing = False

    def write(self, data: Any) -> None:
        heard = self._reader.feed(bytes(data))
        if heard is not None:
            self._answer(heard)
        elif self._reader.awaits_continue:
            self._loop.call_soon(self._feed, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _answer(self, heard: Heard) -> None:
        self._begun = begun = self._way.answer(heard.method, self._scheme, heard.target, heard.headers, heard.body)
        if isinstance(begun, Answer):
            self._wait_for(begun)
        else:
            begun.add_done_callback(self._has_come)

    def _has_come(self, done: Future[Answer]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._wait_for, done.result())

    def _wait_for(self, answer: Answer) -> None:
        if not self._closing:
            self._coming = self._loop.call_later(answer.delay_s, self._arrive, answer)

    def _arrive(self, answer: Answer) -> None:
        self._begun = None
        self._way.delivered(answer)
        if answer.delivery == "reset":
            self._end()
            return
        self._feed(written(answer))
        if answer.delivery == "cut":
            self._end_soon(_TURNS)

    def _feed(self, data: bytes) -> None:
        if not self._closing:
            self._protocol.data_received(data)

    def _end_soon(self, turns: int) -> None:
        if turns:
            self._coming = self._loop.call_soon(self._end_soon, turns - 1)
        else:
            self._end()

    def _end(self) -> None:
        if not self._closing:
            self._closing = True
            self._protocol.connection_lost(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))

    def close(self) -> None:
        self._closing = True
        if self._coming is not None:
            self._coming.cancel()
        begun, self._begun = self._begun, None
        if begun is not None:
            self._way.given_up(begun)

    abort = close

    def is_closing(self) -> bool:
        return self._closing

    def get_extra_info(self, _: str, default: Any = None) -> Any:
        return default

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def is_reading(self) -> bool:
        return not self._closing
