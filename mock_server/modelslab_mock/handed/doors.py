"""How a program comes to the emulator: by a base URL that it is given, or by https://modelslab.com, which leads here.

The second is for clients that have the vendor's host written into them; it is what `exec` does, for each story of a check.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ..playhouse import ELSEWHERE
from ..wire.listen import listen

HOST = "127.0.0.1"


#: Where clients with a host of their own ask.
VENDOR = "https://modelslab.com"


class Opened(NamedTuple):
    """An open door: sockets for http and https, and the origin on loopback where time is asked for. `base_url` is what
    clients are given, `elsewhere` another host that leads here too. `beside` runs on the server's loop.
    """

    http: Sequence[socket.socket]
    https: Sequence[socket.socket]
    origin: str
    base_url: str
    elsewhere: str
    beside: Callable[[], Awaitable[None]] | None = None
    environment: Callable[[Mapping[str, str]], dict[str, str]] = dict


class Door(Protocol):
    """A way in, which is opened for each stage."""

    tls: Mapping[str, Any]

    def open(self, folder: Path) -> Opened:
        """Listen; what programs have to read is written to `folder`."""

    def close(self) -> None:
        """Nothing is left of it."""


class Loopback:
    """The plain way: a port of this machine."""

    tls: Mapping[str, Any] = {}

    def open(self, folder: Path) -> Opened:  # noqa: ARG002 # nothing has to be written
        """See Door."""
        sockets = listen(HOST, 0)
        port = sockets[0].getsockname()[1]
        origin = f"http://{HOST}:{port}"
        return Opened(sockets, (), origin, origin, f"http://localhost:{port}")

    def close(self) -> None:
        """See Door."""


class VendorsHosts:
    """https://modelslab.com leads here: in a private network where the kernel has one, else by preloads and a proxy.

    Whoever makes it goes into that network, with all that it starts from then on, and must have one thread. `why_not` says
    why there is none, "" where there is. Raises CannotContain.
    """

    def __init__(self, environment: Mapping[str, str], how: str = "auto") -> None:
        from ..ways.exec import contained, namespace, trust
        from ..ways.exec.emulating import Certificate
        from ..ways.exec.java_trust import with_java_stores
        from ..ways.exec.preload import without_preloads
        from ..ways.exec.tally import Tally

        self._environment = without_preloads(environment)
        self._folder = Path(tempfile.mkdtemp(prefix="modelslab-mock-exec-"))
        self._tally = Tally("text", True, None)
        certificate = Certificate()
        self.tls: Mapping[str, Any] = certificate.tls
        self._variables = trust.variables(certificate.authority, self._folder, environment)
        self.why_not = "--exec=off"
        if how != "off":
            binds = contained.binds(self._folder) + trust.system_binds(certificate.authority, self._folder)
            binds = with_java_stores(binds, certificate.authority, self._folder, self._environment)
            self.why_not = namespace.why_not(binds)
            if not self.why_not:
                namespace.enter(binds)
            elif how == "require":
                raise namespace.CannotContain(f"--exec=require: {self.why_not}")

    def open(self, folder: Path) -> Opened:
        """See Door."""
        from ..ways.exec import contained, led

        lever: contained.Inside | led.Led
        if self.why_not:
            lever = led.Led(folder, self._tally, (), self._environment, block=True)
            port = lever.port
        else:
            lever, port = contained.Inside(self._tally, (), None), contained.PORT

        def environment(given: Mapping[str, str]) -> dict[str, str]:
            from ..ways.exec.onward import PROXY_VARIABLES

            proxies = {name for each in PROXY_VARIABLES for name in (each, each.upper())}
            kept = {name: value for name, value in given.items() if name not in proxies} | self._variables
            if isinstance(lever, led.Led):
                kept |= lever.variables(given, self._variables["SSL_CERT_FILE"])
            return kept

        origin = f"http://{HOST}:{port}"
        return Opened(lever.http, lever.https, origin, VENDOR, ELSEWHERE, lever.serve, environment)

    def close(self) -> None:
        """See Door."""
        shutil.rmtree(self._folder, ignore_errors=True)
