"""`/__mock` without a socket: inboxes right here, the rest by the server's own control API, imported when it is asked for.

Runs on the emulator's own loop. There is no stranger to keep out: whoever asks is in this process.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl

import orjson

from ...control.gate import Door, Gate
from ...control.panel import Panel
from ...inbox import NAME, PATH
from ...mailroom import MAX_WAIT_S, NothingCame, read, take
from ...messages import JSON, Headers, Request, Response
from ..hosts import NAMED_HOSTS

INBOXES = "/__mock/inboxes"
EVENTS = "/__mock/events"
_NO_STREAM = "this answer has no end, which takes a connection; in the same process, use InProcessCourier.panel.watch.listen()"
#: How the numbers of a query may be written to be read here; what is not so plain is for the API, which explains it.
_AFTER, _SECONDS = re.compile(r"[0-9]{1,9}"), re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")
#: What tells how a message is framed is not said of an answer that is whole.
_FRAMING = (b"content-length", b"transfer-encoding")


class Control:
    """Everything under /__mock, for a panel."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._api: Any = None
        door = Door(names=frozenset(NAMED_HOSTS), max_body=panel.settings.max_body)
        self._gate = Gate(self._room, door)

    async def answer(self, request: Request) -> Response:
        """The answer to a request for /__mock or below it."""
        if request.path.startswith(PATH):
            return take(self._panel.inboxes, request, self._panel.real_now())
        if request.path.rstrip("/") == EVENTS:
            return Response(404, JSON, orjson.dumps({"error": _NO_STREAM, "nearest": None}))
        return await _called(self._gate, request)

    async def _room(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        response = await self._inboxes(scope["method"], scope["path"], scope["query_string"].decode("latin-1"))
        if response is not None:
            raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
            await send({"type": "http.response.start", "status": response.status, "headers": raw})
            await send({"type": "http.response.body", "body": response.body})
            return
        if self._api is None:
            # In a thread: what others ask meanwhile is answered meanwhile.
            frame: Any = await asyncio.to_thread(import_module, "...control.frame", __package__)
            self._api = frame.make_control(self._panel)
        await self._api(scope, receive, send)

    async def _inboxes(self, method: str, path: str, query: str) -> Response | None:
        """Inboxes listed, read, waited for and emptied; None for what is no such call, or none that is meant well."""
        inboxes, name = self._panel.inboxes, path.removeprefix(INBOXES + "/")
        if path == INBOXES and not query:
            if method == "GET":
                return _json(200, {"inboxes": inboxes.names()})
            if method == "DELETE":
                return _json(200, {"messages": self._panel.resets.reset("inboxes")["inboxes"]})
        if not path.startswith(INBOXES + "/") or not NAME.fullmatch(name):
            return None
        if method == "DELETE" and not query:
            return _json(200, {"messages": inboxes.clear(name)})
        asked = parse_qsl(query, keep_blank_values=True)
        given = {"after": "0", "wait": "", "timeout": "10", **dict(asked)}
        is_plain = (
            method == "GET"
            and len(given) == 3
            and len(dict(asked)) == len(asked)
            and _AFTER.fullmatch(given["after"])
            and (given["wait"] in ("match", "next") or "wait" not in dict(asked))
            and _SECONDS.fullmatch(given["timeout"])
            and float(given["timeout"]) <= MAX_WAIT_S
        )
        if not is_plain:
            return None
        wait: Any = given["wait"] or None
        try:
            found = await read(inboxes, name, int(given["after"]), wait, float(given["timeout"]))
        except NothingCame as problem:
            return _json(409, {"error": str(problem), "nearest": None})
        return _json(200, {"inbox": name, "messages": [each.as_json() for each in found]})


def _json(status: int, value: Any) -> Response:
    return Response(status, JSON, orjson.dumps(value))


async def _called(asgi: Callable[..., Awaitable[None]], request: Request) -> Response:
    """What an ASGI application answers, whole."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "raw_path": request.path.encode(),
        "root_path": "",
        "query_string": request.query.encode("latin-1"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()],
        "client": ("127.0.0.1", 0),
        "server": None,
    }
    waiting = [{"type": "http.request", "body": request.body, "more_body": False}]
    status, headers, body = 500, Headers(), bytearray()

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else await asyncio.get_running_loop().create_future()

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            pairs = (each for each in message.get("headers", ()) if each[0].lower() not in _FRAMING)
            headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs)
        else:
            body.extend(message.get("body", b""))

    await asgi(scope, receive, send)
    return Response(status, headers, bytes(body))
