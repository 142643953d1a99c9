"""The ASGI application of a recorder: a request goes on to the server, its answer is recorded, then the client has it.

Links that lead to the server lead here in what the client gets, or it would fetch past the recorder; the journal has them as
they came.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from modelslab_contracts.recordings.captured import Captured

from ..emulator import VENDOR_HOSTS
from ..messages import JSON
from .recorder import Recorder
from .upstream import Came, Headers, Upstream

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
_IN_TEXT = ("application/json", "text/")


class Relay:
    """Everything that comes goes to `upstream`; `origin` is where the relay itself listens."""

    def __init__(
        self, upstream: Upstream, recorder: Recorder, origin: str, *, max_body: int, real_now: Callable[[], float]
    ) -> None:
        self._upstream = upstream
        self._recorder = recorder
        self._origin = origin
        self._max_body = max_body
        self._real_now = real_now
        self._links = _pattern(upstream)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return
        if scope["path"] == "/health":
            health = {"status": "ok", "records": self._upstream.origin, "written": self._recorder.written, "pid": os.getpid()}
            await _answer(send, 200, JSON, json.dumps(health).encode())
            return
        sent = await _body(receive, self._max_body)
        if sent is None:
            await _answer(send, 413, JSON, _says("the body is larger than the recorder takes"))
            return
        headers: Headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        at = self._real_now()
        came = await self._upstream.ask(scope["method"], target, headers, sent)
        without_host = tuple(each for each in headers if each[0] != "host")
        url = self._upstream.origin + target.decode("latin-1")
        reply = (came.status, came.headers, came.body, came.trouble)
        try:
            self._recorder.record(Captured(at, scope["method"], url, without_host, sent, *reply))
        except OSError as problem:  # the client shall have its answer, which may have been paid for
            print(f"modelslab-mock record: the journal cannot be written: {problem.strerror}", file=sys.stderr, flush=True)
        if not came.status:
            await _answer(send, 502, JSON, _says(f"{self._upstream.origin} gave no answer ({came.trouble})"))
            return
        await _answer(send, came.status, *self._led_here(came))

    def _led_here(self, came: Came) -> tuple[Headers, bytes]:
        """The answer with its links to the server leading here."""
        headers = tuple(
            (name, self._here(value.encode("latin-1", "replace")).decode("latin-1") if name == "location" else value)
            for name, value in came.headers
        )
        kind = dict(came.headers).get("content-type", "application/json")
        return headers, self._here(came.body) if kind.startswith(_IN_TEXT) else came.body

    def _here(self, text: bytes) -> bytes:
        escaped = self._origin.replace("/", "\\/").encode()
        return self._links.sub(lambda found: escaped if b"\\/" in found[0] else self._origin.encode(), text)

    def begin(self, _: Any) -> None:
        """The server begins; there is nothing to wait for."""

    def stop(self) -> None:
        """The server begins to stop; answers that are under way come or are cut off."""

    async def close(self) -> None:
        """Let go of connections."""
        await self._upstream.close()


def _pattern(upstream: Upstream) -> re.Pattern[bytes]:
    """The server's origin in a text, slashes escaped or not; the vendor's several names are one server."""
    origins = {upstream.origin}
    if upstream.host in VENDOR_HOSTS:
        origins |= {f"{scheme}://{host}" for host in VENDOR_HOSTS for scheme in ("http", "https")}
    spelled = (re.escape(each).replace("/", r"(?:/|\\/)") for each in sorted(origins, key=len, reverse=True))
    return re.compile(rf"(?:{'|'.join(spelled)})(?![\w.:-])".encode())


async def _body(receive: Receive, at_most: int) -> bytes | None:
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > at_most:
            return None
        more = message["type"] == "http.request" and message.get("more_body", False)
    return b"".join(chunks)


def _says(sentence: str) -> bytes:
    return json.dumps({"status": "error", "message": f"modelslab-mock record: {sentence}"}).encode()


async def _answer(send: Send, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
    raw.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
