"""Reports on recordings, for people and in the forms of every other report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..findings import Finding
from ..report import FORMATS, Item, Row, Sheet, as_value, one_line
from .check_trace import TraceFinding, TraceReport
from .levels import setting, severity_of

#: Exchanges of no contract that are named.
_NAMED = 3


def in_form(name: str, reports: Sequence[TraceReport]) -> str:
    """Reports in one of `report.FORMATS`, all in one text."""
    if name == "text":
        return "\n".join(f"{as_text(each)}\n" for each in reports)
    if name == "json":
        return json.dumps([_value(each) for each in reports], indent=2) + "\n"
    return FORMATS[name](_sheet(reports))


def _sheet(reports: Sequence[TraceReport]) -> Sheet:
    """The reports as every form of a report is made of one."""
    broken = len({found.finding.rule for each in reports for found in each.findings})
    found = [
        finding for each in reports for finding in [*(as_finding(found, each) for found in each.findings), *_silence(each)]
    ]
    calls = any(each.calls for each in reports)
    kept = "Everything that could be judged is as the contracts say" if calls else "Nothing was verified"
    return Sheet(
        rows=tuple(map(Row, found)),
        title=" ".join(["check-trace", *(each.name for each in reports)]),
        head=f"{'1 rule is' if broken == 1 else f'{broken} rules are'} broken" if broken else kept,
        sentences=tuple(map(_head, reports)),
        verified=tuple(Item(rule, each.name) for each in reports if each.calls for rule in each.verified),
        unverified=tuple(
            Item(rule, each.name, why) for each in reports if each.calls for rule, why in each.not_verified.items()
        ),
        bar=severity_of(reports[0].level),
    )


def _silence(report: TraceReport) -> Iterator[Finding]:
    if not report.calls:
        wanted, why = "a recording with calls of a contract", _head(report).removeprefix(f"{report.name}: ")
        yield Finding("check/nothing-verified", report.name, wanted, "none", "", why)


def as_finding(found: TraceFinding, report: TraceReport) -> Finding:
    """A finding of a recording as a plain one: the exchange comes first."""
    where = f"{report.name} {_call(found)}: {found.finding.where or '(root)'}"
    times = f"{found.times} times in this recording" if found.times > 1 else ""
    return found.finding._replace(where=where, hint="; ".join(each for each in (found.finding.hint, times) if each))


def as_text(report: TraceReport) -> str:
    """A report for people: every finding, then what was verified, then what was not."""
    parts = [f"{_finding(each)}\n" for each in report.findings]
    unmet = report.not_verified if report.calls else {}
    missing = [f"  not verified: {rule}, because {why}" for rule, why in unmet.items()]
    return "\n".join([*parts, one_line(_head(report)), *missing])


def _head(report: TraceReport) -> str:
    broken = len({each.finding.rule for each in report.findings})
    rules = "1 rule broken" if broken == 1 else f"{broken} rules broken"
    was_told = setting(report.level, report.profile)
    count = sum(report.calls.values())
    calls = ", ".join(f"{count} of {name}" for name, count in report.calls.items())
    if not calls:
        return f"{report.name}: nothing verified, no exchange is a call of a contract{_strays(report)}"
    told = f"{count} {'call' if count == 1 else 'calls'} on {report.jobs} {'job' if report.jobs == 1 else 'jobs'}"
    return f"{report.name}: {rules}, {len(report.verified)} verified, in {told} ({was_told}): {calls}{_strays(report)}"


def _strays(report: TraceReport) -> str:
    if not report.strays:
        return ""
    some = list(dict.fromkeys(f"{each.method} {each.path[:60]}" for each in report.strays))
    more = ", …" if len(some) > _NAMED else ""
    return f"; {len(report.strays)} of none ({', '.join(some[:_NAMED])}{more})"


def _finding(found: TraceFinding) -> str:
    finding = found.finding
    lines = [
        f"{found.level.upper()}  {finding.rule}  ({'once' if found.times == 1 else f'{found.times} times'})",
        f"  {found.sentence}",
        f"  Seen : {_call(found)}",
        f"  Want : {finding.where or '(root)'} must be {finding.expected}; got {finding.got}",
        f"  Why  : {finding.source}",
        *([f"  Hint : {finding.hint}"] if finding.hint else []),
    ]
    return "\n".join(map(one_line, lines))


def _call(found: TraceFinding) -> str:
    exchange = found.said.exchange
    word = found.said.answered.word or exchange.answer
    return f"#{exchange.n} {exchange.method} {exchange.path} → {exchange.status or 'no reply'}{f' {word}' if word else ''}"


def _value(report: TraceReport) -> Mapping[str, Any]:
    return {
        "file": report.name,
        "profile": report.profile,
        "level": report.level,
        "exit_code": report.exit_code,
        "calls": dict(report.calls),
        "jobs": report.jobs,
        "of_no_contract": len(report.strays),
        "findings": [
            {
                "level": each.level,
                "sentence": each.sentence,
                "times": each.times,
                "n": each.said.exchange.n,
                "endpoint": each.said.endpoint.name,
                "finding": as_value(each.finding),
            }
            for each in report.findings
        ],
        "verified": list(report.verified),
        "not_verified": dict(report.not_verified),
    }
