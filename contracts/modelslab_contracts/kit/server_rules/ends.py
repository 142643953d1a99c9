"""How jobs end: once, and for good."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ...findings import shown
from ..field_names import links_name
from ..road import Road, Said, same
from ..run import counted
from ..server_rule import Broken, rule

_STATUSES = "the status words of the endpoint's page"
_ENDS = ("success", "failed")
#: After so many seconds a server may have forgotten a job; the pages speak of a day.
_KEPT_S = 24 * 3600


def _ended(road: Road) -> Said | None:
    return next((each for each in road.told if each.word in _ENDS and not _refused(each)), None)


def _refused(step: Said) -> bool:
    """Whether an answer with HTTP 200 says nothing of the job: an error may be that of the key, the account or the hour."""
    return step.word == "error" or (step.word == "failed" and step.call.kind == "submit")


def _later(road: Road) -> list[Said]:
    """The answers after the end, within the time that a server keeps a job."""
    end = _ended(road)
    if end is None:
        return []
    after = road.told[road.told.index(end) + 1 :]
    return [each for each in after if not _refused(each) and each.exchange.at - end.exchange.at < _KEPT_S]


def _asked_after_the_end(road: Road) -> bool:
    """A job that had ended was fetched again within a day"""
    return bool(_later(road))


@rule(
    "server/changes-the-end-of-a-job",
    when=_asked_after_the_end,
    basis=_STATUSES,
    masked_by=("server/says-an-unknown-status-word",),
)
def end_changes(road: Road) -> Iterator[Broken]:
    end = _ended(road)
    assert end is not None
    for each in _later(road):
        if each.word != end.word:
            yield Broken(each, "/status", f"{shown(end.word)}, as it was before", shown(each.word))
            return


def _fetched_twice_with_success(road: Road) -> bool:
    """A job that had succeeded was told about again within a day"""
    return len([each for each in road.told if each.word == "success"]) > 1 and bool(_later(road))


def successes(road: Road) -> Iterator[tuple[Said, Said]]:
    """Each success with the one before it."""
    return pairwise(each for each in road.told if each.word == "success")


@rule(
    "server/changes-what-it-delivered",
    when=_fetched_twice_with_success,
    basis="the endpoint's page: a fetch returns the pictures of its job",
)
def delivery_changes(road: Road) -> Iterator[Broken]:
    for before, after in successes(road):
        one, other = before.links, after.links
        if one is None or other is None:
            continue
        where = f"/{links_name(road.endpoint)}"
        if len(one) != len(other):
            yield Broken(after, where, f"{counted(len(one))}, as it was before", counted(len(other)))
            return
        changed = next((each for each in enumerate(zip(same(one), same(other), strict=True)) if each[1][0] != each[1][1]), None)
        if changed is not None:
            index, (was, is_) = changed
            yield Broken(after, f"{where}/{index}", f"{shown(was, 200)}, as it was before (link tokens aside)", shown(is_, 200))
            return
