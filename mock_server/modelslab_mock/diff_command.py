"""`modelslab-mock diff`: what a new version of OpenAPI documents breaks, and how much was compared."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
from collections.abc import Iterable, Mapping

from modelslab_contracts.accepted import AcceptedError, Entry, Spot, read_accepted, settle, spot_of
from modelslab_contracts.diff.compare import Outcome, compare
from modelslab_contracts.diff.promises import PROMISE_OF, PROMISES, counts
from modelslab_contracts.findings import Finding
from modelslab_contracts.nearest import did_you_mean
from modelslab_contracts.report import line

from .command_line import sorry
from .diff_inputs import InputError, couples, read_documents
from .diff_options import BARS
from .diff_report import Changes
from .report_option import ReportError, opened
from .wire.wall_clock import today


def run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Compare and report. 0 nothing at or above the bar, 1 findings, 2 usage or unreadable input."""
    for option, word, known in (("--fail-on", arguments.fail_on, BARS), ("--promise", arguments.promise, PROMISES)):
        if word not in known:
            return sorry(f"{option} {word!r} is not one of {', '.join(known)}{did_you_mean(word, known)}", "diff")
    with contextlib.ExitStack() as files:
        try:
            old, new = read_documents(arguments.old), read_documents(arguments.new)
            waivers = read_accepted(arguments.waivers, PROMISE_OF) if arguments.waivers else ()
            reports = opened(arguments.report, environment.get("GITHUB_STEP_SUMMARY", "")) or (("text", None),)
        except (AcceptedError, InputError, ReportError) as problem:
            return sorry(str(problem), "diff")
        for file in [each for _, each in reports if each is not None]:
            files.enter_context(file)
        for name in (*old.passed_over, *new.passed_over):
            _tell(f"{name} is no OpenAPI document; passed over")
        for odd in dict.fromkeys((*old.odd, *new.odd)):
            _tell(line(odd))
        told = _told(arguments, [compare(*couple) for couple in couples(old, new)], waivers)
        for form, stream in reports:
            print(told.in_form(form), end="", file=stream or sys.stdout, flush=True)
    if told.aside and all(form != "text" for form, _ in reports):
        _tell(told.aside)
    return _code(told.shown, arguments.fail_on)


def _told(arguments: argparse.Namespace, outcomes: list[Outcome], waivers: tuple[Entry, ...]) -> Changes:
    """The findings, sorted into those that count and those that do not."""
    found = [each for outcome in outcomes for each in outcome.findings]
    # Every rule is tried everywhere, so whatever an entry is about was looked at.
    looked = [Spot(rule, (entry.where,)) for entry in waivers for rule in PROMISE_OF]
    settled = settle(waivers, found, spot_of, looked, today())
    shown = [each for each in settled.counted if counts(each.rule, arguments.promise)]
    left_out = [each for each in settled.counted if not counts(each.rule, arguments.promise)]
    title = shlex.join(["diff", arguments.old, arguments.new])
    listed, accepted = [*shown, *settled.remarks], list(settled.accepted)
    return Changes(title, BARS[arguments.fail_on], listed, accepted, left_out, arguments.promise, outcomes)


def _code(shown: Iterable[Finding], bar: str) -> int:
    least = BARS[bar]
    return int(least is not None and any(each.severity >= least for each in shown))


def _tell(sentence: str) -> None:
    print(f"modelslab-mock diff: {sentence}", file=sys.stderr)
