"""The options of `modelslab-mock exec`, checked: everything that can be wrong is found before anything is started."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from modelslab_contracts.nearest import did_you_mean
from modelslab_contracts.report import FORMATS

from ..settings import FIELDS, Settings, SettingsError, make_settings
from .hosts import Allowed, HostError, allowed_from

CONTAIN = ("auto", "require", "off")
#: Settings of `serve` that a run decides by itself.
NOT_HERE = ("host", "port", "tls", "ready_file", "public_base_url")
SEED = 1


class OptionsError(Exception):
    """An option that cannot be used, as one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a run. `report` is (format, open file or None for stderr), or None."""

    settings: Settings
    command: tuple[str, ...]
    contain: str
    allowed: tuple[Allowed, ...]
    block: bool
    report: tuple[str, TextIO | None] | None
    log: TextIO | None


def add_parser(commands: Any, add_settings: Any) -> None:
    """Add `exec` to the command line; `add_settings(parser, names)` adds the emulator's own."""
    parser = commands.add_parser(
        "exec",
        help="run a command with its traffic for the vendor's hosts going to the emulator",
        allow_abbrev=False,
        usage="modelslab-mock exec [options] -- COMMAND [ARGUMENT ...]",
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=32, width=120),
        description="Run a command, unchanged, with its traffic for modelslab.com, stablediffusionapi.com and the vendor's "
        "picture hosts going to an emulator of its own. Its exit code is passed on; 125 to 127 are ours.",
    )
    text = (
        "auto (a private network where the kernel allows it, else preloads and a proxy), require (that network or nothing), off"
    )
    parser.add_argument("--contain", metavar="HOW", default="auto", help=f"{text} (default: auto)")
    text = "host that may be reached, as HOST or HOST:PORT; repeatable, *.example.org is a wildcard"
    parser.add_argument("--allow-host", metavar="HOST", action="append", default=[], help=text)
    text = "refuse all other hosts also where there is no private network (where there is one, they are refused anyway)"
    parser.add_argument("--block-network", action="store_true", help=text)
    text = f"write what the emulator found wrong with the requests, as {' or '.join(FORMATS)}, to a file or to stderr"
    parser.add_argument("--report", metavar="FORMAT[=FILE]", help=text)
    parser.add_argument("--log-file", metavar="FILE", help="write the emulator's lines to a file instead of stderr")
    add_settings(parser, [name for name in FIELDS if name not in NOT_HERE])


def read(given: argparse.Namespace, command: Sequence[str], environment: Mapping[str, str], stderr: TextIO | None) -> Options:
    """The options, and files opened. Raises OptionsError."""
    if not command:
        raise OptionsError("no command: put it behind two dashes, as in modelslab-mock exec -- curl https://modelslab.com")
    if given.contain not in CONTAIN:
        raise OptionsError(
            f"--contain {given.contain!r} is not one of {', '.join(CONTAIN)}{did_you_mean(given.contain, CONTAIN)}"
        )
    flags = {name: value for name in FIELDS if (value := getattr(given, name, None)) is not None}
    try:
        settings = make_settings(flags, environment, given.config)
        allowed = allowed_from(given.allow_host)
    except (SettingsError, HostError) as problem:
        raise OptionsError(str(problem)) from None
    usual: dict[str, Any] = {name: FIELDS[name].default for name in NOT_HERE}
    seed = SEED if settings.seed is None else settings.seed
    return Options(
        settings=replace(settings, **usual, seed=seed),
        command=tuple(command),
        contain=given.contain,
        allowed=allowed,
        block=given.block_network,
        report=_report(given.report) if given.report is not None else None,
        log=_open(given.log_file, "--log-file") if given.log_file else stderr,
    )


def _report(text: str) -> tuple[str, TextIO | None]:
    name, equals, file = text.partition("=")
    if name not in FORMATS:
        raise OptionsError(f"--report {name!r} is not one of {', '.join(FORMATS)}{did_you_mean(name, FORMATS)}")
    if equals and not file:
        raise OptionsError(f"--report {text}: names no file after the =")
    return name, _open(file, "--report") if file else None


def _open(name: str, option: str) -> TextIO:
    try:
        return Path(name).open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as problem:
        raise OptionsError(f"{option} {name}: {problem.strerror}") from None
