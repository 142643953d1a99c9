"""Findings as people and programs read them. Nothing else prints a finding.

A finding becomes one line, always: what a client sent may hold line breaks and terminal codes, and neither reaches a
log or a screen.
"""

from __future__ import annotations

from collections.abc import Iterable

from .findings import Finding


def line(finding: Finding) -> str:
    """One finding as one line: severity, rule, where, what must be, what came, and who says so."""
    beside = "; ".join(each for each in (finding.source, finding.hint) if each)
    says = f"{finding.where or '(root)'}: must be {finding.expected}, got {finding.got}"
    return _one_line(f"{finding.severity.label} {finding.rule}  {says}" + (f" ({beside})" if beside else ""))


def as_text(findings: Iterable[Finding]) -> str:
    """One line per finding, in the order given; "" for none."""
    return "".join(line(each) + "\n" for each in findings)


def as_json(findings: Iterable[Finding]) -> str:
    """A JSON list with one object per finding, in the order given."""
    import json  # not orjson: a file name may hold bytes that are no text, and those must be escaped

    return json.dumps([{"severity": each.severity.label, **each._asdict()} for each in findings], indent=2) + "\n"


def _one_line(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
