"""`modelslab-mock serve`: its options, and what stops it from starting as one sentence."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from .command_line import WIDE, sorry
from .setting_options import add_settings


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `serve`."""
    from ..settings import ENVIRONMENT_PREFIX, FIELDS

    serve = commands.add_parser(
        "serve",
        help="run the emulator, on http://127.0.0.1:4777 unless told otherwise",
        allow_abbrev=False,
        formatter_class=WIDE,
        description="Run the emulator until Ctrl-C.",
        epilog=f"Every option is also an environment variable ({ENVIRONMENT_PREFIX}PORT=8080) and a line of the config file "
        "(port: 8080). A flag wins over the environment, the environment over the file, the file over the default.",
    )
    add_settings(serve, FIELDS)


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Run the server until it is told to stop."""
    from ..settings import FIELDS, SettingsError, make_settings

    flags = {name: value for name in FIELDS if (value := getattr(options, name)) is not None}
    try:
        settings = make_settings(flags, environment, options.config)
    except SettingsError as problem:
        return sorry(str(problem))
    from modelslab_contracts.document import ContractError

    from ..serve import ServeError, serve

    try:
        return serve(settings, environment)
    except (ServeError, ContractError) as problem:
        return sorry(str(problem))
