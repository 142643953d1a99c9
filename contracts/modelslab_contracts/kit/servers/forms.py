"""Reports on servers in the forms of every other report of the project."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...findings import Finding
from ...report import FORMATS, as_value
from ..levels import place_name
from .report import ServerFinding, ServerReport, as_text, sent

#: Says how to send the request of a finding again.
Again = Callable[[ServerFinding], str]


def in_form(name: str, reports: Sequence[ServerReport], again: Again) -> str:
    """Reports in one of `report.FORMATS`, all in one text."""
    if name == "text":
        return "\n".join(f"{as_text(each, again)}\n" for each in reports)
    if name == "json":
        return json.dumps([_value(each, again) for each in reports], indent=2) + "\n"
    return FORMATS[name]([as_finding(found, again) for each in reports for found in each.findings])


def as_finding(found: ServerFinding, again: Again) -> Finding:
    """A server's finding as a plain one: its contract comes first, and its simplest request is the hint."""
    visit = found.reduced.visit
    where = place_name(visit.endpoint.name, visit.profile)
    hint = f"in {found.times} of {found.sent} probes, the simplest: {sent(visit)}; again: {again(found)}"
    return found.finding._replace(where=f"{where}: {found.finding.where or '(root)'}", hint=hint)


def _value(report: ServerReport, again: Again) -> Mapping[str, Any]:
    return {
        "url": report.url,
        "contract": report.contract,
        "profile": report.profile,
        "level": report.level,
        "seed": report.seed,
        "probes": report.sent,
        "requests": report.requests,
        "pictures": report.pictures,
        "exit_code": report.exit_code,
        "findings": [{**_found(each), "again": again(each)} for each in report.findings],
        "flaky": [_found(each) for each in report.flaky],
        "verified": list(report.verified),
        "not_verified": dict(report.not_verified),
        "left_out": report.left_out,
        "stopped": report.stopped,
        "trouble": report.trouble,
    }


def _found(found: ServerFinding) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "level": found.level,
        "sentence": found.row.sentence,
        "why": found.finding.source,
        "probes": found.times,
        "sent": sent(found.reduced.visit),
        "also_at": list(found.places),
        "also_broken": list(found.reduced.beside),
        "finding": as_value(found.finding),
        "replay": found.replay,
    }
