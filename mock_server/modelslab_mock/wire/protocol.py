"""How a connection is read: httptools where it is there, but h11 for one whose first request offers an upgrade.

Java's HttpClient offers h2c on every request to a plain http origin, and httptools would lose the body of such a
request (uvicorn issue 2722). h11 declines the offer and reads on.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Protocol(HttpToolsProtocol):
    """uvicorn's own, until a connection begins with an offer to upgrade."""

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
