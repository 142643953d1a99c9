"""`modelslab-mock diff`: what a new version of OpenAPI documents breaks, and how much was compared."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterable, Mapping

from modelslab_contracts.diff.compare import Outcome, Tally, compare
from modelslab_contracts.diff.promises import PROMISES, counts
from modelslab_contracts.findings import Finding
from modelslab_contracts.nearest import did_you_mean
from modelslab_contracts.report import FORMATS, counted, line

from .command_line import sorry
from .diff_inputs import InputError, couples, read_documents
from .diff_options import BARS
from .report_option import ReportError, opened


def run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Compare and report. 0 nothing at or above the bar, 1 findings, 2 usage or unreadable input."""
    for option, word, known in (("--fail-on", arguments.fail_on, BARS), ("--promise", arguments.promise, PROMISES)):
        if word not in known:
            return sorry(f"{option} {word!r} is not one of {', '.join(known)}{did_you_mean(word, known)}", "diff")
    with contextlib.ExitStack() as files:
        try:
            old, new = read_documents(arguments.old), read_documents(arguments.new)
            reports = opened(arguments.report, environment.get("GITHUB_STEP_SUMMARY", "")) or (("text", None),)
        except (InputError, ReportError) as problem:
            return sorry(str(problem), "diff")
        for file in [each for _, each in reports if each is not None]:
            files.enter_context(file)
        for name in (*old.passed_over, *new.passed_over):
            _tell(f"{name} is no OpenAPI document; passed over")
        for odd in dict.fromkeys((*old.odd, *new.odd)):
            _tell(line(odd))
        outcomes = [compare(*couple) for couple in couples(old, new)]
        found = [each for outcome in outcomes for each in outcome.findings]
        shown = [each for each in found if counts(each.rule, arguments.promise)]
        left = _left_out([each for each in found if each not in shown], arguments.promise)
        for form, stream in reports:
            text = FORMATS[form](shown) + (summary(shown, outcomes, left) if form == "text" else "")
            print(text, end="", file=stream or sys.stdout, flush=True)
    if left and all(form != "text" for form, _ in reports):
        _tell(left)
    return _code(shown, arguments.fail_on)


def summary(shown: Iterable[Finding], outcomes: list[Outcome], left: str) -> str:
    """The last line of the text: what was found, what was left out, and what became of every position."""
    tally = sum((each.tally for each in outcomes), Tally())
    counts = [f"{tally.safe} proved safe", f"{tally.broken} broken", f"{tally.unproved} unproved"]
    if tally.free:
        counts.insert(1, f"{tally.free} safe but for fields that only one version names")
    documents = f" in {len(outcomes)} documents" if len(outcomes) > 1 else ""
    only = f"; {tally.one_sided} are in one version only" if tally.one_sided else ""
    said = "; ".join(each for each in (f"{counted(shown)}{documents}", left) if each)
    return f"{said}. Positions compared: {tally.compared} ({', '.join(counts)}){only}.\n"


def _left_out(rest: list[Finding], promise: str) -> str:
    """What is not shown because it is about more than the promise; "" for nothing."""
    return f"{counted(rest)} left out by --promise {promise}" if rest else ""


def _code(shown: Iterable[Finding], bar: str) -> int:
    least = BARS[bar]
    return int(least is not None and any(each.severity >= least for each in shown))


def _tell(sentence: str) -> None:
    print(f"modelslab-mock diff: {sentence}", file=sys.stderr)
