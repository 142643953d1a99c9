"""The forms of a report that are text: lines, JSON, annotations of GitHub, Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..findings import Finding, Severity
from ..place import fingerprint, place_of
from .words import counted, line, one_line, told

#: What GitHub calls our severities.
_ANNOTATIONS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
#: Heads of the columns for what was expected and what came, by room.
_COLUMNS = {"diff": ("was", "became"), "sources": ("contract", "page")}
_PLAIN = ("must be", "got")
#: What means something in a line of Markdown: marks, tables, HTML, links in brackets and bare ones, numbers of issues, names.
_MARKS = re.compile(r"[\\`*_\[\]<>#|~$@&]|:(?=//)|(?<=www)\.")


def as_text(findings: Iterable[Finding]) -> str:
    """One line per finding, in the order given; "" for none."""
    return "".join(line(each) + "\n" for each in findings)


def as_value(finding: Finding) -> dict[str, str]:
    """One finding as a plain object, its severity first; of what stands in a file, also its fingerprint."""
    known = {"fingerprint": fingerprint(finding)} if place_of(finding) else {}
    return {"severity": finding.severity.label, **finding._asdict(), **known}


def as_json(findings: Iterable[Finding]) -> str:
    """A JSON list with one object per finding, in the order given."""
    import json  # not orjson: a file name may hold bytes that are no text, and those must be escaped

    return json.dumps([as_value(each) for each in findings], indent=2) + "\n"


def as_github(findings: Iterable[Finding]) -> str:
    """One workflow command per finding, which GitHub shows as an annotation; "" for none."""
    return "".join(_command(each) + "\n" for each in findings)


def _command(finding: Finding) -> str:
    place = place_of(finding)
    given = {"file": one_line(place.file), "line": str(place.line)} if place else {}
    listed = ",".join(f"{name}={_in_property(value)}" for name, value in {**given, "title": finding.rule}.items())
    return f"::{_ANNOTATIONS[finding.severity]} {listed}::{_in_command(told(finding))}"


def _in_command(text: str) -> str:
    """As the runner wants it: `%` first, then what would end the line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _in_property(text: str) -> str:
    return _in_command(text).replace(":", "%3A").replace(",", "%2C")


def as_markdown(findings: Iterable[Finding]) -> str:
    """A heading that counts, and a table with one row per finding."""
    listed = list(findings)
    lines = [f"### modelslab-mock: {counted(listed)}", ""]
    if listed:
        rooms = {each.rule.partition("/")[0] for each in listed}
        was, came = _COLUMNS.get(rooms.pop(), _PLAIN) if len(rooms) == 1 else _PLAIN
        lines += [f"| severity | where | {was} | {came} | rule | source and hint |", "|---|---|---|---|---|---|"]
    for each in listed:
        beside = "; ".join(part for part in (each.source, each.hint) if part)
        cells = (
            each.severity.label,
            _code(each.where),
            _plain(each.expected),
            _code(each.got),
            _code(each.rule),
            _plain(beside),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + ("\n" if listed else "")


def _code(text: str) -> str:
    """Literal text in a cell of a table."""
    text = one_line(text)
    if not text.strip() or re.search(r"[`\\|]", text):  # a fence could not hold it, or the table would be split in it
        return f"<code>{_plain(text)}</code>" if text else ""
    return f"`{text}`"


def _plain(text: str) -> str:
    """Plain text in a cell of a table, what is a mark written as a reference."""
    return _MARKS.sub(lambda found: f"&#{ord(found[0])};", one_line(text))
