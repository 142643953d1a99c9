"""Listening sockets, bound before anything else starts: a port in use is one sentence, not a traceback."""

from __future__ import annotations

import errno
import socket
import sys


class CannotListen(Exception):
    """Why an address cannot be listened on, as one sentence that says what to do."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Listening sockets: for the default host both loopback addresses on one port. Raises CannotListen."""
    first = _bind(host, port)
    sockets = [first]
    if host in ("127.0.0.1", "localhost"):
        try:
            sockets.append(_bind("::1", first.getsockname()[1]))
        except CannotListen:
            if port:  # a machine without IPv6 is fine; a foreign server on ::1 would get half of the clients
                _complain_if_taken("::1", port, first)
    return sockets


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as problem:
        raise CannotListen(f"cannot listen on {host}: {problem.strerror}") from None
    try:
        if sys.platform != "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(2048)
    except OSError as problem:
        bound.close()
        if problem.errno == errno.EADDRINUSE:
            raise CannotListen(
                f"port {port} on {host} is in use; stop the other server, or take --port 0 for any free one"
            ) from None
        raise CannotListen(f"cannot listen on {host} port {port}: {problem.strerror}") from None
    return bound


def _complain_if_taken(host: str, port: int, first: socket.socket) -> None:
    try:
        socket.create_connection((host, port), timeout=0.2).close()
    except OSError:
        return
    first.close()
    raise CannotListen(f"port {port} on {host} is in use by another server; stop it, or take --port 0 for any free one")
