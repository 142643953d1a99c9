"""Reports on clients in the forms of every other report of the project."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..json_lines import exchange_as_value
from ..place import Place
from ..report import FORMATS, as_value
from ..story import as_sentence
from .client_report import ClientFinding, Report, as_text, is_broken
from .client_sheet import Again, sheet_of_reports
from .run import Run, came_to


def in_form(name: str, reports: Sequence[Report], again: Again, title: str = "", home: Place | None = None) -> str:
    """Reports in one of `report.FORMATS`, all in one text. `title` is the command, `home` where the client is."""
    if name == "text":
        return "\n".join(f"{as_text(each, again)}\n" for each in reports)
    if name == "json":
        return json.dumps([_value(each, again) for each in reports], indent=2) + "\n"
    return FORMATS[name](sheet_of_reports(reports, again, title, home))


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
        "flaky": [{**_found(each), "runs": [_run(each.rule, run) for run in each.reduced.again]} for each in report.flaky],
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


def _run(rule: str, run: Run) -> dict[str, Any]:
    """One run of a story that breaks a rule now and then: whether it did, and its journal."""
    return {
        "broken": is_broken(rule, run),
        "outcome": f"the client {came_to(run.outcome)}",
        "lasted": run.lasted,
        "journal": [exchange_as_value(each) for each in run.exchanges],
    }
