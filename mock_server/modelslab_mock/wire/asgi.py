"""The ASGI application: read a bounded body, ask the app, obey the delivery, then carry out the effects."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import lru_cache
from typing import Any

from modelslab_contracts.findings import Finding
from modelslab_contracts.near_miss import no_tls

from ..app import App
from ..clockwork import Clockwork
from ..engine.ids import NO_SANDBOX
from ..inbox import PATH, Inboxes
from ..known import Known
from ..log import Log, tell_bug
from ..mailroom import take
from ..messages import BUG, Headers, Request, Response
from ..watch import Watch
from ..webhooks import ANSWER_WITHIN_S
from .cors import CORS, preflight
from .courier import Courier
from .gallery import Gallery
from .heads import Head
from .joined import join_head_and_body
from .parting import cut, has_begun, is_gone, reset, say_goodbye
from .wall_clock import real_now

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

#: A body beyond the bound is read and thrown away up to this many bytes, so that the client hears the refusal.
_DRAINED_BYTES = 256 * 2**20


class Wire:
    """The emulator on a socket.

    `own` answers the server's own small paths, before the contracts are asked; `control`, once set, makes the ASGI
    application of everything under /__mock, on the first request for it.
    """

    def __init__(
        self,
        app: App,
        log: Log,
        *,
        own: Mapping[str, Callable[[Request], Response | None]],
        max_body: int,
        latency_s: float = 0.0,
        cors: bool = True,
        allow_webhook_hosts: tuple[str, ...] = (),
        webhook_timeout_s: float = ANSWER_WITHIN_S,
    ) -> None:
        self.app = app
        self.log = log
        self._own = own
        self.control: Callable[[], Any] | None = None
        self._control_app: Any = None
        self._stopping = asyncio.Event()
        self.max_body = max_body
        self.heads: Known[bytes, Head] = Known()  # by their bytes
        self._latency_s = latency_s
        self.cors: Headers = CORS if cors else ()
        self.inboxes = Inboxes()
        self.courier = Courier(app, log, allow_webhook_hosts, self.inboxes, answer_within_s=webhook_timeout_s)
        self.clockwork = Clockwork(app, self.courier, real_now)
        self.watch = Watch(app.store, real_now)
        self.courier.on_delivery = self.watch.tell_delivery
        self._gallery = Gallery()
        log.on_first = self._flush_soon

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self._watched(self._converse(scope, receive, send), send)

    async def _watched(self, work: Coroutine[Any, Any, None], send: Send) -> None:
        """Do what answers a request.

        A bug of ours is told on stderr; the library, whose own log is off, answers 500 for us. What is cut off because the
        server stops is answered by us.
        """
        try:
            await work
        except asyncio.CancelledError:
            if not self._stopping.is_set() or has_begun(send):
                raise
            await say_goodbye(send)
        except Exception:
            if not is_gone(send):  # to write to a client that left is no bug
                tell_bug()
            raise

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Only http is spoken; anything else is closed."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["type"] != "http":
            return
        if self.control and (scope["path"] == "/__mock" or scope["path"].startswith("/__mock/")):
            if scope["path"].startswith(PATH):
                await self._mail(scope, receive, send)
                return
            self._control_app = self._control_app or self.control()
            await self._control_app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await self._preflight(scope, send)
            return
        request = await self._request(scope, receive)
        if request is None:
            return
        await self._deliver(request, self.answer(request), receive, send)

    @property
    def answers_at_once(self) -> bool:
        """Whether nothing but a response's own delay stands between a request and its answer."""
        return not self._latency_s

    def answer(self, request: Request) -> Response:
        """The app's response; a bug of ours becomes a 500 in the vendor's shape, with the traceback on stderr."""
        try:
            own = self._own.get(request.path)
            return (own and own(request)) or self.app.handle(request, real_now())
        except Exception:  # noqa: BLE001 # the last line before a client: whatever it is, it must not take the connection down
            tell_bug()
            return BUG

    async def deliver(self, request: Request, response: Response, _: Scope, receive: Receive, send: Send) -> None:
        """Send a response through ASGI, and do what goes before it and follows from it."""
        await self._watched(self._deliver(request, response, receive, send), send)

    async def _deliver(self, request: Request, response: Response, receive: Receive, send: Send) -> None:
        exchange, effects = response.exchange, response.effects
        if effects and exchange is not None:
            effects = await self.courier.before_reply(exchange.sandbox, effects)
        await self._respond(receive, send, request, response)
        if exchange is not None:
            self.log.add(exchange)
            if effects:
                self.courier.carry_out(exchange.sandbox, effects, response.era)

    async def _mail(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take what comes for an inbox; like all of /__mock without CORS headers."""
        request = await self._request(scope, receive)
        if request is None:
            return
        response = take(self.inboxes, request, real_now())
        self.watch.tell(NO_SANDBOX, ())  # an inbox belongs to no sandbox, and what comes to one is no event
        raw = [*_encoded(response.headers), (b"content-length", b"%d" % len(response.body))]
        if request.too_large:  # what is left of the body must not be read as the next request
            raw.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": response.status, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else response.body})

    @property
    def pictures_drawn(self) -> int:
        """How many pictures were drawn; those that came from the cache do not count."""
        return self._gallery.drawn

    def hear_no_http(self, finding: Finding) -> None:
        """Note a connection on which something else than HTTP came."""
        self.log.add(self.app.unreadable(finding, real_now()))

    def hear_no_tls(self, reason: str) -> None:
        """Note a connection on which no TLS came about: nothing was answered, and it is gone."""
        self.log.add(self.app.unreadable(no_tls(reason), real_now(), "reset"))

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """The server begins, on this loop."""
        self.clockwork.loop = loop

    def stop(self) -> None:
        """The server begins to stop: an answer that is being held back leaves now, and whoever waits or listens is let go."""
        self._stopping.set()
        self.watch.close()

    async def close(self) -> None:
        """Write what waits in the log and let go of tasks and connections."""
        await self.courier.close()
        self._gallery.close()
        self.log.flush()

    async def _request(self, scope: Scope, receive: Receive) -> Request | None:
        """The request with its body; None when the client went away. A body beyond the bound is not kept."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        length = headers.get("content-length", "")
        too_large = length.isdigit() and int(length) > self.max_body
        body = b""
        # A client that waits for "100 Continue" hears the refusal instead and never sends the body.
        if not (too_large and headers.get("expect", "").lower() == "100-continue"):
            message = await receive()
            chunks = [message.get("body", b"")]
            size = len(chunks[0])
            too_large = too_large or size > self.max_body  # in chunks, there is no length to tell before
            while message.get("more_body"):
                message = await receive()
                size += len(message.get("body", b""))
                if size > self.max_body:
                    too_large, chunks = True, []
                    if size > _DRAINED_BYTES:
                        break
                else:
                    chunks.append(message.get("body", b""))
            if message["type"] == "http.disconnect":
                return None
            body = b"" if too_large else chunks[0] if len(chunks) == 1 else b"".join(chunks)
        path = scope["path"]
        if not path.startswith("/"):  # an absolute-form target, as proxies send it
            path = "/" + path.partition("://")[2].partition("/")[2].partition("?")[0]
        return Request(
            scope["method"],
            path,
            headers,
            body,
            scope["query_string"].decode("latin-1"),
            scope["scheme"],
            self.max_body if too_large else 0,
        )

    async def _respond(self, receive: Receive, send: Send, request: Request, response: Response) -> None:
        delay = response.delay_s + self._latency_s
        if delay:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)
        if response.delivery == "reset":
            reset(send)
            while (await receive())["type"] != "http.disconnect":
                pass  # the server must know that the client is gone, or it would answer 500 for us
            return
        body, headers, status = response.body, response.headers, response.status
        if response.picture is not None:
            status, headers, body = await self._gallery.hang(response.picture, request.method, request.headers)
        raw = [*_encoded(headers + self.cors)]
        if status != 304:  # whose length would have to be that of the picture
            raw.append((b"content-length", b"%d" % len(body)))
        if request.too_large:  # what is left of the body must not be read as the next request
            raw.append((b"connection", b"close"))
        if request.method == "HEAD":
            body, delivery = b"", "write"
        else:
            delivery = response.delivery
        if body:
            join_head_and_body(send)
        await send({"type": "http.response.start", "status": status, "headers": raw})
        if delivery == "cut":
            await cut(receive, send, body)
            return
        await send({"type": "http.response.body", "body": body})

    async def _preflight(self, scope: Scope, send: Send) -> None:
        """Answer a CORS preflight for any emulated path, repeating the headers it asks for."""
        asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        headers = [*_encoded(preflight(asked, self.cors, self.app.methods_at(scope["path"])))]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _flush_soon(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # before the server runs
            self.log.flush()
        else:
            loop.call_later(0.02, self.log.flush)


@lru_cache(maxsize=64)
def _encoded(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)
