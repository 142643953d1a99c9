"""Whose job it is, and whether there is one."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Broken
from .rules import rule
from .visit import Step, Visit


def _asked_for_by_somebody_else(visit: Visit) -> bool:
    """A job is fetched with another key than it was ordered with"""
    return any(not each.trouble for each in visit.of("other-key"))


def _asked_for_what_is_not(visit: Visit) -> bool:
    """An id is fetched that no job of this check has"""
    return any(not each.trouble for each in visit.of("unknown-id"))


def _is_queued(visit: Visit) -> bool:
    """An order is answered with processing, and its job is fetched with its own key"""
    return visit.submit.word == "processing" and any(not each.trouble for each in visit.of("fetch"))


@rule(
    "server/shows-a-job-to-another-key",
    when=_asked_for_by_somebody_else,
    basis="fetch pages: the same key that ordered; captures: Request not found",
)
def shows_to_others(visit: Visit) -> Iterator[Broken]:
    for each in visit.of("other-key"):
        if each.has_begun_a_job:
            yield Broken("the answer to another key", "a refusal", _told(each))
            return


@rule("server/knows-a-job-that-there-is-not", when=_asked_for_what_is_not, basis="captures of an unknown id: Request not found")
def knows_what_is_not(visit: Visit) -> Iterator[Broken]:
    for each in visit.of("unknown-id"):
        if each.has_begun_a_job:
            yield Broken("the answer about an id that there is not", "a refusal", _told(each))
            return


@rule(
    "server/forgets-a-job", when=_is_queued, basis="processing page: fetch by the id of the answer", masked_by=("server/fails",)
)
def forgets(visit: Visit) -> Iterator[Broken]:
    for each in visit.of("fetch", "again"):
        if each.exchange.status == 404:
            yield Broken("the answer to a fetch of one's own job", "how the job stands", _told(each))
            return


@rule("server/never-ends-a-job", when=_is_queued, basis="processing page: the answer comes after the seconds estimated")
def never_ends(visit: Visit) -> Iterator[Broken]:
    fetches = [*visit.of("fetch")]
    if visit.end is None and not visit.stopped and fetches[-1].word == "processing":
        yield Broken("the job", "at an end some time after its eta", f"processing after {len(fetches)} fetches")


def _told(step: Step) -> str:
    return step.says
