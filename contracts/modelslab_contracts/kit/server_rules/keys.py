"""Whose job it is: nobody else's, and nobody's that there is not."""

from __future__ import annotations

from collections.abc import Iterator

from ...findings import shown
from ..road import Road, Said
from ..server_rule import Broken, rule

_KNOWN = ("success", "processing")


def _tells(step: Said) -> bool:
    """Whether an answer tells of a job."""
    return step.word in _KNOWN


def _asked_by_another_key(road: Road) -> bool:
    """A job was fetched with another key than that of its order"""
    return bool(road.strangers)


@rule(
    "server/gives-a-job-to-another-key",
    when=_asked_by_another_key,
    basis="the fetch call of the endpoint's page: the same key that submitted the job",
)
def to_another_key(road: Road) -> Iterator[Broken]:
    for each in road.strangers:
        if _tells(each):
            yield Broken(each, "/status", "a refusal: the job is another key's", shown(each.word))
            return


def _asked_for_no_job(road: Road) -> bool:
    """An id was asked for that was never given out"""
    return road.is_made_up and bool(road.fetches)


@rule(
    "server/knows-a-job-that-there-is-not",
    when=_asked_for_no_job,
    basis="captures of an unknown id: failed, Request not found",
)
def no_such_job(road: Road) -> Iterator[Broken]:
    for each in road.fetches:
        if _tells(each):
            yield Broken(each, "/status", "a refusal: there is no such job", shown(each.word))
            return
