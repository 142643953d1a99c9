"""Two connections made one: what comes on either goes out on the other, until both have ended."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
#: Connects to a host and port; blocks; raises OSError.
Connect = Callable[[str, int], socket.socket]


async def opened(connect: Connect, host: str, port: int) -> Streams:
    """The streams of a connection that a blocking function makes. Raises OSError."""
    there = await asyncio.get_running_loop().run_in_executor(None, connect, host, port)
    there.setblocking(False)
    return await asyncio.open_connection(sock=there)


async def splice(one: Streams, other: Streams) -> None:
    """Pass bytes both ways and close both."""
    try:
        await asyncio.gather(_pass_on(one[0], other[1]), _pass_on(other[0], one[1]))
    finally:
        for _, writer in (one, other):
            writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, RuntimeError):  # uvloop's word for a connection that is closed already
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
            return
    writer.close()
