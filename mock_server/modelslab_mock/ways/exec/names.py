"""The name server of a namespace: the vendor's names and the allowed ones have an address, all others have none.

It answers UDP queries for addresses, which is all that a resolver needs; what it does not know, it names afterwards.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

_A, _CLASS_IN, _TTL_S = 1, 1, 1
_OF_ADDRESSES = frozenset({_A, 28, 65})  # A, AAAA, HTTPS
_NO_ERROR, _NO_SUCH_NAME = 0, 3


class NameServer(asyncio.DatagramProtocol):
    """`address_of` says the IPv4 address of a name, or ""; `on_refused` is told the names that have none."""

    def __init__(self, address_of: Callable[[str], str], on_refused: Callable[[str], None]) -> None:
        self._address_of = address_of
        self._on_refused = on_refused

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio has it."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A query."""
        if answer := self.answer(data):
            self._transport.sendto(answer, addr)  # type: ignore[attr-defined] # a datagram transport has it

    def answer(self, query: bytes) -> bytes:
        """The answer to a query; b"" for what is none."""
        try:
            name, kind, end = _question(query)
        except (IndexError, struct.error, UnicodeDecodeError):
            return b""
        address = self._address_of(name)
        if not address:
            if kind in _OF_ADDRESSES:
                self._on_refused(name)
            return _head(query, _NO_SUCH_NAME, 0) + query[12:end]
        if kind != _A:
            return _head(query, _NO_ERROR, 0) + query[12:end]
        record = struct.pack("!HHHIH4B", 0xC00C, _A, _CLASS_IN, _TTL_S, 4, *map(int, address.split(".")))
        return _head(query, _NO_ERROR, 1) + query[12:end] + record


def _question(query: bytes) -> tuple[str, int, int]:
    """Name, type and end of the first question."""
    labels, at = [], 12
    while size := query[at]:
        if size > 63:
            raise IndexError("a compressed name in a question")
        labels.append(query[at + 1 : at + 1 + size].decode("ascii"))
        at += 1 + size
    (kind,) = struct.unpack_from("!H", query, at + 1)
    return ".".join(labels), kind, at + 5


def _head(query: bytes, code: int, answers: int) -> bytes:
    """The head of an answer: the query's id and wish for recursion, and that recursion is had."""
    identity, flags = struct.unpack_from("!HH", query)
    return struct.pack("!HHHHHH", identity, 0x8080 | (flags & 0x0100) | code, 1, answers, 0, 0)
