"""How a connection ends otherwise than with an answer: cut, reset, left by its client, or with a server that stops.

ASGI has no words for this. uvicorn's `send` is a method of the object that holds the transport and the state of the
answer, in both of its HTTP implementations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

#: How often a cut looks whether its half has left; a reader slower than this loses some of it.
_LEFT_TO_SEND_TRIES = 200
_STOPPED = b'{"status":"error","message":"modelslab-mock was stopped before this request was answered"}'


def is_gone(send: Send) -> bool:
    """Whether the connection is closed, as far as can be told."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    return transport is not None and transport.is_closing()


def has_begun(send: Send) -> bool:
    """Whether a part of the answer is out, or nobody can tell."""
    return bool(getattr(getattr(send, "__self__", None), "response_started", True))


async def say_goodbye(send: Send) -> None:
    """Answer what could not be finished in time, in the vendor's shape; the library would say it in plain text."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_STOPPED)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": _STOPPED})


async def cut(receive: Receive, send: Send, body: bytes) -> None:
    """Send half of a body whose head promised all of it, let it go out, then cut the connection with a TCP reset."""
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    for _ in range(_LEFT_TO_SEND_TRIES):
        await asyncio.sleep(0.005)  # once at least: the loop writes in its own time
        if transport is None or not transport.get_write_buffer_size():
            break
    reset(send)
    while (await receive())["type"] != "http.disconnect":
        pass


def reset(send: Send) -> None:
    """Cut the connection with a TCP reset: the client sees ECONNRESET, not an orderly end.

    A server that hides its transport gets an orderly close from the 500 that it sends by itself.
    """
    import socket
    import struct

    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
