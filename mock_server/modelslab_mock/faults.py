"""Deliberate misbehaviours: each one small function that says which client bug it exposes."""

from __future__ import annotations

from collections.abc import Callable


def garbled(body: bytes) -> bytes:
    """Cut the JSON in its middle: catches clients that call `.json()` without expecting it to fail."""
    return body[: max(1, len(body) // 2)]


def reset(_: bytes) -> bytes:
    """Answer nothing, and the wire cuts the connection: catches clients that never retry, and those that retry blindly."""
    return b""


SPOILS: dict[str, Callable[[bytes], bytes]] = {"garbled": garbled, "reset": reset}


def spoil(delivery: str, body: bytes) -> bytes:
    """The body as the delivery leaves it; `write` leaves it alone."""
    fault = SPOILS.get(delivery)
    return fault(body) if fault else body
