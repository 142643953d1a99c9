"""Events as an answer that does not end: Server-Sent Events over ASGI.

Source of the format: https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

from fastapi.responses import Response

from modelslab_contracts.json_lines import dumps

from ..events import Event, Lost, kind_of
from ..watch import Listener, Watch

#: A comment is sent after so many real seconds without an event: proxies cut what is silent.
HEARTBEAT_S = 15.0
HEARTBEAT = b": still here\n\n"
_AT_ONCE = 100


class EventStream(Response):
    """Everything that happens from now on, until the client goes or the server stops.

    `resumes_after` is the number of the last event that the client has; what happened since then and before now is not kept,
    and the client is told so first.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        watch: Watch,
        sandbox: str | None,
        kinds: Collection[str] | None,
        *,
        resumes_after: int | None = None,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._watch = watch
        self._sandbox = sandbox
        self._kinds = kinds
        self._resumes_after = resumes_after
        self._heartbeat_s = heartbeat_s

    async def __call__(self, _: Any, receive: Any, send: Any) -> None:
        """ASGI, http only."""
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            # It listens before its head is sent: who has that hears everything from then on.
            with self._watch.listen(self._sandbox, self._kinds) as listener:
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                await send(_body(b": listening\n\n" + self._missed()))
                await self._go_on(listener, gone, send)
            if not gone.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()

    async def _go_on(self, listener: Listener, gone: asyncio.Future[None], send: Any) -> None:
        while not gone.done() and not self._watch.closed:
            heard = asyncio.ensure_future(listener.next(self._heartbeat_s))
            either: set[asyncio.Future[Any]] = {heard, gone}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not heard.done():
                    heard.cancel()
                    with suppress(asyncio.CancelledError):
                        await heard
            if gone.done():
                return
            first = heard.result()
            if first is not None:
                await send(_body(b"".join(map(written, (first, *_more(listener))))))
            elif not self._watch.closed:
                await send(_body(HEARTBEAT))

    def _missed(self) -> bytes:
        if self._resumes_after is None:
            return b""
        says = "what happened since is not kept and not known; GET /__mock/journal has the exchanges"
        told = {"kind": kind_of(Lost(0)), "what": {"after": self._resumes_after, "events": None, "says": says}}
        return _message(kind_of(Lost(0)), told)


def written(event: Event) -> bytes:
    """An event as it is sent. Ends of jobs and losses have no number: nobody told them, a listener works them out."""
    return _message(event.kind, event.as_value(), event.n)


def _message(kind: str, value: Any, n: int = 0) -> bytes:
    number = f"id: {n}\n" if n else ""
    return f"{number}event: {kind}\ndata: {dumps(value)}\n\n".encode()


def _more(listener: Listener) -> Iterator[Event]:
    """What else is there already."""
    for _ in range(_AT_ONCE):
        if (event := listener.look()) is None:
            return
        yield event


def _body(data: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": True}


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
