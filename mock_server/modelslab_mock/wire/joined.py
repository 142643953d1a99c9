"""Head and body in one write: a client that reads once gets the whole answer, and no network sends them apart.

ASGI has a message for each, and uvicorn writes each as it comes.
"""

from __future__ import annotations

from typing import Any


class Joined:
    """A transport that holds the first write back until there is a second one, and writes both as one."""

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._head: bytes | None = b""

    def write(self, data: bytes) -> None:
        """The head is kept, all else goes out."""
        if self._head is None:
            self._transport.write(data)
        elif self._head:
            held, self._head = self._head, None
            self._transport.write(held + data)
        else:
            self._head = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def join_head_and_body(send: Any) -> None:
    """Make one write of the head and the first piece of the body that will be sent through `send`. Both must follow.

    uvicorn's `send` is a method of an object that lives for one request and holds the transport, in both of its HTTP
    implementations; with a server that hides it they stay two.
    """
    cycle: Any = getattr(send, "__self__", None)
    if (transport := getattr(cycle, "transport", None)) is not None:
        cycle.transport = Joined(transport)
