"""Reports on servers as the sheet that every form of a report is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ...accepted import Entry
from ...findings import Finding
from ...report import Fact, Item, Row, Sheet
from ..levels import place_name, severity_of
from ..sheet_rows import nothing_verified
from .report import ServerFinding, ServerReport
from .telling import also, seen_in, sent, summary

#: Says how to send the request of a finding again.
Again = Callable[[ServerFinding], str]


def sheet_of_reports(reports: Sequence[ServerReport], again: Again, title: str) -> Sheet:
    """Everything that the reports tell."""
    return Sheet(
        rows=tuple(row for each in reports for row in _rows(each, again)),
        title=title or "check-server",
        head=_head(reports),
        sentences=tuple(map(summary, reports)),
        verified=tuple(Item(rule, _place(each)) for each in reports for rule in each.verified),
        unverified=tuple(Item(rule, _place(each), why) for each in reports for rule, why in each.not_verified.items()),
        flaky=tuple(_row(found, again) for each in reports for found in each.flaky),
        bar=severity_of(reports[0].level) if reports else None,
    )


def _head(reports: Sequence[ServerReport]) -> str:
    """What came of it, as half a sentence."""
    found, known = (sum(len(getattr(each, which)) for each in reports) for which in ("findings", "accepted"))
    kept = {rule for each in reports for rule in each.verified}
    if found:
        more = f", and {known} more that somebody accepts" if known else ""
        return f"{found} finding{'' if found == 1 else 's'} about the server{more}"
    if any(each.trouble for each in reports):
        return "The server could not be judged"
    if known:
        return f"Nothing about the server that nobody accepts; it keeps {len(kept)} rules"
    return f"The server keeps {len(kept)} rules" if kept else "Nothing was verified"


def _place(report: ServerReport) -> str:
    return place_name(report.contract, report.profile)


def _rows(report: ServerReport, again: Again) -> Iterator[Row]:
    for found in report.findings:
        yield _row(found, again)
    for found, entry in report.accepted:
        yield _row(found, again, entry)
    if report.trouble:
        got = f"judged by {report.sent} of them"
        yield Row(Finding("check/not-judged", _place(report), "judged by every probe", got, "", report.trouble))
    elif report.exit_code == 5:  # that of design: nothing verified
        yield nothing_verified(_place(report), report.not_verified)
    yield from map(Row, report.remarks)


def _row(found: ServerFinding, again: Again, accepted: Entry | None = None) -> Row:
    visit = found.reduced.visit
    before = (
        Fact("Found in", f"{found.times} of {found.sent} probes"),
        Fact("Sent", sent(visit), is_literal=True),
        Fact("Seen", tuple(seen_in(visit))),
    )
    after = (
        Fact("Also", also(found)),
        Fact("Beside it", ", ".join(found.reduced.beside), is_literal=True),
        Fact("Send it again", again(found), is_literal=True),
    )
    return Row(as_finding(found, again), accepted, before, after)


def as_finding(found: ServerFinding, again: Again) -> Finding:
    """A server's finding as a plain one: its contract comes first, and its simplest request is the hint."""
    hint = f"in {found.times} of {found.sent} probes, the simplest: {sent(found.reduced.visit)}; again: {again(found)}"
    return found.finding._replace(where=found.exact_place, hint=hint)
