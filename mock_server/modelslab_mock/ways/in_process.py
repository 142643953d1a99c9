"""The emulator as a function: a request in, a finished answer out, the same bytes as over a socket.

What the interceptors of each library stand on. Nothing here knows a library.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import NamedTuple, TypeVar
from urllib.parse import unquote

from ..app import App
from ..messages import Headers, Request, Response
from ..wire.cors import CORS, preflight
from ..wire.gallery import Gallery
from ..wire.wall_clock import real_now

MAX_BODY = 8 * 2**20
T = TypeVar("T")


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


class InProcess:
    """An emulator without a socket, for any number of threads.

    `follow_up(response)` is called after an answer was handed over, for its log line and its effects (webhooks);
    `before(request)` before every request is answered: what it raises reaches the client.
    """

    def __init__(
        self,
        app: App,
        *,
        follow_up: Callable[[Response], None] | None = None,
        before: Callable[[Request], None] | None = None,
        clock: Callable[[], float] = real_now,
        cors: bool = True,
        max_body: int = MAX_BODY,
    ) -> None:
        self.app = app
        self.max_body = max_body
        self._follow_up = follow_up
        self._before = before
        self._clock = clock
        self._cors: Headers = CORS if cors else ()
        self._gallery = Gallery()
        self._lock = threading.Lock()

    def answer(self, method: str, scheme: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to a request. `target` is as on the request line (path and query), header names are lower-case."""
        __tracebackhide__ = True  # what `before` raises is about the client's lines
        path, _, query = target.partition("?")
        if "%" in path:
            path = unquote(path)
        too_large = len(body) > self.max_body
        request = Request(method, path, headers, b"" if too_large else body, query, scheme, too_large)
        if self._before is not None:
            self._before(request)
        closing: Headers = (("connection", "close"),) if too_large or headers.get("connection", "").lower() == "close" else ()
        if method == "OPTIONS":
            return Answer(204, (("date", self._date()), *preflight(headers, self._cors), *closing), b"", "write", 0.0)
        with self._lock:
            response = self.app.handle(request, self._clock())
            status, own, content = response.status, response.headers, response.body
            if response.picture is not None:
                status, own, content = self._gallery.hang_here(response.picture, method, headers)
        complete = [("date", self._date()), *own, *self._cors]
        if status != 304:  # whose length would have to be that of the picture
            complete.append(("content-length", str(len(content))))
        content = b"" if method == "HEAD" else content
        return Answer(status, (*complete, *closing), content, response.delivery, response.delay_s, response)

    def between(self, work: Callable[[], T]) -> T:
        """Do something with the emulator while no request is answered; `work` must not wait for one."""
        with self._lock:
            return work()

    def delivered(self, answer: Answer) -> None:
        """An answer was handed over: what follows from it may happen now."""
        if self._follow_up is not None and answer.response is not None:
            self._follow_up(answer.response)

    def _date(self) -> str:
        return formatdate(self._clock(), usegmt=True)
