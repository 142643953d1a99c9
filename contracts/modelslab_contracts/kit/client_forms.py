"""Reports on clients in the forms of every other report of the project."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..findings import Finding
from ..report import FORMATS, as_value
from ..story import as_sentence
from .client_report import ClientFinding, Report, as_text

#: Says how to play the story of a finding again.
Again = Callable[[ClientFinding], str]


def in_form(name: str, reports: Sequence[Report], again: Again) -> str:
    """Reports in one of `report.FORMATS`, all in one text."""
    if name == "text":
        return "\n".join(f"{as_text(each, again)}\n" for each in reports)
    if name == "json":
        return json.dumps([_value(each, again) for each in reports], indent=2) + "\n"
    return FORMATS[name]([as_finding(found, again) for each in reports for found in each.findings])


def as_finding(found: ClientFinding, again: Again) -> Finding:
    """A client's finding as a plain one: where it was seen comes first, and its story is the hint."""
    story = as_sentence(found.reduced.run.story)
    hint = f"in {found.stories} of {found.played} stories, the simplest: {story}; again: {again(found)}"
    return found.finding._replace(where=f"{found.place}: {found.finding.where}", hint=hint)


def _value(report: Report, again: Again) -> Mapping[str, Any]:
    return {
        "endpoint": report.endpoint,
        "profile": report.profile,
        "level": report.level,
        "seed": report.seed,
        "stories": report.played,
        "exit_code": report.exit_code,
        "findings": [{**_found(each), "again": again(each)} for each in report.findings],
        "accepted": [
            {
                **_found(each),
                "reason": entry.reason,
                "until": entry.until and entry.until.isoformat(),
                "entry": entry.at,
                "again": again(each),
            }
            for each, entry in report.accepted
        ],
        "remarks": [as_value(each) for each in report.remarks],
        "flaky": [_found(each) for each in report.flaky],
        "verified": list(report.verified),
        "not_verified": dict(report.not_verified),
        "trouble": dict(report.trouble),
    }


def _found(found: ClientFinding) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "level": found.level,
        "sentence": found.row.sentence,
        "why": found.row.basis,
        "stories": found.stories,
        "story": as_sentence(found.reduced.run.story),
        "cause": found.reduced.cause,
        "also_broken": list(found.reduced.beside),
        "finding": as_value(found.finding),
        "replay": found.replay,
    }
