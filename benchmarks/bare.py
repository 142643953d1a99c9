"""The yardstick: a bare ASGI application that reads the body and answers a constant of about 1.5 KB."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

_BODY = json.dumps(
    {"status": "success", "id": 12345678, "meta": {f"field_{n:02}": "a value of some length" for n in range(36)}}
).encode()
_HEAD = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY))]


async def app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answer any request with the constant."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
    await send({"type": "http.response.body", "body": _BODY})
