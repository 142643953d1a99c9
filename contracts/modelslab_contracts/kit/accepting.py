"""Reports on clients, with the findings that somebody accepts told apart from those that count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..accepted import Entry, Spot, read_accepted, settle
from ..contract import endpoints
from ..place import fingerprint_of
from ..profiles import PROFILES
from .client_report import Report
from .levels import place_name
from .rules import client_rules


def read_known(file: str) -> tuple[Entry, ...]:
    """The entries of a file of accepted findings of clients. Raises AcceptedError."""
    places = [place_name(endpoint, profile) for profile in PROFILES for endpoint in endpoints()]
    return read_accepted(file, client_rules(), places)


def accept(reports: Sequence[Report], entries: Sequence[Entry], today: dt.date) -> list[Report]:
    """The reports without what is accepted among their findings; that stands beside them now. What is to be said about the
    entries themselves is said by the last report: an entry may be about several.
    """
    if not entries:
        return list(reports)
    found = [each for report in reports for each in report.findings]
    looked = [spot for report in reports for spot in _looked(report)]
    settled = settle(entries, found, lambda each: _spot(each.rule, each.place), looked, today)
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


def _looked(report: Report) -> Iterator[Spot]:
    """Rules that were exercised and kept. One story, played again, tells nothing of the others."""
    if not report.is_replay:
        yield from (_spot(each, place_name(report.endpoint, report.profile)) for each in report.verified)


def _spot(rule: str, place: str) -> Spot:
    return Spot(rule, (place, place.partition(",")[0], fingerprint_of(rule, place)))
