"""A report on a server, for people: findings with their simplest requests, then what was verified, then what was not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from ...accepted import Entry
from ...findings import RULES
from ...report import line, one_line
from ..accepted_reports import accepted_text
from ..levels import setting
from .report import ServerFinding, ServerReport
from .visit import Step, Visit

#: Steps of a visit that a report shows.
_SEEN = 8
#: Other places of a finding that a report names.
_PLACES = 6


def as_text(report: ServerReport, again: Callable[[ServerFinding], str] | None = None) -> str:
    """The whole report. `again` says how to send a finding's request again."""
    parts = [_finding(each, again(each) if again else "") for each in report.findings]
    parts += [_accepted(each, entry) for each, entry in report.accepted]
    parts += map(_flaky, report.flaky)
    parts += [f"NOT JUDGED: {report.trouble}"] if report.trouble else []
    beside = [f"  stopped: {report.stopped}"] if report.stopped else []
    if report.left_out:
        beside.append(f"  left out: {_probes(report.left_out)} beyond the bound on pictures")
    if report.given_up:
        beside.append(f"  given up: {_given_up(report.given_up)}")
    beside += [f"  not verified: {rule}, because {why}" for rule, why in report.not_verified.items()]
    return "\n".join([*(f"{each}\n" for each in parts), summary(report), *beside, *map(line, report.remarks)])


def summary(report: ServerReport) -> str:
    """The whole of a report on one line."""
    count = len(report.findings)
    broken = f"{count} finding{'' if count == 1 else 's'}" + (f", {len(report.accepted)} accepted" if report.accepted else "")
    spent = f"{report.requests:,} requests, {report.pictures:,} pictures ordered"
    set_to = setting(report.level, report.profile, report.seed)
    told = f"{len(report.verified)} rules verified, by {_probes(report.sent)} ({set_to}; {spent})"
    return f"{report.contract}: {broken}, {told}"


def _probes(count: int) -> str:
    return f"{count:,} probe{'' if count == 1 else 's'}"


def _given_up(jobs: int) -> str:
    """So many jobs, and what was done about them."""
    if jobs == 1:
        return "1 job that had not ended after all its wait"
    return f"{jobs:,} jobs that had not ended: the first after all its wait, so the next ones sooner, or after one fetch"


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
        lines.append(f"  Also : {also(found)}")
    if reduced.beside:
        lines.append(f"  Beside it: {', '.join(each for each in reduced.beside if each in RULES)}")
    if not reduced.is_whole:
        lines.append("  The bound was reached before this was the simplest request.")
    if again:
        lines.append(f"  Again: {again}")
    return "\n".join(one_line(each) for each in lines)


def also(found: ServerFinding) -> str:
    """The other places that it stands for."""
    more = [f"{len(found.places) - _PLACES} more"] if len(found.places) > _PLACES else []
    return ", ".join([*found.places[:_PLACES], *more])


def _accepted(found: ServerFinding, entry: Entry) -> str:
    counted = f"{found.times} of {_probes(found.sent)}"
    return accepted_text(found.rule, counted, entry, f"  Sent : {sent(found.reduced.visit)}")


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


def seen_in(visit: Visit) -> Sequence[str]:
    """What was asked and answered, one line each."""
    lines = [f"{_name(each)} → {each.says}" for each in visit.steps]
    if len(lines) > _SEEN:
        lines[_SEEN - 2 : -1] = [f"… {len(lines) - _SEEN + 1} more"]
    return lines


def _seen(visit: Visit) -> list[str]:
    return [f"  {'Seen :' if index == 0 else '      '} {each}" for index, each in enumerate(seen_in(visit))]


_ROLES = {
    "again": " (again, after the end)",
    "other-key": " (with another key)",
    "unknown-id": " (an id that there is not)",
}


def _name(step: Step) -> str:
    path = step.exchange.path
    return f"{step.exchange.method} {path if len(path) <= 60 else path[:28] + '…' + path[-31:]}{_ROLES.get(step.role, '')}"
