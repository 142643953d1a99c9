"""How a connection is read and written: httptools where it is there, h11 for one whose first request offers an upgrade.

Java's HttpClient offers h2c on every request to a plain http origin, and httptools would lose the body of such a
request (uvicorn issue 2722). h11 declines the offer and reads on.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class OneWrite:
    """A transport that holds the head of an answer back until its body comes, so that both leave in one write.

    Only a head that states its length is held: its body follows at once. A stream's head leaves by itself.
    """

    __slots__ = ("_held", "_transport")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._held = b""

    def write(self, data: bytes) -> None:
        """Write, together with what was held back."""
        if self._held:
            data, self._held = self._held + data, b""
        elif data.startswith(b"HTTP/1.1 ") and b"\r\ncontent-length: " in data and data.endswith(b"\r\n\r\n"):
            self._held = data
            return
        self._transport.write(data)

    def close(self) -> None:
        """Write what is held back, then close."""
        if self._held:
            self._transport.write(self._held)
            self._held = b""
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Protocol(HttpToolsProtocol):
    """uvicorn's own, with whole answers in one write, until a connection begins with an offer to upgrade."""

    def connection_made(self, transport: Any) -> None:
        """A client came."""
        super().connection_made(OneWrite(transport))  # type: ignore[arg-type] # stands in for it

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self.headers is None and b"\nupgrade:" in data.lower():  # no request has begun on this connection
            self._hand_over().data_received(data)
        else:
            super().data_received(data)

    def _hand_over(self) -> Any:
        from uvicorn.protocols.http.h11_impl import H11Protocol

        self.connections.discard(self)
        other = H11Protocol(self.config, self.server_state, self.app_state, self.loop)
        self.transport.set_protocol(other)
        other.connection_made(self.transport)
        return other
