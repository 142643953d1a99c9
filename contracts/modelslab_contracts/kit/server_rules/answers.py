"""Each answer by itself: what `response.py` says of it, rule by rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..road import Road
from ..server_rule import Broken, rule

_BASIS = "the answers of the endpoint's page"


def _answered(road: Road) -> bool:
    """A call of the contract was answered"""
    return bool(road.steps)


def _came_as_an_object(road: Road) -> bool:
    """An answer was a JSON object"""
    return any(each.answered.body is not None for each in road.steps)


def _branch_is_known(road: Road) -> bool:
    """An answer was a JSON object whose status word its call has"""
    return any(each.answered.branch is not None for each in road.steps)


def _of(id_: str) -> Callable[[Road], Iterator[Broken]]:
    def check(road: Road) -> Iterator[Broken]:
        for each in road.steps:
            for found in each.answered.findings:
                if found.rule == id_:
                    yield Broken(each, found.where, found.expected, found.got, found.source, found.hint)

    return check


for _id, _when in (
    ("server/answers-with-no-json", _answered),
    ("server/answers-with-an-undeclared-status", _answered),
    ("server/says-an-unknown-status-word", _came_as_an_object),
    ("server/leaves-out-a-required-member", _came_as_an_object),
    ("server/answers-a-value-of-another-type", _branch_is_known),
    ("server/answers-a-value-that-breaks-its-clause", _branch_is_known),
    ("server/answers-in-another-media-type", _came_as_an_object),
    ("server/adds-a-member-that-no-page-has", _branch_is_known),
):
    rule(_id, when=_when, basis=_BASIS)(_of(_id))
