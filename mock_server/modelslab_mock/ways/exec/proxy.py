"""A forward proxy for programs that obey HTTP_PROXY and HTTPS_PROXY, where there is no namespace.

What is for the vendor's hosts goes to the emulator, encrypted or not; the emulator's own port ends the encryption.
Everything else is passed on unread, or refused.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import NamedTuple

from ..hosts import is_vendor
from .splice import Connect, Streams, opened, splice

_HEAD_BYTES = 65_536
_NOT_PASSED_ON = re.compile(rb"^(?:proxy-[a-z-]+|connection|keep-alive):[^\r]*\r\n", re.IGNORECASE | re.MULTILINE)


class Target(NamedTuple):
    """What a client wants: a host, a port, and the head to send there (b"" after CONNECT)."""

    host: str
    port: int
    head: bytes


class Proxy:
    """Ports of the emulator; `may_pass` says whether another host may be reached and notes it."""

    def __init__(self, http_port: int, https_port: int, connect: Connect, may_pass: Callable[[str, int], bool]) -> None:
        self._http_port = http_port
        self._https_port = https_port
        self._connect = connect
        self._may_pass = may_pass

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        try:
            target = read_target(await reader.readuntil(b"\r\n\r\n"))
            if target is None:
                writer.write(_refusal(b"400 Bad Request", "this is a proxy: CONNECT host:port, or GET http://host/"))
            elif (there := await self._reach(target, writer)) is not None:
                if target.head:
                    there[1].write(target.head)
                else:
                    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await splice((reader, writer), there)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client, or who it talked to, went away: both sides are closed
        finally:
            writer.close()

    async def _reach(self, target: Target, writer: asyncio.StreamWriter) -> Streams | None:
        """The other side; None when the client was told why there is none."""
        if is_vendor(target.host):
            port = self._http_port if target.head or target.port == 80 else self._https_port
            return await asyncio.open_connection("127.0.0.1", port)
        if not self._may_pass(target.host, target.port):
            writer.write(_refusal(b"403 Forbidden", f"{target.host} is refused by modelslab-mock exec; see --allow-host"))
            return None
        try:
            return await opened(self._connect, target.host, target.port)
        except OSError as problem:
            writer.write(_refusal(b"502 Bad Gateway", f"{target.host}:{target.port}: {problem}"))
            return None


def read_target(head: bytes) -> Target | None:
    """What the head of a proxy request asks for; None when it is none."""
    line, _, rest = head.partition(b"\r\n")
    words = line.decode("latin-1").split(" ")
    if len(words) != 3:
        return None
    method, where, version = words
    if method == "CONNECT":
        host, _, port = where.rpartition(":")
        return Target(host.strip("[]"), int(port), b"") if host and _is_port(port) else None
    scheme, _, after = where.partition("://")
    if scheme.lower() not in ("http", "https"):
        return None
    authority, slash, path = after.partition("/")
    found = re.fullmatch(r"(?:[^@]*@)?(\[[^\]]+\]|[^:]+)(?::([0-9]{1,5}))?", authority)
    if not found or (found[2] and not _is_port(found[2])) or (scheme.lower() == "https" and not is_vendor(found[1])):
        return None  # encrypting for a client is not done: only the emulator may read what was meant to be https
    first = f"{method} {slash}{path} {version}\r\n" if slash else f"{method} / {version}\r\n"
    sent = first.encode("latin-1") + b"Connection: close\r\n" + _NOT_PASSED_ON.sub(b"", rest)
    return Target(found[1].strip("[]"), int(found[2] or 80), sent)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 65536


def _refusal(status: bytes, why: str) -> bytes:
    body = f"modelslab-mock: {why}\n".encode()
    return b"HTTP/1.1 %b\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (
        status, len(body), body,
    )  # fmt: skip
