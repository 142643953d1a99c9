"""Reports on clients, with the findings that somebody accepts told apart from those that count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from ..accepted import Entry, Spot, read_accepted
from ..contract import endpoints
from ..place import fingerprint_of
from ..profiles import PROFILES
from .accepted_reports import accept_in
from .client_report import Report
from .levels import place_name
from .rules import client_rules


def read_known(file: str, known: Iterable[str] = ()) -> tuple[Entry, ...]:
    """The entries of a file of accepted findings of clients. `known` are the endpoints that there are; without any, ours.

    Raises AcceptedError.
    """
    places = [place_name(endpoint, profile) for profile in PROFILES for endpoint in known or endpoints()]
    return read_accepted(file, client_rules(), places)


def accept(reports: Sequence[Report], entries: Sequence[Entry], today: dt.date) -> list[Report]:
    """The reports with what the entries accept told apart."""
    return accept_in(reports, entries, today, lambda each: _spot(each.rule, each.place), _looked)


def _looked(report: Report) -> Iterator[Spot]:
    """Rules that were exercised and kept. One story, played again, tells nothing of the others."""
    if not report.is_replay:
        yield from (_spot(each, place_name(report.endpoint, report.profile)) for each in report.verified)


def _spot(rule: str, place: str) -> Spot:
    return Spot(rule, (place, place.partition(",")[0], fingerprint_of(rule, place)))
