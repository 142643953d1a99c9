"""That there is an answer, and that what is no order is not taken for one."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Broken
from .rules import rule
from .visit import Visit

_NO_ORDER = {"cut": "JSON that is cut at its end", "list": "a JSON list", "empty": "no body at all"}
_NO_KEY = {"no-key": "no key at all", "empty-key": "an empty key"}


def _was_asked(_: Visit) -> bool:
    """A request was sent"""
    return True


def _has_no_key(visit: Visit) -> bool:
    """An order comes without a key"""
    return visit.probe.spelling in _NO_KEY and not visit.submit.trouble


def _is_no_order(visit: Visit) -> bool:
    """A body is no JSON object"""
    return visit.probe.spelling in _NO_ORDER and not visit.submit.trouble


@rule("server/does-not-answer", when=_was_asked, basis="HTTP: every request has an answer")
def does_not_answer(visit: Visit) -> Iterator[Broken]:
    for each in visit.steps:
        if each.trouble and each.role != "picture":
            yield Broken(f"the answer to the {each.call.kind if each.call else each.role}", "there", each.trouble)
            return


@rule("server/fails", when=_was_asked, basis="general error table: 500 is the server's own fault, whatever it was sent")
def fails(visit: Visit) -> Iterator[Broken]:
    for each in visit.steps:
        if each.exchange.status >= 500 and each.exchange.status != 503 and each.role != "picture":
            asked = each.call.kind if each.call else each.role
            yield Broken(f"the answer to the {asked}", "one that the request deserves", f"HTTP {each.exchange.status}")
            return


@rule("server/takes-an-order-without-a-key", when=_has_no_key, basis="every page: key is required; general error table: 401")
def takes_without_key(visit: Visit) -> Iterator[Broken]:
    if visit.submit.has_begun_a_job:
        yield Broken("/key", f"refused, with {_NO_KEY[visit.probe.spelling]}", f"taken: {visit.submit.says}")


@rule("server/takes-what-is-no-order", when=_is_no_order, basis="captures of refused bodies: Invalid API Request")
def takes_no_order(visit: Visit) -> Iterator[Broken]:
    if visit.submit.has_begun_a_job:
        yield Broken("the body", f"refused, as {_NO_ORDER[visit.probe.spelling]}", f"taken: {visit.submit.says}")
