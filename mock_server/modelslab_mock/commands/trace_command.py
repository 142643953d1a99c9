"""`modelslab-mock check-trace`: judge recordings by the contracts, without a key, a network or a cost."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import ContractError
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.levels import LEVELS
from modelslab_contracts.nearest import did_you_mean
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.report import FORMATS

from ..routes import Routes
from .command_line import WIDE, sorry
from .report_option import STDOUT, ReportError, opened

NAME = "check-trace"


class _OptionError(Exception):
    """An option that cannot be used, as one sentence."""


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
    text = "a document, saved page or folder whose calls are judged as well, as for serve; repeatable"
    parser.add_argument("--spec", metavar="PATH", action="append", default=[], help=text)
    text = f"how clauses are applied: {', '.join(PROFILES)} (default: documented)"
    parser.add_argument("--profile", metavar="NAME", default="documented", help=text)
    text = "report rules of this level and above: must, should or may (default: must)"
    parser.add_argument("--level", metavar="LEVEL", default="must", help=text)
    text = f"{', '.join(FORMATS)}, to a file or to stdout; repeatable (default: text)"
    parser.add_argument("--report", metavar="FORMAT[=FILE]", action="append", default=[], help=text)


def _check_words(given: argparse.Namespace, there: Mapping[str, Endpoint]) -> None:
    """Raise _OptionError for a word that is none."""
    for option, words, known in (
        ("--contract", given.contract, there),
        ("--profile", [given.profile], PROFILES),
        ("--level", [given.level], LEVELS),
    ):
        for word in words:
            if word not in known:
                raise _OptionError(f"{option} {word!r} is not one of {', '.join(known)}{did_you_mean(word, known)}")


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
        reports = opened(given.report, environment.get("GITHUB_STEP_SUMMARY", ""))
    except (_OptionError, RecordingError, ReportError, ContractError) as problem:
        return sorry(str(problem), NAME)
    find = Routes(each for name, each in there.items() if not given.contract or name in given.contract).find
    judged = [
        check_trace(name, recording.exchanges, find, profile=given.profile, level=given.level) for name, recording in recordings
    ]
    if not any(each.partition("=")[2] in ("", STDOUT) for each in given.report):
        reports = (("text", None), *reports)
    for form, file in reports:
        stream = file or sys.stdout
        try:
            stream.write(in_form(form, judged))
            stream.flush()
        except BrokenPipeError:
            raise  # whoever reads has seen enough
        except OSError as problem:
            return sorry(f"--report {form}: {problem.strerror}", NAME)
        finally:
            if file is not None:
                file.close()
    codes = {each.exit_code for each in judged}
    return next((code for code in (1, 5) if code in codes), 0)
