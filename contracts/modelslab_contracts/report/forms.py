"""The forms of a report that are text: lines, JSON, annotations of GitHub, Markdown."""

from __future__ import annotations

import re

from ..accepted import Entry
from ..findings import Finding, Severity
from ..place import fingerprint, place_of
from .sheet import ACCEPTED, Row, Sheet, Told, sheet_of
from .words import one_line, row_line, row_told, sides

#: What GitHub calls our severities.
_ANNOTATIONS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
#: What means something in a line of Markdown: marks, tables, HTML, links in brackets and bare ones, numbers of issues, names.
_MARKS = re.compile(r"[\\`*_\[\]<>#|~$@&]|:(?=//)|(?<=www)\.")


def as_text(told: Told) -> str:
    """One line per finding, in the order given; "" for none."""
    return "".join(row_line(each) + "\n" for each in sheet_of(told).rows)


def as_value(finding: Finding) -> dict[str, str]:
    """One finding as a plain object, its severity first; of what stands in a file, also its fingerprint."""
    known = {"fingerprint": fingerprint(finding)} if place_of(finding) else {}
    return {"severity": finding.severity.label, **finding._asdict(), **known}


def as_json(told: Told) -> str:
    """A JSON list with one object per finding, in the order given; one that is accepted says why."""
    import json  # not orjson: a file name may hold bytes that are no text, and those must be escaped

    rows = sheet_of(told).rows
    values = [{**as_value(each.finding), **(_acceptance(each.accepted) if each.accepted else {})} for each in rows]
    return json.dumps(values, indent=2) + "\n"


def _acceptance(entry: Entry) -> dict[str, str]:
    return {ACCEPTED: entry.reason, "until": entry.until.isoformat() if entry.until else "", "entry": entry.at}


def as_github(told: Told) -> str:
    """One workflow command per finding, which GitHub shows as an annotation; "" for none."""
    sheet = sheet_of(told)
    return "".join(_command(each, sheet) + "\n" for each in sheet.rows)


def _command(row: Row, sheet: Sheet) -> str:
    place = sheet.place(row)
    given = {"file": one_line(place.path), "line": str(place.line)} if place else {}
    listed = ",".join(f"{name}={_in_property(value)}" for name, value in {**given, "title": row.finding.rule}.items())
    severity = Severity.NOTE if row.accepted else row.finding.severity
    return f"::{_ANNOTATIONS[severity]} {listed}::{_in_command(row_told(row))}"


def _in_command(text: str) -> str:
    """As the runner wants it: `%` first, then what would end the line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _in_property(text: str) -> str:
    return _in_command(text).replace(":", "%3A").replace(",", "%2C")


def as_markdown(told: Told) -> str:
    """A heading that counts, a table with one row per finding, and what there is to say beside them."""
    sheet = sheet_of(told)
    lines = [f"### modelslab-mock: {sheet.counts}", ""]
    if sheet.rows:
        found = {sides(each.finding.rule) for each in sheet.rows}
        was, came = found.pop() if len(found) == 1 else sides("")
        lines += [f"| severity | where | {was} | {came} | rule | source and hint |", "|---|---|---|---|---|---|"]
    for each in sheet.rows:
        finding = each.finding
        beside = "; ".join(
            part for part in (finding.source, finding.hint, each.accepted and f"accepted: {each.accepted.because}") if part
        )
        cells = (
            each.label,
            _code(finding.where),
            _plain(finding.expected),
            _code(finding.got),
            _code(finding.rule),
            _plain(beside),
        )
        lines.append(f"| {' | '.join(cells)} |")
    if sheet.sentences:
        lines += [*([""] if sheet.rows else []), *(f"- {_plain(each)}" for each in sheet.sentences)]
    return "\n".join(lines) + ("\n" if sheet.rows or sheet.sentences else "")


def _code(text: str) -> str:
    """Literal text in a cell of a table."""
    text = one_line(text)
    if not text.strip() or re.search(r"[`\\|]", text):  # a fence could not hold it, or the table would be split in it
        return f"<code>{_plain(text)}</code>" if text else ""
    return f"`{text}`"


def _plain(text: str) -> str:
    """Plain text in a cell of a table, what is a mark written as a reference."""
    return _MARKS.sub(lambda found: f"&#{ord(found[0])};", one_line(text))
