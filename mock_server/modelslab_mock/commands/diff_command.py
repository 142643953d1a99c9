"""`modelslab-mock diff`: what a new version of OpenAPI documents breaks, and how much was compared."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from modelslab_contracts.accepted import AcceptedError, Entry, Spot, read_accepted, settle, spot_of
from modelslab_contracts.diff.compare import Outcome, compare
from modelslab_contracts.diff.promises import PROMISE_OF, PROMISES, counts
from modelslab_contracts.findings import Finding, Severity
from modelslab_contracts.recordings.reading import RecordingError, read_recording
from modelslab_contracts.report import line
from modelslab_contracts.usage.outcome import Usage, usage_of

from ..wire.wall_clock import today
from .checked import write
from .command_line import sorry, tell
from .diff_inputs import InputError, couples, read_documents
from .diff_options import BARS, TOUCHED
from .diff_report import Changes
from .option_values import OptionsError, known
from .report_option import opened


def run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Compare and report. 0 nothing at or above the bar, 1 findings, 2 usage or unreadable input, 3 not judged."""
    with contextlib.ExitStack() as files:
        try:
            _check_words(arguments)
            old, new = read_documents(arguments.old), read_documents(arguments.new)
            waivers = read_accepted(arguments.waivers, PROMISE_OF) if arguments.waivers else ()
            recorded = [(str(each), read_recording(each).exchanges) for each in arguments.usage]
            reports = opened(arguments.report, environment.get("GITHUB_STEP_SUMMARY", "")) or (("text", None),)
        except (AcceptedError, InputError, OptionsError, RecordingError) as problem:
            return sorry(str(problem), "diff")
        for file in [each for _, each in reports if each is not None]:
            files.enter_context(file)
        for name in (*old.passed_over, *new.passed_over):
            tell(f"{name} is no OpenAPI document; passed over", "diff")
        for odd in dict.fromkeys((*old.odd, *new.odd)):
            tell(line(odd), "diff")
        pairs = list(couples(old, new))
        try:
            outcomes = [compare(*couple) for couple in pairs]
            usage = usage_of(recorded, pairs) if recorded else None
        except ImportError as problem:
            return sorry(f"nothing can be proved: {problem}; install modelslab-mock with all that it needs", "diff", 3)
        told = _told(arguments, outcomes, waivers, usage)
        try:
            write(reports, told.in_form)
        except OptionsError as problem:
            return sorry(str(problem), "diff")
    if told.aside and all(form != "text" for form, _ in reports):
        tell(told.aside, "diff")
    return _code([each for each in told.shown if each not in told.untouched], arguments.fail_on)


def _check_words(arguments: argparse.Namespace) -> None:
    """Raise OptionsError for a word that is none."""
    known("--fail-on", arguments.fail_on, (*BARS, TOUCHED))
    known("--promise", arguments.promise, PROMISES)
    if arguments.fail_on == TOUCHED and not arguments.usage:
        raise OptionsError(f"--fail-on {TOUCHED} needs --usage FILE, a recording that tells what is touched")


def _told(arguments: argparse.Namespace, outcomes: list[Outcome], waivers: tuple[Entry, ...], usage: Usage | None) -> Changes:
    """The findings, sorted into those that count and those that do not."""
    found = [each for outcome in outcomes for each in outcome.findings]
    touched = set(found)
    if usage is not None:
        marked = [usage.marked(each, more) for outcome in outcomes for each, more in outcome.elsewhere.items()]
        met = list(usage.findings())
        found = [*(each for each, _ in marked), *met]
        touched = {*(each for each, is_touched in marked if is_touched), *met}
    # Every rule is tried everywhere, so whatever an entry is about was looked at.
    looked = [Spot(rule, (entry.where,)) for entry in waivers for rule in PROMISE_OF]
    settled = settle(waivers, found, spot_of, looked, today())
    shown = [each for each in settled.counted if counts(each.rule, arguments.promise)]
    left_out = [each for each in settled.counted if not counts(each.rule, arguments.promise)]
    told = Changes(
        title=f"diff {arguments.old} {arguments.new}",
        bar=_least(arguments.fail_on),
        shown=[*shown, *settled.remarks],
        accepted=list(settled.accepted),
        left_out=left_out,
        promise=arguments.promise,
        outcomes=outcomes,
    )
    if usage is None:
        return told
    untouched = frozenset(found) - touched if arguments.fail_on == TOUCHED else frozenset()
    return replace(told, usage=usage.summary, untouched=untouched)


def _least(bar: str) -> Severity | None:
    """The least severity that fails; None where nothing does."""
    return Severity.ERROR if bar == TOUCHED else BARS[bar]


def _code(shown: Iterable[Finding], bar: str) -> int:
    least = _least(bar)
    return int(least is not None and any(each.severity >= least for each in shown))
