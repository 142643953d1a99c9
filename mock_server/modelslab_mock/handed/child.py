"""A program as a child: in a process group of its own, its lines read by threads, its stderr kept within a bound."""

from __future__ import annotations

import contextlib
import os
import queue
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO

from modelslab_contracts.kit.adapter_lines import MAX_LINE

#: How long it has to end when it is told to, and then when it is sent TERM.
ENDS_WITHIN_S = 5.0
_TERM_WITHIN_S = 2.0
#: How much of what it writes to stderr is kept of one call: the end.
MAX_STDERR = 64 * 1024


class CannotStart(Exception):
    """Why there is no such program, as one sentence."""


class Child:
    """A running program. A line is bytes with their end; None is the end of its stdout."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603 # to run it is the wish
                list(command), env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                start_new_session=sys.platform != "win32",
            )  # fmt: skip
        except (FileNotFoundError, NotADirectoryError):
            raise CannotStart(f"{command[0]}: no such command") from None
        except (OSError, ValueError) as problem:
            why = problem.strerror if isinstance(problem, OSError) else str(problem)
            raise CannotStart(f"{command[0]}: cannot be run: {why}") from None
        self.lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stderr = bytearray()
        self._lock = threading.Lock()
        self._is_closed = False
        pipes = self._process
        assert pipes.stdin is not None, "it is a pipe"
        assert pipes.stdout is not None, "it is a pipe"
        assert pipes.stderr is not None, "it is a pipe"
        self._stdin = pipes.stdin
        self._errors = pipes.stderr.fileno()
        if sys.platform != "win32":
            os.set_blocking(self._errors, False)
        self._readers = [
            threading.Thread(target=work, args=(pipe,), name="modelslab-mock client", daemon=True)
            for work, pipe in ((self._read_lines, pipes.stdout), (self._read_stderr, pipes.stderr))
        ]
        for each in self._readers:
            each.start()

    def send(self, data: bytes) -> bool:
        """Write to its stdin; whether it took it."""
        try:
            self._stdin.write(data)
            self._stdin.flush()
        except (OSError, ValueError):
            return False
        return True

    def close_stdin(self) -> None:
        """Nothing more comes."""
        with contextlib.suppress(OSError):
            self._stdin.close()

    def next(self, within_s: float) -> bytes | None:
        """Its next line. Raises queue.Empty."""
        return self.lines.get(timeout=within_s)

    def printed(self) -> str:
        """What it wrote to stderr since this was asked last."""
        with self._lock:
            if sys.platform != "win32" and not self._is_closed:
                self._take_stderr()  # what was written before the last line is there by now, if not read yet
            text = self._stderr.decode("utf-8", "replace")
            self._stderr.clear()
        return text

    @property
    def has_ended(self) -> bool:
        """Whether the program is no more."""
        return self._process.poll() is not None

    def ended(self) -> str:
        """How it ended, after a moment for it to do so, and for its last words to be read."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_TERM_WITHIN_S)
        self._readers[1].join(0.2)
        code = self._process.returncode
        if code is None:
            return "stdout closed"
        if code < 0:
            with contextlib.suppress(ValueError):
                return signal.Signals(-code).name
        return f"exit code {code}"

    def end(self, *, politely: bool = True) -> int | None:
        """Its exit code, once it has ended: by itself when its stdin is closed, else by TERM, else by KILL."""
        self.close_stdin()
        ways = [("", ENDS_WITHIN_S)] if politely else []
        for name, seconds in (*ways, ("SIGTERM", _TERM_WITHIN_S), ("SIGKILL", _TERM_WITHIN_S)):
            self._kill(name)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
                break
        self._kill("SIGKILL")  # what it left behind in its group
        for each in self._readers:
            each.join(0.5)
        for pipe, reader in zip((self._process.stdout, self._process.stderr), self._readers, strict=True):
            if pipe is not None and not reader.is_alive():  # another process may still hold the other end
                pipe.close()
        self._is_closed = True
        return self._process.returncode

    def _kill(self, name: str) -> None:
        if not name:
            return
        # The group outlives its leader, and nobody else gets the leader's number while it does.
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, getattr(signal, name))

    def _read_lines(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := pipe.readline(MAX_LINE):
                self.lines.put(line)
        self.lines.put(None)

    def _read_stderr(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            if sys.platform == "win32":
                while piece := os.read(pipe.fileno(), 65_536):
                    self._keep(piece)
                return
            is_open = True
            while is_open:
                select.select([pipe], [], [])
                with self._lock:
                    is_open = self._take_stderr()

    def _take_stderr(self) -> bool:
        """Read what is there; whether more may come."""
        try:
            while piece := os.read(self._errors, 65_536):
                self._keep(piece)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def _keep(self, piece: bytes) -> None:
        self._stderr += piece
        del self._stderr[:-MAX_STDERR]
