"""How a connection is read: httptools where it is there, and a short way for the requests that are nearly all there are.

A whole POST that is answered at once needs no task, no scope and no messages: it is answered inside the callback that
completes it, with one write. Whatever is not so plain (other methods, a body of unknown length, a delay, a picture, a
client that reads slowly) goes on through uvicorn and ASGI.

h11 reads a connection whose first request offers an upgrade. Java's HttpClient offers h2c on every request to a plain
http origin, and httptools would lose the body of such a request (uvicorn issue 2722). h11 declines the offer and reads on.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from modelslab_contracts.near_miss import no_http

from ..known import LONGEST
from ..messages import Headers, Request, Response
from .heads import Head, head_of


class Protocol(HttpToolsProtocol):
    """uvicorn's own, with the short way in front of it. `config.app` is the Wire."""

    def __init__(self, config: Any, *rest: Any, **named: Any) -> None:
        super().__init__(config, *rest, **named)
        self._wire = config.app
        self._head: Head | None = None  # of the request that is being read, on the short way
        self._chunks: list[bytes] = []
        self._came = b""  # what came last
        self._begins = False  # whether what came last begins with a request
        self._waiting: tuple[Request, Response] | None = None  # answered, but not on the short way
        self._is_asked = False  # from a request's first byte until it was answered on the short way
        self._rests_since = 0.0
        self._rest_timer: Any = None

    def data_received(self, data: bytes) -> None:
        """Bytes came. A whole request whose head was read before needs no parser."""
        self._came = data
        self._begins = not self._is_asked
        if self._begins:
            end = data.find(_END) + len(_END)
            head = self._wire.heads.get(data[:end])
            if head is not None and len(data) - end == head[2]:
                self._waiting = self._answered(head, data[end:])
                if self._waiting is not None:
                    HttpToolsProtocol.data_received(self, data)
                return
        if self.headers is None and b"\nupgrade:" in data.lower():  # no request has begun on this connection
            self._hand_over().data_received(data)
        else:
            HttpToolsProtocol.data_received(self, data)

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP request. Few clients show this answer, so the log says it too."""
        self._wire.hear_no_http(no_http(self._came[:8]))
        super().send_400_response(msg)

    def on_message_begin(self) -> None:
        """A request begins; what ASGI needs of it is made only when it goes that way."""
        self.url = b""
        self.headers = []
        self._head = None
        self._is_asked = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Choose the way."""
        if (cycle := self.cycle) is None or cycle.response_complete:
            parser = self.parser
            if parser.get_method() == b"POST" and parser.get_http_version() == "1.1" and parser.should_keep_alive():
                head = head_of(self.url, self.headers)
                wire = self._wire
                if head is not None and head.length <= wire.max_body and wire.answers_at_once:
                    self._head = head
                    self._chunks = []
                    return
        self._begin_cycle()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if self._head is None:
            super().on_body(body)
        else:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        """The request is whole: answer it."""
        if (head := self._head) is None:
            super().on_message_complete()
            return
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            body = b"".join(self._chunks)
            if self._begins:
                self._keep(head, body)
            waiting = self._answered(head, body)
        if waiting is not None:
            self._begin_cycle(partial(self._wire.deliver, *waiting))
            super().on_message_complete()

    def _keep(self, head: Head, body: bytes) -> None:
        """Remember a head whose request came in one piece, and nothing else with it.

        What stands before the first empty line is then its head, and all of it, unless a bare LF or CR ended the head sooner,
        as older editions of httptools allow.
        """
        raw, end, rest = self._came.partition(_END)
        if rest == body and len(raw) <= LONGEST and raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n"):
            self._wire.heads.keep(raw + end, head)

    def _answered(self, head: Head, body: bytes) -> tuple[Request, Response] | None:
        """Answer a request, or return what has to be answered through ASGI."""
        wire = self._wire
        path, given, _ = head
        # Values of the hot path are made past the constructors of their classes, which cost as much again.
        request = tuple.__new__(Request, ("POST", path, given, body, "", self.scheme, 0))
        response: Response = wire.answer(request)
        status, headers, answer, delivery, delay, picture, effects, exchange, _ = response
        # A webhook, which is an effect, may have to be delivered first.
        if effects or delay or delivery != "write" or picture is not None or self.flow.write_paused:
            return request, response
        first = _first_lines(status, headers, wire.cors)
        self.transport.write(b"%b%b%d\r\n\r\n%b" % (first, self._usual_head(), len(answer), answer))
        self._is_asked = False
        self._rest()
        if exchange is not None:
            wire.log.add(exchange)
        return None

    def _begin_cycle(self, app: Any = None) -> None:
        """Go on through uvicorn, as if its own callbacks had seen the request from its beginning."""
        url, headers = self.url, [(name.lower(), value) for name, value in self.headers]
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
        self._stop_resting()
        super().connection_lost(exc)

    def _stop_resting(self) -> None:
        if self._rest_timer is not None:
            self._rest_timer.cancel()
            self._rest_timer = None

    def _hand_over(self) -> Any:
        from uvicorn.protocols.http.h11_impl import H11Protocol

        self._stop_resting()  # what was known was answered already, and would be the end of the other's connection
        self.connections.discard(self)
        other = H11Protocol(self.config, self.server_state, self.app_state, self.loop)
        self.transport.set_protocol(other)
        other.connection_made(self.transport)
        return other


@lru_cache(maxsize=256)
def _first_lines(status: int, headers: Headers, cors: Headers) -> bytes:
    """Status line and headers of an answer, all but those that change by themselves."""
    lines = (f"{name}: {value}\r\n".encode("latin-1") for name, value in headers + cors)
    return b"".join((STATUS_LINE[status], *lines))


#: What ends a head.
_END = b"\r\n\r\n"
#: uvicorn's own headers as they were last written, with the list that they were made of: it makes a new one every second.
_usual: tuple[Any, bytes] = (None, b"")
