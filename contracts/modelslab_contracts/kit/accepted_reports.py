"""What somebody accepts, in reports on clients or servers: told apart from what counts, and in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar

from ..accepted import Entry, Spot, settle
from ..report import one_line


class Accepting(Protocol):
    """A report whose findings may be accepted: a dataclass that also has `accepted` and `remarks`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def findings(self) -> Sequence[Any]:
        """The findings that count."""


R = TypeVar("R", bound=Accepting)


def accepted_text(rule: str, counted: str, entry: Entry, shown: str) -> str:
    """A finding that somebody accepts, for people: shorter than one that counts, because somebody knows it.

    `counted` says how often it was seen, `shown` is the line of its simplest example.
    """
    until = f", until {entry.until}" if entry.until else ""
    return "\n".join(map(one_line, (f"ACCEPTED  {rule}  ({counted}; {entry.at}{until})", f"  Because: {entry.reason}", shown)))


def accept_in(
    reports: Sequence[R],
    entries: Sequence[Entry],
    today: dt.date,
    spot: Callable[[Any], Spot],
    looked: Callable[[R], Iterable[Spot]],
) -> list[R]:
    """The reports without what is accepted among their findings; that stands beside them now. What is to be said about the
    entries themselves is said by the last report: an entry may be about several.

    `spot` says where a finding was seen, `looked` what a report exercised and found kept.
    """
    if not entries or not reports:
        return list(reports)
    found = [each for report in reports for each in report.findings]
    settled = settle(entries, found, spot, [each for report in reports for each in looked(report)], today)
    held = {id(each): entry for each, entry in settled.accepted}
    told = [
        replace(
            report,
            findings=tuple(each for each in report.findings if id(each) not in held),
            accepted=tuple((each, held[id(each)]) for each in report.findings if id(each) in held),
        )
        for report in reports
    ]
    return [*told[:-1], replace(told[-1], remarks=settled.remarks)]
