"""Connections to hosts that are not the vendor's: directly, or through the proxy that the user's environment names."""

from __future__ import annotations

import base64
import socket
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

WITHIN_S = 30.0
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class Onward:
    """How this environment reaches other hosts. `environment` is the user's, before anything of ours."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        proxy = _named(environment, "https_proxy") or _named(environment, "all_proxy") or _named(environment, "http_proxy")
        self._proxy = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else None
        excepted = [each.strip().lower() for each in _named(environment, "no_proxy").split(",")]
        self._direct = tuple(each.removeprefix("*").lstrip(".") for each in excepted if each)
        self._all_direct = "*" in excepted

    def connect(self, host: str, port: int) -> socket.socket:
        """A connected socket. Raises OSError."""
        if self._proxy is None or self._all_direct or self._is_direct(host):
            return socket.create_connection((host, port), WITHIN_S)
        if self._proxy.scheme != "http" or not self._proxy.hostname:
            raise OSError(f"a {self._proxy.scheme} proxy is not spoken here")
        through = socket.create_connection((self._proxy.hostname, self._proxy.port or 80), WITHIN_S)
        try:
            self._ask(through, host, port)
        except OSError:
            through.close()
            raise
        return through

    def _ask(self, through: socket.socket, host: str, port: int) -> None:
        assert self._proxy is not None
        to = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {to} HTTP/1.1", f"Host: {to}"]
        if self._proxy.username:
            secret = f"{unquote(self._proxy.username)}:{unquote(self._proxy.password or '')}"
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(secret.encode()).decode()}")
        through.sendall("\r\n".join([*lines, "", ""]).encode())
        head = b""
        while b"\r\n\r\n" not in head:  # byte by byte: what follows belongs to whoever asked
            more = through.recv(1)
            if not more or len(head) > 16_384:
                raise OSError("the proxy closed the connection")
            head += more
        if not head.split(b" ", 2)[1:2] == [b"200"]:
            raise OSError(f"the proxy said {head.splitlines()[0].decode('latin-1')}")

    def _is_direct(self, host: str) -> bool:
        name = host.lower()
        return (
            name in ("localhost", "::1")
            or name.startswith("127.")
            or any(name == each or name.endswith(f".{each}") for each in self._direct)
        )


def _named(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or environment.get(name.upper()) or ""
