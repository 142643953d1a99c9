"""A process that stays outside of the namespace and connects to the allowed hosts, and only to those.

It gives the connected socket in, so the bytes pass through the emulator's process. It checks every name by itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Sequence
from typing import Any

from ..hosts import Allowed, ports_of
from .onward import Onward

_LONGEST = 4096


class Outside:
    """The process, started before the namespace is entered."""

    def __init__(self, allowed: Sequence[Allowed], onward: Onward) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._child = os.fork()
        if self._child == 0:
            try:
                self._channel.close()
                _apart()
                _answer(theirs, allowed, onward)
            finally:
                os._exit(0)
        theirs.close()

    def connect(self, host: str, port: int) -> socket.socket:
        """A socket connected to an allowed host, outside. Raises OSError. Called from any thread."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                socket.send_fds(self._channel, [json.dumps([host, port]).encode()], [theirs.fileno()])
            said, descriptors, _, _ = socket.recv_fds(ours, _LONGEST, 1)
        if not descriptors:
            raise OSError(said.decode() or "the process outside is gone")
        return socket.socket(fileno=descriptors[0])

    def close(self) -> None:
        """End the process."""
        self._channel.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._child, 0)


def _apart() -> None:
    """No part of the command's terminal, pipes or signals."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for each in range(3):
        os.dup2(nothing, each)


def _answer(channel: socket.socket, allowed: Sequence[Allowed], onward: Onward) -> None:
    while True:
        said, descriptors, _, _ = socket.recv_fds(channel, _LONGEST, 1)
        if not said:
            return
        host, port = json.loads(said)
        answer = socket.socket(fileno=descriptors[0])
        threading.Thread(target=_connect, args=(answer, allowed, onward, host, port), daemon=True).start()


def _connect(answer: socket.socket, allowed: Sequence[Allowed], onward: Onward, host: Any, port: Any) -> None:
    with answer:
        try:
            if port not in ports_of(allowed, host):
                raise OSError("not an allowed host")  # noqa: TRY301 # told like any other reason
            with onward.connect(host, port) as there:
                socket.send_fds(answer, [b"ok"], [there.fileno()])
        except OSError as problem:
            answer.send(str(problem).encode()[:_LONGEST])
