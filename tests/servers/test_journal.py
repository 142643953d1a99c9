"""What the server notes of what comes over a socket, also when it is no HTTP."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Server

CLIENT_HELLO = bytes.fromhex("16030100310100002d0303") + bytes(34) + bytes.fromhex("0002130101000000")


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"CONNECT modelslab.com:443 HTTP/1.1\r\nHost: modelslab.com:443\r\n\r\n", "takes this server for its proxy"),
        (b"BREW / HTTP/1.1\r\n\r\n", "no HTTP request that can be read"),
    ],
)
def test_what_is_no_request_is_a_line_in_the_log(server: Server, sent: bytes, says: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
        connection.sendall(sent)
        assert connection.recv(1024).startswith(b"HTTP/1.1 400 ")
    assert server.wait_for(says)


def test_https_spoken_to_the_http_port_is_a_line_in_the_log(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
        connection.sendall(CLIENT_HELLO)
        connection.recv(1024)
    line = server.wait_for("the client speaks https to an http port")
    assert "use http:// in base_url, or start with --tls" in line
    assert server.client.get("/health").status_code == 200
