"""Reports on servers in the forms of every other report of the project."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...report import FORMATS, as_value
from .report import ServerFinding, ServerReport
from .sheet import Again, sheet_of_reports
from .telling import as_text, sent


def in_form(name: str, reports: Sequence[ServerReport], again: Again, title: str = "") -> str:
    """Reports in one of `report.FORMATS`, all in one text. `title` is the command."""
    if name == "text":
        return "\n".join(f"{as_text(each, again)}\n" for each in reports)
    if name == "json":
        return json.dumps([_value(each, again) for each in reports], indent=2) + "\n"
    return FORMATS[name](sheet_of_reports(reports, again, title))


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
        "accepted": [
            {**_found(each), "reason": entry.reason, "until": entry.until and entry.until.isoformat(), "entry": entry.at}
            for each, entry in report.accepted
        ],
        "remarks": [as_value(each) for each in report.remarks],
        "flaky": [_found(each) for each in report.flaky],
        "verified": list(report.verified),
        "not_verified": dict(report.not_verified),
        "left_out": report.left_out,
        "given_up": report.given_up,
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
