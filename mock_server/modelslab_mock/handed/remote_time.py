"""The kit's time as a ClientClock: for a client that lives in another process than the clock, or on another thread."""

from __future__ import annotations

import json
import os
import socket
from _thread import allocate_lock
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from .granted import Granted

Ask = Callable[[float, int | None], Granted]


class AskedTime:
    """A ClientClock: `read()` tells the time, `ask(until, seen)` asks for it to move. Where `is_alone()` says that nobody but
    who asks could be waiting for an answer, one question is enough.
    """

    def __init__(self, read: Callable[[], float], ask: Ask, is_alone: Callable[[], bool] = lambda: False) -> None:
        self._read = read
        self._ask = ask
        self._is_alone = is_alone
        self._seen: int | None = None
        self.now = read

    def advance_to(self, moment: float) -> bool:
        """See ClientClock: True when something came on the way, which whoever waits looks at first."""
        granted = self._ask(moment, None if self._is_alone() else self._seen)
        self._seen = granted.answers
        return not granted.moved or granted.now < moment


class TimeOverHttp:
    """Reads the time from the kit's file, and asks its URL, over one connection of its own."""

    def __init__(self, url: str, file: str) -> None:
        where = urlsplit(url)
        self._address = (where.hostname or "127.0.0.1", where.port or 80)
        self._head = f"POST {where.path} HTTP/1.1\r\nhost: {where.netloc}\r\ncontent-length: "
        self._fd = os.open(file, os.O_RDONLY)
        self._lock = allocate_lock()
        self._connection: Any = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    def read(self) -> float:
        """Seconds since 1970."""
        return float(os.pread(self._fd, 24, 0))

    def ask(self, until: float, seen: int | None) -> Granted:
        """See Timekeeper.ask. Raises ConnectionError when the kit is gone, and its time with it."""
        body = json.dumps({"until": until} if seen is None else {"until": until, "seen": seen})
        with self._lock:
            try:
                told = self._exchange(body)
            except OSError:
                self._connection = None
                raise ConnectionError("the kit of modelslab-mock has gone, and its time with it") from None
        return Granted(told["moved"], told["now"], told["answers"])

    def _exchange(self, body: str) -> Any:
        if self._connection is None:
            self._connection = socket.create_connection(self._address)
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.sendall(f"{self._head}{len(body)}\r\n\r\n{body}".encode())
        got = b""
        while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < _length(got):
            piece = self._connection.recv(65_536)
            if not piece:
                raise OSError("closed")
            got += piece
        return json.loads(got.partition(b"\r\n\r\n")[2])

    def _forked(self) -> None:
        self._connection, self._lock = None, allocate_lock()


def _length(reply: bytes) -> int:
    head = reply.partition(b"\r\n\r\n")[0].lower()
    return int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
