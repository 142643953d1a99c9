"""requests, urllib3 (1.26 and 2) and urllib, met at `http.client`, the one thing that all of them stand on.

A connection to one of the vendor's hosts gets, where its socket would be, an object that reads the request and hands
out the answer as bytes. So the libraries' own parsing, pools, retries, redirects and exceptions are at work. It stays in
the connection for one exchange only: a pool that outlives the scope holds nothing of ours.
"""

from __future__ import annotations

import errno
import http.client
import io
import socket
import ssl
import sys
import time
from collections.abc import Callable
from typing import Any

from ..hosts import is_vendor, is_vendor_url
from .answering import Begun, InProcess, arrived
from .http_text import RequestReader, written
from .patches import Patches

Current = Callable[[], InProcess | None]


def install(name: str, patches: Patches, current: Current) -> None:
    """Patch the classes of `name`: http.client, or urllib3.connection, whose classes connect in their own way."""
    library: Any = sys.modules[name]
    plain, secure = _true(library.HTTPConnection), _true(library.HTTPSConnection)
    if name == "http.client":
        patches.wrap(plain, "putrequest", lambda there: _putrequest(there, current))
    patches.wrap(plain, "connect", lambda there: _connect(there, current))
    if "connect" in vars(secure):  # urllib3 has a dummy there when Python has no ssl
        patches.wrap(secure, "connect", lambda there: _connect(there, current))


def _true(connection: Any) -> Any:
    """The library's class, where vcrpy has put one of its own under its name."""
    return getattr(connection, "_baseclass", connection)


def _connect(original: Any, current: Current) -> Any:
    def connect(self: Any) -> None:
        if (way := current()) is None or not is_vendor(self._tunnel_host or self.host):
            original(self)
            return
        self.sock = _Line(self, way)
        if _is_secure(self):
            # What urllib3 warns of: a connection whose certificate nobody looked at, because the client said so.
            self.is_verified = getattr(self, "cert_reqs", None) not in (ssl.CERT_NONE, "CERT_NONE")
            self.proxy_is_verified = True if self._tunnel_host else None

    return connect


def _putrequest(original: Any, current: Current) -> Any:
    def putrequest(self: Any, method: str, url: str, *rest: Any, **named: Any) -> None:
        way = current()
        # A connection that was open before the scope began, or one to a proxy, which is told the whole URL.
        astray = is_vendor_url(url) or (is_vendor(self._tunnel_host or self.host) and self.sock is not None)
        if way is not None and astray and not isinstance(self.sock, _Line):
            if self.sock is not None:
                self.sock.close()
            self.sock = _Line(self, way)
        original(self, method, url, *rest, **named)

    return putrequest


def _is_secure(connection: Any) -> bool:
    """Whether a connection speaks TLS. urllib3's classes and http.client's have only this in common."""
    return bool(connection.default_port == http.client.HTTPS_PORT)


class _Line:
    """What stands where a connection's socket would: it has the methods that http.client, urllib3 and urllib call."""

    def __init__(self, connection: Any, way: InProcess) -> None:
        self._connection = connection
        self._way = way
        self._scheme = "https" if _is_secure(connection) else "http"
        self._timeout: float | None = None
        self.settimeout(connection.timeout)
        self._reader = RequestReader()
        self._answer: Begun | None = None

    def sendall(self, data: Any, _: int = 0) -> None:
        heard = self._reader.feed(data)
        if heard is not None:
            self._answer = self._way.answer(heard.method, self._scheme, heard.target, heard.headers, heard.body)

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        answer, connection = self._answer, self._connection
        if connection.sock is self:
            connection.sock = None  # for one exchange only
        if answer is None:
            raise _reset()
        return io.BufferedReader(_Incoming(answer, self._way, self._timeout))

    def settimeout(self, seconds: Any) -> None:
        usual = seconds is not None and not isinstance(seconds, int | float)  # both libraries have a word for "as usual"
        self._timeout = socket.getdefaulttimeout() if usual else seconds

    def gettimeout(self) -> float | None:
        return self._timeout

    def setsockopt(self, *_: Any) -> None: ...

    def shutdown(self, _: int) -> None: ...

    def close(self) -> None: ...


class _Incoming(io.RawIOBase):
    """The bytes of an answer, as they arrive. The first read waits for as long as the answer takes to begin.

    Where it is cut, the connection is reset after what arrives.
    """

    def __init__(self, begun: Begun, way: InProcess, timeout: float | None) -> None:
        super().__init__()
        self._begun = begun
        self._way = way
        self._timeout = timeout
        self._bytes: memoryview | None = None
        self._is_cut = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._bytes is None:
            self._bytes = memoryview(self._arrive())
        if not self._bytes and self._is_cut:
            raise _reset()
        size = min(len(buffer), len(self._bytes))
        buffer[:size] = self._bytes[:size]
        self._bytes = self._bytes[size:]
        return size

    def _arrive(self) -> bytes:
        try:
            answer = arrived(self._begun, self._timeout)
        except TimeoutError:
            self._way.given_up(self._begun)
            raise TimeoutError("timed out") from None
        if answer.delay_s:
            if self._timeout is not None and answer.delay_s > self._timeout:
                time.sleep(self._timeout)
                self._way.given_up(answer)
                raise TimeoutError("timed out")
            time.sleep(answer.delay_s)
        self._way.delivered(answer)
        if answer.delivery == "reset":
            raise _reset()
        self._is_cut = answer.delivery == "cut"
        return written(answer)


def _reset() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
