"""The command `modelslab-mock`. Each command's room is imported when it is called, because starting fast matters.

Exit codes: 0 fine · 1 findings at or above the bar · 2 usage, configuration or unreadable input · 3 we could not judge ·
5 nothing verified.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from .commands.command_line import DESCRIPTION, EXAMPLES, Help, Parser, sorry
from .version import __version__

OLDEST_PYTHON = (3, 11)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130


def _run(given: list[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        return sorry(f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed, this is {sys.version.split()[0]}")
    if given[:1] == ["exec"]:
        return _exec(given)
    given, program = _split(given) if given and given[0] in COMMANDS and COMMANDS[given[0]].takes_program else (given, [])
    parser, commands = _parser()
    _add(commands, given[0] if given else "")
    if not given:
        parser.print_help(sys.stderr)
        return 2
    if given[0] not in (*COMMANDS, "-h", "--help", "--version"):
        return sorry(_of_no_command(given[0], COMMANDS))
    options, unknown = parser.parse_known_args(given)
    if unknown:
        return sorry(_of_unknown(unknown[0], options.command, commands.choices[options.command]))
    options.program = program
    return int(_room(COMMANDS[options.command].run).run(options, os.environ))


def _parser() -> tuple[argparse.ArgumentParser, argparse._SubParsersAction[argparse.ArgumentParser]]:
    parser: argparse.ArgumentParser = Parser(
        prog="modelslab-mock",
        usage="modelslab-mock COMMAND [options]",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=Help,
        allow_abbrev=False,
        add_help=False,
    )
    commands = parser.add_subparsers(title="commands", prog="modelslab-mock", dest="command", required=True)
    options = parser.add_argument_group("options")
    options.add_argument("-h", "--help", action="help", help="print this page")
    options.add_argument("--version", action="version", version=f"modelslab-mock {__version__}", help="print the version")
    return parser, commands


def _exec(given: list[str]) -> int:
    """`exec`: its own failures are 125 to 127, as those of `env`, `nohup` and the like; all else is the command's code."""
    from .ways.exec import exec_options

    parser, commands = _parser()
    exec_options.add_parser(commands)
    ours, command = exec_options.split(given[1:], commands.choices["exec"])
    try:
        options, unknown = parser.parse_known_args(["exec", *ours])
    except SystemExit as problem:
        return 125 if problem.code else 0
    if unknown:
        sorry(_of_unknown(unknown[0], "exec", commands.choices["exec"]))
        return 125
    from .ways.exec import exec_command

    return exec_command.run(options, command, os.environ)


def _split(given: list[str]) -> tuple[list[str], list[str]]:
    """Our own words, and what stands behind two dashes: a command of the user's."""
    place = given.index("--") if "--" in given else len(given)
    return given[:place], given[place + 1 :]


def _of_unknown(word: str, command: str, parser: argparse.ArgumentParser) -> str:
    """One sentence on an argument that the command does not have."""
    from modelslab_contracts.nearest import did_you_mean

    if not word.startswith("-"):
        return f"{command} takes no argument {word!r}"
    flag = word.partition("=")[0]
    known = [each for action in parser._actions for each in action.option_strings]  # noqa: SLF001 # argparse tells nowhere else
    return f"{command} has no option {flag}{did_you_mean(flag, known)}"


def _of_no_command(word: str, known: Iterable[str]) -> str:
    """One sentence on a first word that is no command."""
    from modelslab_contracts.nearest import did_you_mean

    if word.startswith("-"):
        return f"a command comes first, as in modelslab-mock serve {word}; modelslab-mock --help lists them"
    return f"there is no command {word!r}{did_you_mean(word, list(known)) or '; modelslab-mock --help lists them'}"


def _add(commands: argparse._SubParsersAction[argparse.ArgumentParser], named: str) -> None:
    """The command that is named, or all of them where none is: whoever starts one does not load the others."""
    for name, command in COMMANDS.items():
        if name == named or named not in COMMANDS:
            _room(command.options).add_parser(commands)


def _room(name: str) -> Any:
    return import_module(f".{name}", __package__)


class Command(NamedTuple):
    """A room with `add_parser(commands)`, and one with `run(options, environment)` that returns the exit code.

    `options.program` is then what stood behind two dashes, for those that take it.
    """

    options: str
    run: str
    takes_program: bool = False


#: In the order of the first page.
COMMANDS: dict[str, Command] = {
    "serve": Command("commands.serve_command", "commands.serve_command"),
    "exec": Command("ways.exec.exec_options", "ways.exec.exec_command"),
    "check-client": Command("commands.check_options", "commands.check_command", takes_program=True),
    "check-server": Command("commands.check_server_options", "commands.check_server_command"),
    "check-trace": Command("commands.trace_command", "commands.trace_command"),
    "record": Command("commands.record_command", "commands.record_command"),
    "diff": Command("commands.diff_options", "commands.diff_command"),
    "journal": Command("commands.journal_command", "commands.journal_command"),
    "wait": Command("ways.wait_command", "ways.wait_command"),
    "adapter-selftest": Command("commands.selftest_command", "commands.selftest_command", takes_program=True),
    "specs": Command("commands.specs_command", "commands.specs_command"),
}

if __name__ == "__main__":
    sys.exit(main())
