"""What came of checking a server: findings, what was verified and what was not, as a value and as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...findings import RULES, Finding
from ...report import one_line
from ..levels import setting, within
from ..server_rule import ServerRule
from .reduce import Reduced
from .rules import DrivenRule, all_rules
from .visit import Step, Visit

#: The words of a replay.
REPLAY = ("edition", "rule", "contract", "profile", "kind", "about", "spelling", "number", "request")
#: Steps of a visit that a report shows.
_SEEN = 8
#: Other places of a finding that a report names.
_PLACES = 6


@dataclass(frozen=True, slots=True)
class ServerFinding:
    """One root cause: a rule that a server breaks, in how many of the probes sent, the simplest of them, and which other
    places it stands for.
    """

    rule: str
    times: int
    sent: int
    reduced: Reduced
    places: tuple[str, ...] = ()

    @property
    def row(self) -> ServerRule | DrivenRule:
        """The rule's row."""
        return all_rules()[self.rule]

    @property
    def level(self) -> str:
        """must, should or may."""
        return self.row.level

    @property
    def finding(self) -> Finding:
        """The disagreement in the simplest visit, as every other finding of the project."""
        return self.reduced.finding

    @property
    def replay(self) -> dict[str, Any]:
        """Everything that sends the simplest probe again, as JSON. The key is no part of it."""
        visit = self.reduced.visit
        probe, asked = visit.probe, visit.probe.asked
        told = (1, self.rule, visit.endpoint.name, visit.profile, asked.kind, [*asked.about], probe.spelling, probe.number)
        return dict(zip(REPLAY, (*told, dict(asked.request)), strict=True))


@dataclass(frozen=True, slots=True)
class ServerReport:
    """The outcome of a check of one contract. `exercised` counts, by rule, the probes in which it could be judged; a rule
    without any is not verified. `trouble` is why the check could not go on; `stopped` that a bound was reached; `left_out`
    counts probes that would have gone beyond the bound on pictures; `flaky` are findings that did not come back. `seed` is
    None for a replay.
    """

    url: str
    contract: str
    level: str
    sent: int
    findings: tuple[ServerFinding, ...]
    exercised: Mapping[str, int]
    outcomes: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    pictures: int = 0
    flaky: tuple[ServerFinding, ...] = ()
    trouble: str = ""
    stopped: str = ""
    left_out: int = 0
    profile: str = "documented"
    seed: int | None = None

    @property
    def verified(self) -> tuple[str, ...]:
        """Rules at or above the level that were exercised and never broken."""
        broken = {each.rule for each in (*self.findings, *self.flaky)}
        return tuple(each.id for each in self._rules() if self.exercised.get(each.id) and each.id not in broken)

    @property
    def not_verified(self) -> Mapping[str, str]:
        """Rules at or above the level that no probe exercised, each with the reason."""
        return {
            each.id: f"of no probe was it true that {each.guard}" for each in self._rules() if not self.exercised.get(each.id)
        }

    @property
    def ok(self) -> bool:
        """Whether rules were verified, none was broken, and nothing stood in the way of judging."""
        return bool(self.verified) and not self.findings and not self.trouble

    @property
    def exit_code(self) -> int:
        """0 fine; 1 findings; 3 it could not be judged; 5 nothing verified."""
        if self.findings:
            return 1
        return 3 if self.trouble else 0 if self.verified else 5

    def raise_for_findings(self) -> None:
        """Raise ServerBroken with the whole report as text when the server breaks a rule or could not be judged."""
        if not self.ok:
            raise ServerBroken(self)

    def __str__(self) -> str:
        return as_text(self)

    def _rules(self) -> list[ServerRule | DrivenRule]:
        return [each for each in all_rules().values() if within(each.level, self.level)]


class ServerBroken(AssertionError):
    """A server breaks rules; the report is its text."""

    def __init__(self, report: ServerReport) -> None:
        super().__init__(f"\n{report}")
        self.report = report


def as_text(report: ServerReport, again: Callable[[ServerFinding], str] | None = None) -> str:
    """The report for people: every finding with its simplest request, then what was verified, then what was not. `again` says
    how to send a finding's request again.
    """
    parts = [_finding(each, again(each) if again else "") for each in report.findings]
    parts += map(_flaky, report.flaky)
    parts += [f"NOT JUDGED: {report.trouble}"] if report.trouble else []
    count = len(report.findings)
    broken = f"{count} finding{'' if count == 1 else 's'}"
    verified = f"{len(report.verified)} rules verified, by {_probes(report.sent)}"
    spent = f"{report.requests:,} requests, {report.pictures:,} pictures ordered"
    told = setting(report.level, report.profile, report.seed)
    head = f"{report.contract}: {broken}, {verified} ({told}; {spent})"
    beside = [f"  stopped: {report.stopped}"] if report.stopped else []
    if report.left_out:
        beside.append(f"  left out: {_probes(report.left_out)} beyond the bound on pictures")
    beside += [f"  not verified: {rule}, because {why}" for rule, why in report.not_verified.items()]
    return "\n".join([*(f"{each}\n" for each in parts), head, *beside])


def _probes(count: int) -> str:
    return f"{count:,} probe{'' if count == 1 else 's'}"


def _finding(found: ServerFinding, again: str) -> str:
    reduced, row = found.reduced, found.row
    visit, finding = reduced.visit, reduced.finding
    lines = [
        f"{found.level.upper()}  {found.rule}  ({found.times} of {_probes(found.sent)})",
        f"  {row.sentence}",
        f"  Sent : {sent(visit)}",
        *_seen(visit),
        f"  Want : {finding.where or '(root)'} must be {finding.expected}; got {finding.got}",
        f"  Why  : {finding.source or row.basis}",
    ]
    if found.places:
        more = [f"{len(found.places) - _PLACES} more"] if len(found.places) > _PLACES else []
        lines.append(f"  Also : {', '.join([*found.places[:_PLACES], *more])}")
    if reduced.beside:
        lines.append(f"  Beside it: {', '.join(each for each in reduced.beside if each in RULES)}")
    if not reduced.is_whole:
        lines.append("  The bound was reached before this was the simplest request.")
    if again:
        lines.append(f"  Again: {again}")
    return "\n".join(one_line(each) for each in lines)


def _flaky(found: ServerFinding) -> str:
    lines = [
        f"FLAKY  {found.rule}  (broken once, and kept when the same was sent again: no finding)",
        f"  Sent : {sent(found.reduced.visit)}",
        *_seen(found.reduced.visit),
    ]
    return "\n".join(map(one_line, lines))


def sent(visit: Visit) -> str:
    """The order as a person would tell it."""
    body = visit.submit.exchange.request_body.decode("utf-8", "replace")
    try:
        told = json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        told = body or "no body"
    told = f"POST {visit.endpoint.submit.path} {told}"
    return told if len(told) <= 400 else told[:399] + "…"


def _seen(visit: Visit) -> list[str]:
    """What was asked and answered, one line each."""
    lines = [f"{_name(each)} → {each.says}" for each in visit.steps]
    if len(lines) > _SEEN:
        lines[_SEEN - 2 : -1] = [f"… {len(lines) - _SEEN + 1} more"]
    return [f"  {'Seen :' if index == 0 else '      '} {each}" for index, each in enumerate(lines)]


_ROLES = {
    "again": " (again, after the end)",
    "other-key": " (with another key)",
    "unknown-id": " (an id that there is not)",
}


def _name(step: Step) -> str:
    path = step.exchange.path
    return f"{step.exchange.method} {path if len(path) <= 60 else path[:28] + '…' + path[-31:]}{_ROLES.get(step.role, '')}"
