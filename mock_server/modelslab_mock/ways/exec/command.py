"""Running a command as if nobody stood in between: its terminal, its open files, its signals, its exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

NOT_FOUND, NOT_EXECUTABLE, OURS = 127, 126, 125
_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGTSTP")
_TERMINALS = ("SIGINT", "SIGQUIT", "SIGTSTP")


class CannotRun(Exception):
    """Why the command did not start, as one sentence; `code` is 126 or 127, as shells have it."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


class Signals:
    """The signals that are the command's: held back from the moment this is made, so that none gets lost.

    Make it before any thread is started, because threads inherit what is held back.
    """

    def __init__(self) -> None:
        self.before: Any = ()
        if sys.platform != "win32":
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self.held = {getattr(signal, name) for name in (*_PASSED_ON, "SIGCHLD")}
            self.before = signal.pthread_sigmask(signal.SIG_BLOCK, self.held)


def run(command: Sequence[str], environment: Mapping[str, str], signals: Signals) -> int:
    """The exit code of a command; 128 + n when signal n ended it. Raises CannotRun."""
    try:
        if sys.platform == "win32":
            return _wait_plainly(subprocess.Popen(command, env=environment))  # noqa: S603 # to run it is the wish
        # Python ignores these two, which no program expects to inherit; all else is as we got it ourselves.
        as_usual = [signal.SIGPIPE, signal.SIGXFSZ]
        child = os.posix_spawnp(command[0], tuple(command), environment, setsigmask=signals.before, setsigdef=as_usual)
    except (FileNotFoundError, NotADirectoryError):
        raise CannotRun(f"{command[0]}: no such command", NOT_FOUND) from None
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise CannotRun(f"{command[0]}: cannot be run: {why}", NOT_EXECUTABLE) from None
    return _wait(child, signals.held)


def _wait(child: int, held: set[signal.Signals]) -> int:
    """Wait for the end, passing signals on."""
    while True:
        number, is_terminals = _next_signal(held)
        if number != signal.SIGCHLD:
            if not is_terminals:
                os.kill(child, number)
            continue
        pid, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
        if pid == 0:
            continue
        if os.WIFSTOPPED(status):  # Ctrl-Z: whoever waits for us must see us stopped too
            os.kill(os.getpid(), signal.SIGSTOP)
            continue
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code


def _next_signal(held: set[signal.Signals]) -> tuple[int, bool]:
    """The next signal, and whether a terminal sent it: then it went to the command as well, which must not get it twice."""
    if sys.platform == "linux":
        came = signal.sigwaitinfo(held)
        return came.si_signo, came.si_code > 0
    number = signal.sigwait(held)
    return number, number in {getattr(signal, name) for name in _TERMINALS} and _is_in_front()


def _is_in_front() -> bool:
    """Whether a terminal has our process group in front."""
    for each in range(3):
        try:
            return os.tcgetpgrp(each) == os.getpgrp()
        except OSError:
            continue
    return False


def _wait_plainly(process: subprocess.Popen[bytes]) -> int:
    """Where there are no signals to pass on: Ctrl-C reaches every program of a console by itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return process.wait()
