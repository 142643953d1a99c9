"""`modelslab-mock wait`: end once an emulator answers, and print its origin, so that a shell can take it from there."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..commands.command_line import WIDE, sorry
from ..origin import is_origin, origin_of
from ..wire.wall_clock import real_now
from .health import NotThere, pid_at

NOT_READY = 3
TIMEOUT_S = 30.0
_LONGEST_S = 3600.0
_PAUSE_S = 0.05


class WaitError(Exception):
    """What cannot be waited for, as one sentence."""


def add_parser(commands: Any) -> None:
    """Add `wait` to the command line."""
    parser = commands.add_parser(
        "wait",
        help="wait until an emulator answers, and print its origin",
        allow_abbrev=False,
        formatter_class=WIDE,
        description="Wait until an emulator answers and print its origin. Without --url and --ready-file, that is the one that "
        "`serve` starts with the settings of this environment and the config file here.",
        epilog="Exit codes: 0 it answers · 2 nothing to wait for · 3 it did not answer in time.",
    )
    parser.add_argument("--url", metavar="ORIGIN", help="where it will answer, such as http://127.0.0.1:4777")
    parser.add_argument("--ready-file", metavar="FILE", help="the file that `serve --ready-file FILE` writes")
    parser.add_argument("--config", metavar="FILE", help="YAML or JSON file of settings, as for `serve`")
    parser.add_argument("--timeout", metavar="SECONDS", help=f"how long to wait at most (default: {TIMEOUT_S:g})")


def run(given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """0 once it answers, 2 when there is nothing to wait for, 3 when it did not answer in time."""
    try:
        timeout = _seconds(given.timeout)
        url, file = _what(given, environment)
        origin = _awaited(timeout, (lambda: _at(url)) if url else (lambda: _by(Path(file))))
    except WaitError as problem:
        return sorry(str(problem), "wait")
    except NotThere as problem:
        return sorry(f"no emulator after {timeout:g} s: {problem}", "wait", NOT_READY)
    print(origin, flush=True)
    return 0


def _seconds(text: str | None) -> float:
    try:
        seconds = TIMEOUT_S if text is None else float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST_S:
        raise WaitError(f"--timeout must be from 0 to {_LONGEST_S:g} seconds, got {text!r}")
    return seconds


def _what(given: argparse.Namespace, environment: Mapping[str, str]) -> tuple[str, str]:
    """(origin, ready file), one of which is empty."""
    if given.url is not None and given.ready_file is not None:
        raise WaitError("take one of --url and --ready-file")
    if given.ready_file == "":
        raise WaitError("--ready-file names no file")
    if given.url is not None:
        if not is_origin(given.url):
            raise WaitError(f"--url must be an origin such as http://127.0.0.1:4777, without a path, got {given.url!r}")
        return given.url.rstrip("/"), ""
    if given.ready_file is not None:
        return "", given.ready_file
    from ..settings import SettingsError, make_settings

    try:
        settings = make_settings({}, environment, given.config)
    except SettingsError as problem:
        raise WaitError(str(problem)) from None
    if settings.ready_file:
        return "", settings.ready_file
    if not settings.port:
        raise WaitError("port 0 is any free port; give serve and wait the same --ready-file FILE, or name one with --url")
    return origin_of(settings.host, settings.port, tls=settings.tls), ""


def _awaited(timeout: float, look: Callable[[], str]) -> str:
    """The first origin that `look()` finds. Raises the NotThere of the last look."""
    until = real_now() + timeout
    while True:
        try:
            return look()
        except NotThere:
            if real_now() + _PAUSE_S > until:
                raise
        time.sleep(_PAUSE_S)


def _at(origin: str) -> str:
    pid_at(origin, real_now)
    return origin


def _by(file: Path) -> str:
    """The origin that a ready file names, once the very process that wrote it answers there: the file may be an old one."""
    try:
        told = json.loads(file.read_bytes())
        origin, pid = str(told["url"]), int(told["pid"])
    except FileNotFoundError:
        raise NotThere(f"{file} never came; is modelslab-mock serve --ready-file {file} running, in the same folder?") from None
    except OSError as problem:
        raise WaitError(f"{file}: {problem.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise NotThere(f"{file} is not what serve --ready-file writes") from None
    if not is_origin(origin):
        raise NotThere(f"{file} is not what serve --ready-file writes")
    try:
        there = pid_at(origin, real_now)
    except NotThere as problem:
        raise NotThere(f"{file} may be that of a server that was killed (process {pid}): {problem}") from None
    if there != pid:
        raise NotThere(
            f"{file} is that of a server that was killed (process {pid}); another one (process {there}) is at {origin} now"
        )
    return origin
