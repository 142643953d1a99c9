"""What the server notes of what comes over a socket, also when it is no HTTP."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Server

CLIENT_HELLO = bytes.fromhex("16030100310100002d0303") + bytes(34) + bytes.fromhex("0002130101000000")


def test_https_spoken_to_the_http_port_is_a_line_in_the_log(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
        connection.sendall(CLIENT_HELLO)
        connection.recv(1024)
    line = server.wait_for("the client speaks https to an http port")
    assert "use http:// in base_url, or start with --tls" in line
    assert server.client.get("/health").status_code == 200
