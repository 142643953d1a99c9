"""`modelslab-mock check-trace`: judge recordings by the contracts, without a key, a network or a cost."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Mapping
from pathlib import Path

from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import ContractError
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.levels import LEVELS
from modelslab_contracts.profiles import PROFILES

from ..routes import Routes
from .checked import exit_code, write
from .command_line import WIDE, sorry
from .contract_options import add_profile, add_spec
from .option_values import OptionsError, known
from .report_option import add_report, opened_beside_text

NAME = "check-trace"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check-trace`."""
    parser = commands.add_parser(
        NAME,
        help="judge recorded traffic (a journal, a HAR file, a VCR cassette) by the contracts",
        allow_abbrev=False,
        formatter_class=WIDE,
        description="Read recordings, find the calls of our contracts in them, and report what is wrong: with the "
        "requests, with each answer, and with what a server said of a job over time. Needs no key and sends nothing.",
        epilog="Exit codes: 0 fine, 1 findings, 2 usage or a file that is no recording, 5 no exchange belongs to a contract.",
    )
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a journal, a HAR file, a cassette of vcrpy or VCR")
    text = "judge calls of this contract alone, as `specs list` names it; repeatable (default: all)"
    parser.add_argument("--contract", metavar="NAME", action="append", default=[], help=text)
    add_spec(parser, what="calls are judged")
    add_profile(parser, default="documented")
    text = "report rules of this level and above: must, should or may (default: must)"
    parser.add_argument("--level", metavar="LEVEL", default="must", help=text)
    add_report(parser)


def _check_words(given: argparse.Namespace, there: Mapping[str, Endpoint]) -> None:
    """Raise OptionsError for a word that is none."""
    for each in given.contract:
        known("--contract", each, there)
    known("--profile", given.profile, PROFILES)
    known("--level", given.level, LEVELS)


def run(given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """0 fine, 1 findings, 2 usage or unreadable input, 5 nothing verified."""
    from modelslab_contracts.kit.check_trace import check_trace
    from modelslab_contracts.kit.trace_report import in_form
    from modelslab_contracts.recordings.reading import RecordingError, read_recording

    from ..specs_named import with_named

    try:
        there = with_named(tuple(given.spec)) if given.spec else endpoints()
        _check_words(given, there)
        recordings = [(str(each), read_recording(each)) for each in given.files]
        reports = opened_beside_text(given.report, environment.get("GITHUB_STEP_SUMMARY", ""))
    except (OptionsError, RecordingError, ContractError) as problem:
        return sorry(str(problem), NAME)
    find = Routes(each for name, each in there.items() if not given.contract or name in given.contract).find
    judged = [
        check_trace(name, recording.exchanges, find, profile=given.profile, level=given.level) for name, recording in recordings
    ]
    with contextlib.ExitStack() as files:
        for file in [each for _, each in reports if each is not None]:
            files.enter_context(file)
        try:
            write(reports, lambda form: in_form(form, judged))
        except OptionsError as problem:
            return sorry(str(problem), NAME)
    return exit_code(judged)
