"""Reports on clients as the sheet that every form of a report is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..accepted import Entry
from ..findings import Finding
from ..place import Place
from ..report import Fact, Item, Row, Sheet
from ..story import as_sentence
from .client_report import ClientFinding, Report, asked_of, is_broken, seen_in, summary
from .levels import place_name, severity_of
from .run import Run
from .sheet_rows import nothing_verified

#: Says how to play the story of a finding again.
Again = Callable[[ClientFinding], str]


def sheet_of_reports(reports: Sequence[Report], again: Again, title: str, home: Place | None) -> Sheet:
    """Everything that the reports tell."""
    return Sheet(
        rows=tuple(row for each in reports for row in _rows(each, again)),
        title=title or "check-client",
        head=_head(reports),
        sentences=tuple(map(summary, reports)),
        verified=tuple(Item(rule, _place(each)) for each in reports for rule in each.verified),
        unverified=tuple(Item(rule, _place(each), why) for each in reports for rule, why in each.not_verified.items()),
        flaky=tuple(_flaky(found, again) for each in reports for found in each.flaky),
        home=home,
        bar=severity_of(reports[0].level),
    )


def _head(reports: Sequence[Report]) -> str:
    """What came of it, as half a sentence."""
    broken = {found.rule for each in reports for found in each.findings}
    known = {found.rule for each in reports for found, _ in each.accepted} - broken
    kept = {rule for each in reports for rule in each.verified}
    if broken:
        more = f", and {len(known)} more that somebody accepts" if known else ""
        return f"The client breaks {_rules(len(broken))}{more}"
    if any(each.trouble for each in reports):
        return "The client could not be judged"
    if known:
        return f"The client breaks {_rules(len(known))}, which somebody accepts, and keeps {_rules(len(kept))}"
    return f"The client keeps {_rules(len(kept))}" if kept else "Nothing was verified"


def _rules(count: int) -> str:
    return "1 rule" if count == 1 else f"{count} rules"


def _place(report: Report) -> str:
    return place_name(report.endpoint, report.profile)


def _rows(report: Report, again: Again) -> Iterator[Row]:
    for found in report.findings:
        yield _row(found, again)
    for found, entry in report.accepted:
        yield _row(found, again, entry)
    for why, count in report.trouble.items():
        stories = "1 story" if count == 1 else f"{count} stories"
        got = f"{stories} of which nothing can be said"
        yield Row(Finding("check/not-judged", _place(report), "judged in every story", got, "", why))
    if report.exit_code == 5:
        yield nothing_verified(_place(report), report.not_verified)
    yield from map(Row, report.remarks)


def _finding(found: ClientFinding, again: Again) -> Finding:
    """A client's finding as a plain one: where it was seen comes first, and its story is the hint."""
    story = as_sentence(found.reduced.run.story)
    hint = f"in {found.stories} of {found.played} stories, the simplest: {story}; again: {again(found)}"
    return found.finding._replace(where=f"{found.place}: {found.finding.where}", hint=hint)


def _row(found: ClientFinding, again: Again, accepted: Entry | None = None) -> Row:
    reduced = found.reduced
    before = (*_story(found), Fact("Seen", _seen(reduced.run)))
    after = (
        Fact("Cause", f"it vanishes {reduced.cause}" if reduced.cause else ""),
        Fact("Also broken", ", ".join(reduced.beside), is_literal=True),
        Fact("Play it again", again(found), is_literal=True),
    )
    return Row(_finding(found, again), accepted, before, after)


def _flaky(found: ClientFinding, again: Again) -> Row:
    times = [
        Fact(f"Time {number}, {'broken' if is_broken(found.rule, run) else 'kept'}", _seen(run))
        for number, run in enumerate(found.reduced.again, 1)
    ]
    return Row(
        _finding(found, again), before=(*_story(found), *times), after=(Fact("Play it again", again(found), is_literal=True),)
    )


def _story(found: ClientFinding) -> Iterator[Fact]:
    yield Fact("Found in", f"{found.stories} of {found.played} stories")
    yield Fact("Story", as_sentence(found.reduced.run.story))
    yield Fact("Asked for", asked_of(found.reduced.run), is_literal=True)


def _seen(run: Run) -> tuple[str, ...]:
    lines = seen_in(run)
    indent = min(len(each) - len(each.lstrip()) for each in lines)
    return tuple(each[indent:] for each in lines)
