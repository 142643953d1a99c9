"""That there is an answer, whatever was asked."""

from __future__ import annotations

from collections.abc import Iterator

from ..row import Broken
from .rules import rule
from .visit import Visit


def _was_asked(_: Visit) -> bool:
    """A request was sent"""
    return True


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
