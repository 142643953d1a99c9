"""Reports on servers, with the findings that somebody accepts told apart from those that count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from ...accepted import Entry, Spot, read_accepted
from ...endpoint import Endpoint
from ...place import fingerprint_of
from ...profiles import PROFILES
from ..accepted_reports import accept_in
from ..levels import place_name
from .report import ServerFinding, ServerReport
from .rules import all_rules


def read_known(file: str, known: Mapping[str, Endpoint]) -> tuple[Entry, ...]:
    """The entries of a file of accepted findings of servers that have these contracts. Raises AcceptedError."""
    places = [place_name(name, profile) for profile in PROFILES for name in known]
    members = {name: _members(each) for name, each in known.items()}
    return read_accepted(file, all_rules(), [*places, *(f"{at}: /{each}" for at in places for each in members[_contract(at)])])


def accept(reports: Sequence[ServerReport], entries: Sequence[Entry], today: dt.date) -> list[ServerReport]:
    """The reports with what the entries accept told apart."""
    return accept_in(reports, entries, today, _spot, _looked)


def _spot(found: ServerFinding) -> Spot:
    """A finding by its contract, and by the member that it is about, so that one of several can be accepted."""
    place, exact = found.place, found.exact_place
    return Spot(
        found.rule,
        (place, _contract(place), exact, fingerprint_of(found.rule, exact), fingerprint_of(found.rule, place)),
    )


def _looked(report: ServerReport) -> Iterator[Spot]:
    """Rules that were exercised and kept. One request, sent again, tells nothing of the others."""
    if not report.is_replay:
        place = place_name(report.contract, report.profile)
        yield from (Spot(each, (place, report.contract, fingerprint_of(each, place))) for each in report.verified)


def _contract(place: str) -> str:
    return place.partition(",")[0]


def _members(endpoint: Endpoint) -> dict[str, None]:
    """Members of requests and answers, by which a finding's place may be named."""
    answered = (field.name for call in endpoint.calls for answer in call.answers.values() for field in answer.fields)
    return dict.fromkeys([*endpoint.field, *answered])
