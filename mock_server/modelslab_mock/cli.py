"""The command `modelslab-mock`. Each command's room is imported when it is called, because starting fast matters.

Exit codes: 0 fine · 1 findings at or above the bar · 2 usage, configuration or unreadable input · 3 we could not judge ·
5 nothing verified.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence

from .command_line import DESCRIPTION, EXAMPLES, WIDE, Help, Parser, sorry
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
    parser, commands = _parser()
    _add_commands(commands, given[0] if given else "")
    if not given:
        parser.print_help(sys.stderr)
        return 2
    if given[0] not in (*commands.choices, "-h", "--help", "--version"):
        return sorry(_of_no_command(given[0], commands.choices))
    options, unknown = parser.parse_known_args(given)
    if unknown:
        return sorry(_of_unknown(unknown[0], options.command, commands.choices[options.command]))
    return _COMMANDS[options.command](options)


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


def _add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser], named: str) -> None:
    """The commands, or only the one that is named, where it is one that has to start fast."""
    if named != "wait":
        _add_serve(commands)
    if named not in ("serve", "wait"):
        from . import check_options, check_server_options, diff_options, journal_command
        from .ways import exec_options

        exec_options.add_parser(commands, _add_settings)
        check_options.add_parser(commands)
        check_server_options.add_parser(commands)
        diff_options.add_parser(commands)
        journal_command.add_parser(commands)
    if named != "serve":
        from .ways import wait_command

        wait_command.add_parser(commands)
    if named not in ("serve", "wait"):
        from . import specs_command

        specs_command.add_parser(commands)


def _exec(given: list[str]) -> int:
    """`exec`: its own failures are 125 to 127, as those of `env`, `nohup` and the like; all else is the command's code."""
    from .ways import exec_options

    parser, commands = _parser()
    exec_options.add_parser(commands, _add_settings)
    ours, command = exec_options.split(given[1:], commands.choices["exec"])
    try:
        options, unknown = parser.parse_known_args(["exec", *ours])
    except SystemExit as problem:
        return 125 if problem.code else 0
    if unknown:
        sorry(_of_unknown(unknown[0], "exec", commands.choices["exec"]))
        return 125
    from .ways import exec_command

    return exec_command.run(options, command, os.environ)


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from .settings import ENVIRONMENT_PREFIX, FIELDS

    serve = commands.add_parser(
        "serve",
        help="run the emulator, on http://127.0.0.1:4777 unless told otherwise",
        allow_abbrev=False,
        formatter_class=WIDE,
        description="Run the emulator until Ctrl-C.",
        epilog=f"Every option is also an environment variable ({ENVIRONMENT_PREFIX}PORT=8080) and a line of the config file "
        "(port: 8080). A flag wins over the environment, the environment over the file, the file over the default.",
    )
    _add_settings(serve, FIELDS)


def _add_settings(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """The config file and these settings, as options."""
    from .settings import FIELDS

    parser.add_argument(
        "--config", metavar="FILE", help="YAML or JSON file of settings (default: modelslab-mock.yaml here, if there is one)"
    )
    for name in names:
        each = FIELDS[name]
        flags = ([each.metadata["flag"]] if each.metadata["flag"] else []) + ["--" + name.replace("_", "-")]
        default = (
            "" if each.default in (None, "", (), False) or each.metadata["many"] else f" (default: {_shown(each.default)})"
        )
        text = each.metadata["sentence"].replace("%", "%%") + default
        if each.type == "bool":
            parser.add_argument(*flags, dest=name, action=argparse.BooleanOptionalAction, default=None, help=text)
        else:
            action = "append" if each.metadata["many"] else "store"
            parser.add_argument(*flags, dest=name, action=action, default=None, metavar=each.metadata["form"], help=text)


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


def _shown(value: object) -> str:
    return "yes" if value is True else f"{value:g}" if isinstance(value, float) else str(value)


def _serve(options: argparse.Namespace) -> int:
    from .settings import FIELDS, SettingsError, make_settings

    flags = {name: value for name in FIELDS if (value := getattr(options, name)) is not None}
    try:
        settings = make_settings(flags, os.environ, options.config)
    except SettingsError as problem:
        return sorry(str(problem))
    from modelslab_contracts.document import ContractError

    from .serve import ServeError, serve

    try:
        return serve(settings, os.environ)
    except (ServeError, ContractError) as problem:
        return sorry(str(problem))


def _wait(options: argparse.Namespace) -> int:
    from .ways import wait_command

    return wait_command.run(options, os.environ)


def _check_client(options: argparse.Namespace) -> int:
    from . import check_command

    return check_command.run(options, os.environ)


def _check_server(options: argparse.Namespace) -> int:
    from . import check_server_command

    return check_server_command.run(options, os.environ)


def _diff(options: argparse.Namespace) -> int:
    from . import diff_command

    return diff_command.run(options, os.environ)


def _journal(options: argparse.Namespace) -> int:
    from . import journal_command

    return journal_command.run(options)


def _specs(options: argparse.Namespace) -> int:
    from . import specs_command

    return specs_command.run(options)


#: What carries a command out; its room is loaded when it is called.
_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "serve": _serve,
    "wait": _wait,
    "check-client": _check_client,
    "check-server": _check_server,
    "diff": _diff,
    "journal": _journal,
    "specs": _specs,
}

if __name__ == "__main__":
    sys.exit(main())
