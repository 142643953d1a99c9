"""`modelslab-mock diff`: what a new version of OpenAPI documents breaks, and how much was compared."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from modelslab_contracts.diff.compare import Outcome, Tally, compare
from modelslab_contracts.findings import Finding
from modelslab_contracts.nearest import did_you_mean
from modelslab_contracts.report import FORMATS, counted, line

from .command_line import sorry
from .diff_inputs import InputError, couples, read_documents
from .diff_options import BARS
from .report_option import STDOUT, ReportError, read_reports


def run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Compare and report. 0 nothing at or above the bar, 1 findings, 2 usage or unreadable input."""
    if arguments.fail_on not in BARS:
        return sorry(
            f"--fail-on {arguments.fail_on!r} is not one of {', '.join(BARS)}{did_you_mean(arguments.fail_on, BARS)}", "diff"
        )
    try:
        reports = read_reports(arguments.report) or [("text", "")]
        old, new = read_documents(arguments.old), read_documents(arguments.new)
    except (InputError, ReportError) as problem:
        return sorry(str(problem), "diff")
    for file in (*old.passed_over, *new.passed_over):
        print(f"modelslab-mock diff: {file} is no OpenAPI document; passed over", file=sys.stderr)
    for odd in dict.fromkeys((*old.odd, *new.odd)):
        print(f"modelslab-mock diff: {line(odd)}", file=sys.stderr)
    outcomes = [compare(*couple) for couple in couples(old, new)]
    found = [each for outcome in outcomes for each in outcome.findings]
    for form, file in reports:
        text = FORMATS[form](found) + (summary(outcomes) if form == "text" else "")
        try:
            _write(text, file, append=file == environment.get("GITHUB_STEP_SUMMARY"))
        except BrokenPipeError:
            raise  # whoever reads has seen enough
        except OSError as problem:
            return sorry(f"--report {form}={file}: {problem.strerror}", "diff")
    return _code(found, arguments.fail_on)


def summary(outcomes: list[Outcome]) -> str:
    """The last line of the text: what was found, and what became of every position."""
    tally = sum((each.tally for each in outcomes), Tally())
    found = [each for outcome in outcomes for each in outcome.findings]
    counts = [f"{tally.safe} proved safe", f"{tally.broken} broken", f"{tally.unproved} unproved"]
    if tally.free:
        counts.insert(1, f"{tally.free} safe but for fields that only one version names")
    documents = f" in {len(outcomes)} documents" if len(outcomes) > 1 else ""
    only = f"; {tally.one_sided} are in one version only" if tally.one_sided else ""
    return f"{counted(found)}{documents}. Positions compared: {tally.compared} ({', '.join(counts)}){only}.\n"


def _code(found: list[Finding], bar: str) -> int:
    least = BARS[bar]
    return int(least is not None and any(each.severity >= least for each in found))


def _write(text: str, file: str, *, append: bool) -> None:
    if file in ("", STDOUT):
        sys.stdout.write(text)
        return
    with Path(file).open("a" if append else "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(text)
