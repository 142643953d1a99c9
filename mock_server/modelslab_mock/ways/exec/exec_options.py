"""The options of `modelslab-mock exec`, checked: everything that can be wrong is found before anything is started."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TextIO

from modelslab_contracts.report import FORMATS

from ...commands.command_line import WIDE
from ...commands.option_values import OptionsError, known
from ...commands.report_option import Reports, open_text, opened
from ...commands.setting_options import add_settings
from ...settings import FIELDS, Settings, SettingsError, make_settings
from ..hosts import Allowed, HostError, allowed_from

CONTAIN = ("auto", "require", "off")
#: Settings of `serve` that a run decides by itself.
NOT_HERE = ("host", "port", "tls", "ready_file", "public_base_url")
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a run. A report is (format, open file, or None for stderr)."""

    settings: Settings
    command: tuple[str, ...]
    contain: str
    allowed: tuple[Allowed, ...]
    block: bool
    reports: Reports
    log: TextIO | None


def add_parser(commands: Any) -> None:
    """Add `exec` to the command line, with settings of the emulator."""
    parser = commands.add_parser(
        "exec",
        help="run any program, unchanged, with its calls to https://modelslab.com answered by an emulator",
        allow_abbrev=False,
        usage="modelslab-mock exec [options] [--] COMMAND [ARGUMENT ...]",
        formatter_class=WIDE,
        description="Run a command, unchanged, with its traffic for modelslab.com, stablediffusionapi.com and the vendor's "
        "picture hosts going to an emulator of its own. Its exit code is passed on; 125 to 127 are ours, and under CI=true 3 "
        "when it sent no request at all. "
        "The first word that is no option is the command, and all that follows is the command's.",
    )
    text = (
        "auto (a private network where the kernel allows it, else preloads and a proxy), require (that network or nothing), off"
    )
    parser.add_argument("--contain", metavar="HOW", default="auto", help=f"{text} (default: auto)")
    text = "host that may be reached, as HOST or HOST:PORT; repeatable, *.example.org is a wildcard"
    parser.add_argument("--allow-host", metavar="HOST", action="append", default=[], help=text)
    text = "refuse all other hosts also where there is no private network (where there is one, they are refused anyway)"
    parser.add_argument("--block-network", action="store_true", help=text)
    *most, last = FORMATS
    text = f"write what the emulator found wrong with the requests, as {', '.join(most)} or {last}"
    text = f"{text}, to a file (- is stdout) or to stderr; repeatable"
    parser.add_argument("--report", metavar="FORMAT[=FILE]", action="append", default=[], help=text)
    parser.add_argument("--log-file", metavar="FILE", help="write the emulator's lines to a file instead of stderr")
    add_settings(parser, [name for name in FIELDS if name not in NOT_HERE])
    for each in parser._actions:  # noqa: SLF001 # as below
        if each.dest == "seed":
            each.help = f"seed of ids, pictures and timing: the same gives the same (default: {SEED})"


def split(given: Sequence[str], parser: argparse.ArgumentParser) -> tuple[list[str], list[str]]:
    """Our options, and the command: what stands behind two dashes, or from the first word on that is no option and no value.

    After an option that there is not, nobody knows whether the next word is its value; that is told before any command runs.
    """
    options = {text: each for each in parser._actions for text in each.option_strings}  # noqa: SLF001 # argparse tells nowhere else
    place = 0
    while place < len(given):
        word = given[place]
        if word == "--":
            return list(given[:place]), list(given[place + 1 :])
        if not word.startswith("-") or word == "-":
            break
        place += 1
        takes_next = "=" not in word and word in options and options[word].nargs != 0
        place += takes_next
    return list(given[:place]), list(given[place:])


def read(given: argparse.Namespace, command: Sequence[str], environment: Mapping[str, str], stderr: TextIO | None) -> Options:
    """The options, and files opened. Raises OptionsError."""
    if not command:
        raise OptionsError("no command: it stands behind the options, as in modelslab-mock exec -- curl https://modelslab.com")
    known("--contain", given.contain, CONTAIN)
    flags = {name: value for name in FIELDS if (value := getattr(given, name, None)) is not None}
    try:
        settings = make_settings(flags, environment, given.config)
        allowed = allowed_from(given.allow_host)
        reports = opened(given.report, environment.get("GITHUB_STEP_SUMMARY", ""))
        log = open_text(given.log_file, f"--log-file {given.log_file}") if given.log_file else stderr
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
        reports=reports,
        log=log,
    )
