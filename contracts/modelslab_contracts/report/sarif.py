"""Findings as SARIF 2.1.0, the form of code scanning: one run, a row for each rule, a result for each finding.

Fields: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ sections 3.14 (run), 3.27 (result), 3.49 (rule). Code scanning wants a
file for each result, so what has none of its own stands at the place of what was checked.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ..findings import RULES
from ..place import Place, fingerprint, place_of
from .sheet import Row, Sheet, Told, sheet_of
from .words import row_told

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: Where files are looked for: the root of whoever uploads it.
_ROOT = "%SRCROOT%"


def log(told: Told) -> str:
    """One log with one run, findings in the order given."""
    sheet = sheet_of(told)
    rules = [*dict.fromkeys(each.finding.rule for each in sheet.rows)]
    seen = Counter[str]()
    results = []
    for row in sheet.rows:
        known = fingerprint(row.finding)
        seen[known] += 1
        results.append(_result(row, sheet, rules.index(row.finding.rule), f"{known}:{seen[known]}"))
    driver = {"name": "modelslab-mock", "rules": [*map(_rule, rules)]}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"{sheet.title}/"},
        "invocations": [{"executionSuccessful": not any(each.startswith("check/") for each in rules)}],
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(id_: str) -> dict[str, Any]:
    rule = RULES[id_]
    return {
        "id": id_,
        "name": "".join(each.capitalize() for each in id_.replace("/", "-").split("-")),
        "shortDescription": {"text": rule.sentence},
        "help": {"text": f"{rule.sentence} All rules are in docs/words-and-rules.md of modelslab-mock."},
        "defaultConfiguration": {"level": rule.severity.label},
    }


def _result(row: Row, sheet: Sheet, index: int, known: str) -> dict[str, Any]:
    finding = row.finding
    place = sheet.place(row)
    location: dict[str, Any] = {"physicalLocation": _physical(place)} if place else {}
    own = place_of(finding)
    if named := own.within if own else finding.where:
        location["logicalLocations"] = [{"fullyQualifiedName": named}]
    told: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity.label,
        "message": {"text": row_told(row)},
        "locations": [location] if location else [],
        "partialFingerprints": {"primaryLocationLineHash": known},
    }
    if row.accepted:
        told["suppressions"] = [{"kind": "external", "status": "accepted", "justification": row.accepted.because}]
    return told


def _physical(place: Place) -> dict[str, Any]:
    path = PurePath(place.path)
    if path.is_absolute():
        held: dict[str, Any] = {"uri": path.as_uri()}
    else:
        held = {"uri": quote(path.as_posix(), errors="surrogateescape"), "uriBaseId": _ROOT}
    return {"artifactLocation": held, "region": {"startLine": max(1, place.line)}}
