"""How a connection is read: httptools where it is there, and a short way for the requests that are nearly all there are.

A whole POST that is answered at once needs no task, no scope and no messages: it is answered inside the callback that
completes it, with one write. Whatever is not so plain (other methods, a body of unknown length, a delay, a picture, a
client that reads slowly) goes on through uvicorn and ASGI.

h11 reads a connection whose first request offers an upgrade. Java's HttpClient offers h2c on every request to a plain
http origin, and httptools would lose the body of such a request (uvicorn issue 2722). h11 declines the offer and reads on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from modelslab_contracts.near_miss import no_http

from ..messages import Headers, Request, Response


class Protocol(HttpToolsProtocol):
    """uvicorn's own, with the short way in front of it. `config.app` is the Wire."""

    def __init__(self, config: Any, *rest: Any, **named: Any) -> None:
        super().__init__(config, *rest, **named)
        self._wire = config.app
        self._given: Mapping[str, str] | None = None  # the headers of a request on the short way
        self._path = ""
        self._chunks: list[bytes] = []
        self._came = b""  # the first bytes of what came last
        self._is_asked = False  # from a request's first byte until it was answered on the short way
        self._rests_since = 0.0
        self._rest_timer: Any = None

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._came = data[:8]
        if self.headers is None and b"\nupgrade:" in data.lower():  # no request has begun on this connection
            self._hand_over().data_received(data)
        else:
            HttpToolsProtocol.data_received(self, data)

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP request. Few clients show this answer, so the log says it too."""
        self._wire.hear_no_http(no_http(self._came))
        super().send_400_response(msg)

    def on_message_begin(self) -> None:
        """A request begins; what ASGI needs of it is made only when it goes that way."""
        self.url = b""
        self.headers = []
        self._given = None
        self._is_asked = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Choose the way."""
        if (cycle := self.cycle) is None or cycle.response_complete:
            parser = self.parser
            if parser.get_method() == b"POST" and parser.get_http_version() == "1.1" and parser.should_keep_alive():
                given, length = _given(tuple(self.headers))
                path = _path(self.url)
                wire = self._wire
                if path and 0 <= length <= wire.max_body and wire.answers_at_once:
                    self._given = given
                    self._path = path
                    self._chunks = []
                    return
        self._begin_cycle()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if self._given is None:
            super().on_body(body)
        else:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        """The request is whole: answer it."""
        if (given := self._given) is None:
            super().on_message_complete()
            return
        chunks = self._chunks
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        wire = self._wire
        # Values of the hot path are made past the constructors of their classes, which cost as much again.
        request = tuple.__new__(Request, ("POST", self._path, given, body, "", self.scheme, False))
        response: Response = wire.answer(request)
        status, headers, answer, delivery, delay, picture, effects, exchange, _ = response
        # A webhook, which is an effect, may have to be delivered first.
        if effects or delay or delivery != "write" or picture is not None or self.flow.write_paused:
            self._begin_cycle(partial(wire.deliver, request, response))
            super().on_message_complete()
            return
        head = _head(status, headers, wire.cors)
        self.transport.write(b"%b%b%d\r\n\r\n%b" % (head, self._usual_head(), len(answer), answer))
        self._is_asked = False
        self._rest()
        if exchange is not None:
            wire.log.add(exchange)

    def _begin_cycle(self, app: Any = None) -> None:
        """Go on through uvicorn, as if its own callbacks had seen the request from its beginning."""
        url, headers = self.url, [(name.lower(), value) for name, value in self.headers]
        self._given = None
        super().on_message_begin()
        self.url = url
        self.headers += headers
        self.expect_100_continue = any(name == b"expect" and value.lower() == b"100-continue" for name, value in headers)
        usual = self.app
        self.app = app or usual
        try:
            super().on_headers_complete()
        finally:
            self.app = usual

    def _usual_head(self) -> bytes:
        """The headers that uvicorn adds to every answer (the date, made anew every second), then the length's name."""
        global _usual  # noqa: PLW0603 # one list for all connections of a server
        if _usual[0] is not self.server_state.default_headers:
            lines = (b"%b: %b\r\n" % each for each in self.server_state.default_headers)
            _usual = (self.server_state.default_headers, b"".join(lines) + b"content-length: ")
        return _usual[1]

    def _rest(self) -> None:
        """An answer is out, and the connection waits for another request, for as long as uvicorn's keep-alive says.

        uvicorn sets a timer after every answer and takes it back with the next request; here one timer looks again.
        """
        self.server_state.total_requests += 1
        self._rests_since = self.loop.time()
        if self._rest_timer is None:
            self._rest_timer = self.loop.call_later(self.timeout_keep_alive, self._rested)

    def _rested(self) -> None:
        self._rest_timer = None
        left = self._rests_since + self.timeout_keep_alive - self.loop.time()
        if self._is_asked or self.transport.is_closing():
            return  # the answer that is to come looks after it
        if left > 0:
            self._rest_timer = self.loop.call_later(left, self._rested)
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self._rest_timer is not None:
            self._rest_timer.cancel()
            self._rest_timer = None
        super().connection_lost(exc)

    def _hand_over(self) -> Any:
        from uvicorn.protocols.http.h11_impl import H11Protocol

        self.connections.discard(self)
        other = H11Protocol(self.config, self.server_state, self.app_state, self.loop)
        self.transport.set_protocol(other)
        other.connection_made(self.transport)
        return other


@lru_cache(maxsize=64)
def _given(lines: tuple[tuple[bytes, bytes], ...]) -> tuple[Mapping[str, str], int]:
    """The headers of a request by their names in lower case, and the length of its body; -1 where it is to be read with care.

    Kept, because clients send the same ones over and over.
    """
    given = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in lines}
    length = given.get("content-length", "0")
    is_plain = length.isdigit() and given.keys().isdisjoint(("transfer-encoding", "expect", "upgrade"))
    return given, int(length) if is_plain else -1


@lru_cache(maxsize=1024)
def _path(target: bytes) -> str:
    """The path that a plain target is; "" for one that has to be read with care, and for the control API's."""
    if target[:1] != b"/" or not target.isascii() or target.startswith(b"/__mock") or any(each in target for each in b"%?#"):
        return ""
    return target.decode("ascii")


@lru_cache(maxsize=256)
def _head(status: int, headers: Headers, cors: Headers) -> bytes:
    """Status line and headers of an answer, all but those that change by themselves."""
    lines = (f"{name}: {value}\r\n".encode("latin-1") for name, value in headers + cors)
    return b"".join((STATUS_LINE[status], *lines))


#: uvicorn's own headers as they were last written, with the list that they were made of: it makes a new one every second.
_usual: tuple[Any, bytes] = (None, b"")
