"""The options of `modelslab-mock diff`. Nothing heavy is imported here: every command's help lists them."""

from __future__ import annotations

import argparse

from modelslab_contracts.diff.promises import PROMISES, USUAL
from modelslab_contracts.findings import Severity
from modelslab_contracts.report import FORMATS

from .command_line import WIDE

#: What `--fail-on` may be: the least severity that fails, None for nothing at all.
BARS: dict[str, Severity | None] = {
    "breaking": Severity.ERROR,
    "warning": Severity.WARNING,
    "any": Severity.NOTE,
    "never": None,
}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `diff`."""
    diff = commands.add_parser(
        "diff",
        help="say what a new version of an OpenAPI document breaks, each with a value that shows it",
        allow_abbrev=False,
        formatter_class=WIDE,
        description="Compare two versions of OpenAPI documents: which requests that were accepted are refused now, and "
        "which answers are possible that never were. Each is a file, a folder, a contract as `specs list` names it, or "
        "git:REV:PATH.",
        epilog="Exit codes: 0 nothing at or above the bar, 1 findings, 2 usage or unreadable input.",
    )
    diff.add_argument("old", metavar="OLD", help="the version that clients know")
    diff.add_argument("new", metavar="NEW", help="the version that the server will speak")
    diff.add_argument(
        "--fail-on", metavar="BAR", default="breaking", help=f"exit with 1 from here on: {', '.join(BARS)} (default: breaking)"
    )
    diff.add_argument(
        "--promise",
        metavar="PROMISE",
        default=USUAL,
        help=f"how much you rely on, which decides what is told: {', '.join(PROMISES)} (default: {USUAL})",
    )
    text = (
        "a TOML file of findings that you accept, each with its reason and perhaps a last day: they are shown and do not count"
    )
    diff.add_argument("--waivers", metavar="FILE", help=text)
    *most, last = FORMATS
    text = f"write the findings as {', '.join(most)} or {last}, to a file or to stdout; repeatable (default: text)"
    diff.add_argument("--report", metavar="FORMAT[=FILE]", action="append", default=[], help=text)
