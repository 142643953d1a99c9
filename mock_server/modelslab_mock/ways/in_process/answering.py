"""The emulator as a function: a request in, a finished answer out, the same bytes as over a socket.

What the interceptors of each library stand on. Nothing here knows a library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from email.utils import formatdate
from functools import lru_cache, partial
from typing import NamedTuple
from urllib.parse import unquote

from ...app import App
from ...log import tell_bug
from ...messages import BUG, Headers, Request, Response
from ...wire.cors import CORS, preflight
from ...wire.gallery import Gallery
from ...wire.wall_clock import real_now
from .real_time import real_time

MAX_BODY = 8 * 2**20
#: The control API, where somebody answers for it.
CONTROL = "/__mock"


class Answer(NamedTuple):
    """An answer ready for a client.

    `headers` are complete. `delivery` is write, cut (the connection ends in the middle of the body) or reset (nothing
    comes at all). The client waits `delay_s` for the first byte. Whoever hands it over calls `InProcess.delivered`.
    """

    status: int
    headers: Headers
    body: bytes
    delivery: str
    delay_s: float
    response: Response | None = None

    @property
    def arriving(self) -> bytes:
        """What of the body reaches the client."""
        return self.body[: len(self.body) // 2] if self.delivery == "cut" else self.body


#: An answer, or one that comes when somebody else has done something first. It never fails: who cannot answer resets.
Begun = Answer | Future[Answer]
_RESET = Answer(0, (), b"", "reset", 0.0)


class InProcess:
    """An emulator without a socket, for any number of threads.

    `follow_up(response)` is called after an answer was handed over, for its log line and its effects (webhooks);
    `before(request)` before every request of a client is answered: what it raises reaches the client. `ahead(response)`
    does what is to be done before an answer, and gives a future of what is left then; None when nothing is. `own` answers
    a server's own small paths, and `control(request)` all below CONTROL. `InProcessCourier.way` sets them all.
    """

    def __init__(
        self,
        app: App,
        *,
        follow_up: Callable[[Response], None] | None = None,
        before: Callable[[Request], None] | None = None,
        ahead: Callable[[Response], Future[Response] | None] | None = None,
        own: Mapping[str, Callable[[Request], Response | None]] | None = None,
        control: Callable[[Request], Future[Response] | Response] | None = None,
        clock: Callable[[], float] = real_now,
        cors: bool = True,
        max_body: int = MAX_BODY,
        latency_s: float = 0.0,
    ) -> None:
        self.app = app
        self.max_body = max_body
        self._follow_up = follow_up
        self._before = before
        self._ahead = ahead
        self._own = own or {}
        self._control = control
        self._clock = clock
        self._cors: Headers = CORS if cors else ()
        self._latency_s = latency_s
        self._gallery = Gallery()

    def answer(self, method: str, scheme: str, target: str, headers: Mapping[str, str], body: bytes) -> Begun:
        """The answer to a request. `target` is as on the request line (path and query), header names are lower-case."""
        __tracebackhide__ = True  # what `before` raises is about the client's lines
        path, _, query = target.partition("?")
        if "%" in path:
            path = unquote(path)
        too_large = self.max_body if len(body) > self.max_body else 0
        request = Request(method, path, headers, b"" if too_large else body, query, scheme, too_large)
        if self._control is not None and (path == CONTROL or path.startswith(CONTROL + "/")):
            return _then(self._control(request), partial(self._finished, request, cors=()))
        if self._before is not None:
            self._before(request)
        if method == "OPTIONS":
            return self._finished(request, Response(204, preflight(headers, self._cors, self.app.methods_at(path))), cors=())
        own = self._own.get(path)
        if own is not None and (response := own(request)) is not None:
            return self._finished(request, response, cors=self._cors, latency_s=self._latency_s)
        with self.app.turn:
            response = self.app.handle(request, self._clock())
            hung = self._gallery.hang_here(response.picture, method, headers) if response.picture is not None else None
        if hung is not None:
            response = response._replace(status=hung[0], headers=hung[1], body=hung[2])
        coming = self._ahead(response) if self._ahead is not None and response.effects else None
        return _then(coming or response, partial(self._finished, request, cors=self._cors, latency_s=self._latency_s))

    def delivered(self, answer: Answer) -> None:
        """An answer was handed over: what follows from it may happen now."""
        if self._follow_up is not None and answer.response is not None:
            self._follow_up(answer.response)

    def given_up(self, begun: Begun) -> None:
        """The client went away before its answer came: what follows from it happens all the same, as on a server."""
        if isinstance(begun, Answer):
            self.delivered(begun)
        else:
            begun.add_done_callback(lambda done: self.delivered(done.result()))

    @property
    def pictures_drawn(self) -> int:
        """How many pictures were drawn; those that came from the cache do not count."""
        return self._gallery.drawn

    def _finished(self, request: Request, response: Response, *, cors: Headers, latency_s: float = 0.0) -> Answer:
        """A response with the headers that HTTP adds."""
        complete = [("date", _date(int(self._clock()))), *response.headers, *cors]
        if response.status not in (204, 304):  # a 304's length would have to be that of the picture
            complete.append(("content-length", str(len(response.body))))
        if request.too_large or request.headers.get("connection", "").lower() == "close":
            complete.append(("connection", "close"))
        body, delivery = response.body, response.delivery
        if request.method == "HEAD":
            body, delivery = b"", "write" if delivery == "cut" else delivery
        return Answer(response.status, tuple(complete), body, delivery, response.delay_s + latency_s, response)


def arrived(begun: Begun, patience_s: float | None) -> Answer:
    """An answer, once it is there. Raises TimeoutError when it is not within so many real seconds."""
    if isinstance(begun, Answer):
        return begun
    with real_time():
        return begun.result(patience_s)


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _then(coming: Future[Response] | Response, finish: Callable[[Response], Answer]) -> Begun:
    if isinstance(coming, Response):
        return finish(coming)
    answer: Future[Answer] = Future()

    def come(done: Future[Response]) -> None:
        try:
            answer.set_result(finish(done.result()))
        except CancelledError:  # whoever was to answer has ended
            answer.set_result(_RESET)
        except Exception:  # noqa: BLE001 # nobody else would hear of it, and the client would wait for ever
            tell_bug()
            answer.set_result(finish(BUG))

    coming.add_done_callback(come)
    return answer
