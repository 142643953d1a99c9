"""The emulator of a run: in a thread, over https and http, beside whatever leads programs to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...serve import make_app, make_wire
from ...settings import Settings
from ...wire.in_thread import InThread
from ...wire.running import loop_factory, make_config
from ...wire.tls import certificate_for
from ...wire.wall_clock import real_now
from .tally import Tally


class Certificate:
    """The certificate authority of a run."""

    def __init__(self) -> None:
        trust, self.tls = certificate_for("localhost")
        self.authority = Path(trust)


def emulator(
    settings: Settings,
    tally: Tally,
    tls: Mapping[str, Any],
    *,
    http: Sequence[socket.socket],
    https: Sequence[socket.socket],
    origin: str,
    beside: Callable[[], Awaitable[None]],
) -> InThread:
    """The emulator on listening sockets, not started yet. `beside` runs on its loop first."""
    started = real_now()
    app = make_app(settings, seed=settings.seed or 0, origin=origin, started=started, log=tally)
    wire = make_wire(settings, app, tally, started)
    plain, encrypted = make_config(wire, {}), make_config(wire, tls)
    encrypted.load()
    # The greeting is where a client is heard that then does not trust the certificate and says no more.
    encrypted.ssl.sni_callback = lambda _, name, __: tally.begin(name)
    return InThread([(plain, http), (encrypted, https)], beside, wire.close, loop_factory())


def listening(address: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError."""
    bound = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address, port))
        bound.listen(1024)
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


async def answer(sockets: Sequence[socket.socket], serve: Callable[..., Awaitable[None]]) -> None:
    """Serve connections that come in on sockets, with streams, for as long as the loop runs."""
    for each in sockets:
        await asyncio.start_server(serve, sock=each)
