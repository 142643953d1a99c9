"""The first lever: inside a namespace, names lead to the emulator and nothing leads anywhere else."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

from ..hosts import NAMED_HOSTS, Allowed, is_vendor, plain_name, ports_of
from . import namespace
from .emulating import answer, listening
from .names import NameServer
from .outside import Outside
from .splice import opened, splice
from .tally import Tally

#: Where the vendor is, inside. Not 127.0.0.1, so that a program under test can listen on 443 and 80 there itself.
VENDOR = "127.77.77.77"
PORT = 4777
_NAME_SERVER = ("127.0.0.1", 53)
#: Allowed hosts get an address each, in the order in which they are asked for.
_ALLOWED_NETWORK = "127.78"
_MOST_ALLOWED = 60_000


def binds(folder: Path) -> list[tuple[Path, Path]]:
    """(replacement, place) of the files by which a system finds names, replacements written to `folder`."""
    hosts = f"\n{VENDOR} {' '.join(NAMED_HOSTS)}\n"
    wanted: dict[str, Callable[[str], str]] = {
        "/etc/hosts": lambda text: text.rstrip() + hosts,
        "/etc/resolv.conf": lambda _: f"nameserver {_NAME_SERVER[0]}\noptions timeout:2 attempts:2\n",
        # Services that would answer from outside, or from memory (systemd-resolved, nscd, mDNS), are not asked.
        "/etc/nsswitch.conf": lambda text: re.sub(r"(?m)^hosts:.*$", "hosts: files dns", text),
    }
    found = []
    for name, change in wanted.items():
        place = Path(name).resolve()
        if place.is_file():
            replacement = folder / place.name
            replacement.write_text(change(place.read_text(errors="surrogateescape")), errors="surrogateescape")
            found.append((replacement, place))
    nothing = folder / "nothing"
    nothing.mkdir()
    found += [(nothing, place) for place in (Path("/run/nscd").resolve(), Path("/var/run/nscd").resolve()) if place.is_dir()]
    return list(dict.fromkeys(found))


class Inside:
    """What stands in for the network inside a namespace. Made after it was entered."""

    def __init__(self, tally: Tally, allowed: Sequence[Allowed], outside: Outside | None) -> None:
        self._tally = tally
        self._allowed = allowed
        self._outside = outside
        self._addresses: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.http = [listening(VENDOR, 80), listening("127.0.0.1", PORT)]
        self.https = [listening(VENDOR, 443)]
        with contextlib.suppress(OSError):  # no IPv6 here
            self.http.append(listening("::1", PORT))
        self._questions = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._questions.bind(_NAME_SERVER)
        self._literal: list[tuple[str, socket.socket]] = []
        for number, each in enumerate(allowed):
            self._listen_for_literal(number, each)

    async def serve(self) -> None:
        """Begin to answer questions for names, and connections to allowed addresses."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: NameServer(self._address_of, self._tally.refuse), sock=self._questions)
        for name, bound in self._literal:
            await self._relay(name, bound.getsockname()[1], bound)

    def _address_of(self, name: str) -> str:
        """The address of a name, "" when it has none. An allowed one is listened for from now on."""
        name = plain_name(name)
        if is_vendor(name):
            return VENDOR
        ports = ports_of(self._allowed, name)
        if not ports or name in self._addresses or len(self._addresses) >= _MOST_ALLOWED:
            return self._addresses.get(name, "")
        high, low = divmod(len(self._addresses) + 1, 250)
        address = f"{_ALLOWED_NETWORK}.{high}.{low + 1}"
        for port in ports:
            task = asyncio.get_running_loop().create_task(self._relay(name, port, listening(address, port)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._addresses[name] = address
        return address

    async def _relay(self, name: str, port: int, bound: socket.socket) -> None:
        """Take connections on a socket to a host and port outside."""
        assert self._outside is not None, "whoever allows a host starts the process outside"
        connect = self._outside.connect

        async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                there = await opened(connect, name, port)
            except OSError as problem:
                self._tally.add(f"{name}:{port} is allowed, but cannot be reached: {problem}")
                writer.close()
                return
            self._tally.let_pass(name)
            await splice((reader, writer), there)

        await answer([bound], one)

    def _listen_for_literal(self, number: int, each: Allowed) -> None:
        """An allowed address, or localhost outside: nobody asks a name server for it. Raises OSError."""
        if each.pattern != "localhost":
            try:
                address = ip_address(each.pattern)
            except ValueError:
                return
            if address.version == 6 and not address.is_loopback:
                raise OSError(f"--allow-host {each.pattern}: of IPv6, only names are passed on")
            if not address.is_loopback:
                namespace.add_address(each.pattern, number)
        host = "127.0.0.1" if each.pattern == "localhost" else each.pattern
        self._literal += [(each.pattern, listening(host, port)) for port in each.ports]
