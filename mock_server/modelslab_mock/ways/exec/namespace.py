"""A private user, network and mount namespace (Linux): holds loopback and nothing else, so nothing can leave it.

The calls are `unshare(2)` and `mount(2)` themselves: the programs of the same names differ between distributions and
are missing in small images.
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8913, 0x8914, 0x8916, 0x1
_RESTRICTED = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")

#: (the file that is seen instead, the file whose place it takes)
Binds = Sequence[tuple[Path, Path]]


class CannotContain(Exception):
    """Why there is no namespace here, as a clause that says which step failed."""


def why_not(binds: Binds) -> str:
    """Why this process cannot go into a namespace; "" when it can. A child tries it first: there is no way back."""
    if not sys.platform.startswith("linux"):
        return f"{sys.platform} has no network namespaces"
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = "the first try ended unexpectedly"
        try:
            enter(binds)
            said = ""
        except CannotContain as problem:
            said = str(problem)
        finally:
            os.write(writing, said.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        said = told.read().decode()
    os.waitpid(child, 0)
    return said


def enter(binds: Binds) -> None:
    """Move this process, which must have one thread, into a namespace of its own. Raises CannotContain.

    It keeps its user, its groups and its files. What it starts from now on lives there too.
    """
    uid, gid = os.geteuid(), os.getegid()
    with _MapWriter() as writer:
        _call("unshare", CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS)
        if not writer.map_everybody():
            _map_me(uid, gid)
    _call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    for seen, place in binds:
        _call("mount", os.fsencode(seen), os.fsencode(place), None, MS_BIND, None, about=str(place))
    try:
        _loopback_up()
    except OSError as problem:
        raise CannotContain(f"loopback cannot be switched on: {problem.strerror}") from None


def add_address(address: str, number: int) -> None:
    """Give loopback one more IPv4 address, so that what listens there is met. Raises OSError."""
    import fcntl
    import socket

    request = struct.pack("16sHH4s8x", f"lo:{number}".encode(), socket.AF_INET, 0, socket.inet_aton(address))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        fcntl.ioctl(asking, SIOCSIFADDR, request)


def attempts_without_a_name() -> int:
    """How often something inside tried to reach an address that is nowhere here, instead of a name."""
    found = 0
    with contextlib.suppress(OSError, ValueError):
        names, values = (line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Ip:"))
        found += int(values[names.index("OutNoRoutes")])
    with contextlib.suppress(OSError, ValueError):
        rows = dict(line.split()[:2] for line in Path("/proc/net/snmp6").read_text().splitlines())
        found += int(rows.get("Ip6OutNoRoutes", "0"))
    return found


class _MapWriter:
    """A child that stays outside, where root may map every user: inside, one could only map oneself."""

    def __enter__(self) -> Self:
        self._child = 0
        if os.geteuid() != 0:
            return self
        maps = {name: _identity(Path(f"/proc/self/{name}").read_text()) for name in ("uid_map", "gid_map")}
        self._parent_waits, child_says = os.pipe()
        child_waits, self._parent_says = os.pipe()
        me = os.getpid()
        self._child = os.fork()
        if self._child == 0:
            done = b"n"
            try:
                os.close(self._parent_says)
                if os.read(child_waits, 1):
                    for name, text in maps.items():
                        Path(f"/proc/{me}/{name}").write_text(text)
                    done = b"y"
            finally:
                os.write(child_says, done)
                os._exit(0)
        os.close(child_says)
        os.close(child_waits)
        return self

    def map_everybody(self) -> bool:
        """Whether the child could map every user and group to itself."""
        if not self._child:
            return False
        os.write(self._parent_says, b"x")
        return os.read(self._parent_waits, 1) == b"y"

    def __exit__(self, *_: object) -> None:
        if self._child:
            os.close(self._parent_says)
            os.close(self._parent_waits)
            os.waitpid(self._child, 0)


def _identity(map_text: str) -> str:
    """The map of a namespace in which everybody is who they are here, from the map of here."""
    return "".join(f"{inside} {inside} {count}\n" for inside, _, count in (line.split() for line in map_text.splitlines()))


def _map_me(uid: int, gid: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        try:
            Path(f"/proc/self/{name}").write_text(text)
        except OSError as problem:
            raise CannotContain(f"{name} cannot be written: {problem.strerror}{_hint()}") from None


def _call(name: str, *arguments: object, about: str = "") -> None:
    """A function of the C library that returns -1 when it fails. Raises CannotContain."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        why = os.strerror(ctypes.get_errno())
        raise CannotContain(f"{name}{f' over {about}' if about else ''}: {why}{_hint()}")


def _hint() -> str:
    try:
        restricted = _RESTRICTED.read_text().strip() == "1"
    except OSError:
        restricted = False
    return "; sysctl kernel.apparmor_restrict_unprivileged_userns=0 would allow it" if restricted else ""


def _loopback_up() -> None:
    import fcntl
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        answer = fcntl.ioctl(asking, SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0))
        flags = struct.unpack("16sH14x", answer)[1]
        fcntl.ioctl(asking, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))
