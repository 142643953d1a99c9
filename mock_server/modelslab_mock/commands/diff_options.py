"""The options of `modelslab-mock diff`. Nothing heavy is imported here: every command's help lists them."""

from __future__ import annotations

import argparse
from pathlib import Path

from modelslab_contracts.diff.promises import PROMISES, USUAL
from modelslab_contracts.findings import Severity

from .command_line import AS_WRITTEN
from .report_option import add_report

#: What `--fail-on` may be: the least severity that fails, None for nothing at all.
BARS: dict[str, Severity | None] = {
    "breaking": Severity.ERROR,
    "warning": Severity.WARNING,
    "any": Severity.NOTE,
    "never": None,
}
#: The bar of those who have recorded their traffic: what breaks in theory does not count.
TOUCHED = "touched"
_DESCRIPTION = """\
Compare two versions of OpenAPI documents: which requests that were accepted are refused now, and which answers are
possible that never were. Each is a file, a folder, a documentation page as saved, a contract as `specs list` names it, or
git:REV:PATH."""
_EPILOG = """\
exit codes: 0 nothing at or above the bar · 1 findings · 2 usage or unreadable input · 3 not judged

for a start:
  modelslab-mock diff api-1.yaml api-2.yaml
  modelslab-mock diff git:main:openapi.yaml openapi.yaml --report github --waivers waivers.toml
  modelslab-mock diff saved/realtime.md pages/realtime.md --promise wire"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `diff`."""
    diff = commands.add_parser(
        "diff",
        help="say what a new version of an OpenAPI document breaks, each with a value that shows it",
        allow_abbrev=False,
        formatter_class=AS_WRITTEN,
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    diff.add_argument("old", metavar="OLD", help="the version that clients know")
    diff.add_argument("new", metavar="NEW", help="the version that the server will speak")
    text = f"exit with 1 from here on: {', '.join(BARS)}; or {TOUCHED}: breaking and met by --usage (default: breaking)"
    diff.add_argument("--fail-on", metavar="BAR", default="breaking", help=text)
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
    text = (
        "a recording of your traffic (a journal, a HAR file, a VCR cassette), repeatable: say which of its calls change their "
        "outcome, and which findings none of them touches"
    )
    diff.add_argument("--usage", metavar="FILE", action="append", default=[], type=Path, help=text)
    add_report(diff)
