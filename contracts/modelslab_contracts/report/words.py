"""A finding in words, on one line. Nothing outside this room words one.

What a client sent may hold line breaks and terminal codes; neither reaches a log or a screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..findings import Finding, Severity
from .sheet import Row

#: Notes of one kind on one request are folded into one line.
_FOLDED = {
    "request/text-read-as-number": "sent as text, read as numbers",
    "request/flag-respelled": "in another spelling than the page's, read as flags",
    "request/null-read-as-absent": "null where the page has no null, read as absent",
}
_PRINTABLE = bytes(range(0x20, 0x7F))
#: What was expected and what came, by room.
_SIDES = {"diff": ("was", "became"), "sources": ("contract", "page")}
_PLAIN = ("must be", "got")
#: What a finding without a pointer is about, apart from the body.
_SUBJECTS = {
    "route/unknown-path": "the path",
    "route/wrong-method": "the method",
    "route/wrong-scheme": "the connection",
    "route/unknown-job": "the id",
    "route/not-recorded": "the request",
}


def line(finding: Finding) -> str:
    """One finding as one line: severity, rule, where, what must be, what came, and who says so."""
    return one_line(f"{finding.severity.label} {finding.rule}  {told(finding)}")


def row_line(row: Row) -> str:
    """The same of a row of a report: what somebody lives with says so, why, and where that is written."""
    return one_line(f"{row.label} {row.finding.rule}  {row_told(row)}")


def row_told(row: Row) -> str:
    """A row for a place that shows severity and rule by itself."""
    return told(row.finding) + (one_line(f"; because: {row.accepted.because}") if row.accepted else "")


def sides(rule: str) -> tuple[str, str]:
    """What is on either side of a disagreement."""
    return _SIDES.get(rule.partition("/")[0], _PLAIN)


def told(finding: Finding) -> str:
    """One finding as one line for a place that shows severity and rule by itself."""
    return one_line(f"{finding.where or '(root)'}: {_says(finding)}{_beside(finding)}")


def brief(finding: Finding) -> str:
    """One finding as a clause of a sentence, without its rule and source: what must be, what came, a hint."""
    subject = (
        f"{finding.where}:"
        if finding.rule.startswith(("diff/", "sources/"))
        else finding.where or _SUBJECTS.get(finding.rule, "the body")
    )
    return one_line(f"{subject} {_says(finding)}" + (f"; {finding.hint}" if finding.hint else ""))


def explanation(finding: Finding) -> tuple[str, str]:
    """One finding as two lines for a person: what is wrong and what to do about it; then the rule and who says so."""
    return brief(finding), one_line(f"{finding.rule}; {finding.source}")


def notes(findings: Iterable[Finding]) -> Iterator[str]:
    """The lines below an exchange in the log: its problems one by one, notes of one kind folded into one line.

    A problem without a pointer is left out: it is the reason of the exchange itself.
    """
    folded: dict[str, list[str]] = {}
    for each in findings:
        name = each.where[1:]
        if each.severity >= Severity.ERROR:
            if each.where:
                yield one_line(f"error {each.rule}  {each.where} {_says(each)}{_beside(each)}")
        elif each.rule in _FOLDED:
            folded.setdefault(each.rule, []).append(name)
        elif each.rule == "request/unknown-field":
            yield one_line(f"note  {name}: not on the page, ignored" + (f"; {each.hint}" if each.hint else ""))
        else:
            yield one_line(f"note  {each.rule}  {each.where} {each.got}: the page says {each.expected}{_beside(each)}")
    for rule, names in folded.items():
        yield one_line(f"note  {', '.join(names)}: {_FOLDED[rule]} (refused under strict)")


def one_line(text: str) -> str:
    """`text` on one line, with control characters escaped: what a client sends never steers a terminal."""
    # Nearly every text is ASCII, and its bytes say in a quarter of the time what its characters do.
    if not text.encode().translate(None, _PRINTABLE) if text.isascii() else text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _says(finding: Finding) -> str:
    if _is_change(finding):
        return f"{finding.expected} became {finding.got}" if finding.expected else finding.got
    if finding.rule.startswith("sources/"):
        return f"{finding.expected} in the contract, {finding.got} on the page" if finding.expected else finding.got
    return f"must be {finding.expected}, got {finding.got}"


def _is_change(finding: Finding) -> bool:
    """Whether a finding is of two versions, so that nothing must be, but something became."""
    return finding.rule.startswith("diff/")


def _beside(finding: Finding) -> str:
    beside = "; ".join(each for each in (finding.source, finding.hint) if each)
    return f" ({beside})" if beside else ""
