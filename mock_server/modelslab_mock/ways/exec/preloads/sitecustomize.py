"""Read by every Python that a command starts, where there is no namespace: leads the vendor's names to the emulator.

It runs inside other people's programs, under any Python 3.7 or newer that they have, so it uses nothing but the
standard library and little of that. Names of the vendor resolve to a marker address; connecting to the marker connects
to the emulator. What `sitecustomize` there was before runs afterwards.
"""

from __future__ import annotations

import fnmatch
import json
import os
import socket
import sys

TYPE_CHECKING = False  # typing's own would cost every program its import
if TYPE_CHECKING:
    from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 # pathlib would cost every program its import


class _Guide:
    """Functions that stand in front of the socket module's own."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.known: set[str] = set()  # addresses of names that were allowed
        self.real_info = socket.getaddrinfo
        self.real_name = socket.gethostbyname
        self.real_name_ex = socket.gethostbyname_ex

    def install(self) -> None:
        def connect(sock: socket.socket, address: Any) -> None:
            super(socket.socket, sock).connect(self.led(sock, address))

        def connect_ex(sock: socket.socket, address: Any) -> int:
            return super(socket.socket, sock).connect_ex(self.led(sock, address))

        ours: dict[str, Any] = {"connect": connect, "connect_ex": connect_ex}
        for name, function in ours.items():
            setattr(socket.socket, name, function)
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            setattr(socket, name, getattr(self, name))

    def getaddrinfo(self, host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if self.is_vendor(_plain(host)):
            if named.get("family", rest[0] if rest else 0) == socket.AF_INET6:
                raise socket.gaierror(socket.EAI_NONAME, "no IPv6 address: led to the emulator by modelslab-mock exec")
            return self.real_info(self.given["marker"], port, *rest, **named)
        self.check(_plain(host))
        found = self.real_info(host, port, *rest, **named)
        self.known.update(str(each[4][0]) for each in found)
        return found

    def gethostbyname(self, host: Any) -> str:
        return str(self.gethostbyname_ex(host)[2][0]) if self.is_vendor(_plain(host)) else self.passed(host)

    def gethostbyname_ex(self, host: Any) -> Any:
        if self.is_vendor(_plain(host)):
            return (_plain(host), [], [self.given["marker"]])
        self.check(_plain(host))
        found = self.real_name_ex(host)
        self.known.update(found[2])
        return found

    def passed(self, host: Any) -> str:
        self.check(_plain(host))
        address = self.real_name(host)
        self.known.add(address)
        return address

    def led(self, sock: socket.socket, address: Any) -> Any:
        """The address to connect to instead of this one. Raises OSError for a refused one."""
        if sock.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple) or len(address) < 2:
            return address
        name, port = _plain(address[0]), address[1]
        if name == self.given["marker"] or self.is_vendor(name):
            if sock.family == socket.AF_INET6:
                raise OSError("no IPv6 address: led to the emulator by modelslab-mock exec")
            return ("127.0.0.1", self.given["http_port"] if port == 80 else self.given["https_port"])
        if not _is_here(name):
            self.check(name)
            if sock.type & socket.SOCK_STREAM:
                self.note("passed", name)
        return address

    def check(self, name: str) -> None:
        """Note and refuse a host that is not allowed."""
        if self.given["block"] and not _is_here(name) and name not in self.known and not _is_any(name, self.given["allowed"]):
            self.note("refused", name)
            raise socket.gaierror(socket.EAI_NONAME, name + " is refused by modelslab-mock exec; see --allow-host")

    def is_vendor(self, name: str) -> bool:
        return _is_any(name, self.given["vendor"])

    def note(self, word: str, name: str) -> None:
        try:
            with open(self.given["notes"], "a", encoding="utf-8") as file:  # noqa: PTH123 # see _HERE
                file.write(json.dumps([word, name]) + "\n")
        except OSError:  # the run is over: nobody reads it any more
            pass


def _plain(host: Any) -> str:
    text = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else str(host)
    return text.lower().rstrip(".")


def _is_any(name: str, patterns: Any) -> bool:
    return any(fnmatch.fnmatchcase(name, each) for each in patterns)


def _is_here(name: str) -> bool:
    return name in ("", "none", "localhost", "::1", "::", "0.0.0.0") or name.startswith("127.")  # noqa: S104 # compared


def _run_the_other() -> None:
    """Run the sitecustomize that ours stands in front of, under its own name."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    elsewhere = [each for each in sys.path if os.path.abspath(each) != _HERE]  # noqa: PTH100 # see _HERE
    spec = PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is not None and spec.loader is not None:
        sys.modules["sitecustomize"] = module = module_from_spec(spec)
        spec.loader.exec_module(module)


with open(os.path.join(_HERE, "settings.json"), encoding="utf-8") as _file:  # noqa: PTH118, PTH123 # see _HERE
    _Guide(json.load(_file)).install()
_run_the_other()
