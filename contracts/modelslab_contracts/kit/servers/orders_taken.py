"""What a server must take, and what it must refuse."""

from __future__ import annotations

from collections.abc import Iterator

from ...findings import shown
from ..rules import Broken
from .rules import rule
from .visit import Visit

#: Refusals that speak of the account and not of the order.
_OF_THE_ACCOUNT = (401, 402, 403, 408, 425, 429, 503)
_NO_ORDER = {"cut": "JSON that is cut at its end", "list": "a JSON list", "empty": "no body at all"}
_NO_KEY = {"no-key": "no key at all", "empty-key": "an empty key"}


def _was_answered(_: Visit) -> bool:
    """A request was sent"""
    return True


def _keeps_the_contract(visit: Visit) -> bool:
    """An order keeps the contract, and the answer does not speak of the account"""
    return visit.probe.means == "taken" and visit.submit.exchange.status not in (0, *_OF_THE_ACCOUNT)


def _breaks_the_contract(visit: Visit) -> bool:
    """An order breaks exactly one clause of the contract"""
    return visit.probe.asked.kind == "invalid" and visit.probe.spelling == "plain" and not visit.submit.trouble


def _has_no_key(visit: Visit) -> bool:
    """An order comes without a key"""
    return visit.probe.spelling in _NO_KEY and not visit.submit.trouble


def _is_no_order(visit: Visit) -> bool:
    """A body is no JSON object"""
    return visit.probe.spelling in _NO_ORDER and not visit.submit.trouble


@rule("server/does-not-answer", when=_was_answered, basis="HTTP: every request has an answer")
def does_not_answer(visit: Visit) -> Iterator[Broken]:
    for each in visit.steps:
        if each.trouble and each.role != "picture":
            yield Broken(f"the answer to the {each.call.kind if each.call else each.role}", "an HTTP answer", each.trouble)
            return


@rule("server/fails", when=_was_answered, basis="general error table: 500 is the server's own fault, whatever it was sent")
def fails(visit: Visit) -> Iterator[Broken]:
    for each in visit.steps:
        if each.exchange.status >= 500 and each.exchange.status != 503 and each.role != "picture":
            yield Broken(
                f"the answer to {_what(visit)}" if each.role == "submit" else "the answer to the fetch",
                "an answer that the request deserves",
                f"HTTP {each.exchange.status}",
            )
            return


@rule(
    "server/refuses-what-the-contract-takes",
    when=_keeps_the_contract,
    basis="the request's schema and the profile: this order keeps every clause",
    masked_by=("server/fails",),
)
def refuses(visit: Visit) -> Iterator[Broken]:
    if visit.submit.is_refusal:
        yield Broken(_where(visit), f"taken, with {_what(visit)}", f"refused: {_reason(visit)}")


@rule(
    "server/takes-what-the-contract-refuses",
    when=_breaks_the_contract,
    basis="the request's schema and the profile: this order breaks one clause",
)
def takes(visit: Visit) -> Iterator[Broken]:
    if visit.submit.has_begun_a_job:
        why = visit.probe.asked.about[1].partition("/")[2].replace("-", " ")
        yield Broken(_where(visit), f"refused, for {_what(visit)} ({why})", f"taken: {visit.submit.says}")


@rule("server/takes-an-order-without-a-key", when=_has_no_key, basis="every page: key is required; general error table: 401")
def takes_without_key(visit: Visit) -> Iterator[Broken]:
    if visit.submit.has_begun_a_job:
        yield Broken("/key", f"refused, with {_NO_KEY[visit.probe.spelling]}", f"taken: {visit.submit.says}")


@rule("server/takes-what-is-no-order", when=_is_no_order, basis="captures of refused bodies: Invalid API Request")
def takes_no_order(visit: Visit) -> Iterator[Broken]:
    if visit.submit.has_begun_a_job:
        yield Broken("the order", f"refused, with {_NO_ORDER[visit.probe.spelling]}", f"taken: {visit.submit.says}")


def _where(visit: Visit) -> str:
    """The field that the probe is about, else the order."""
    about = visit.probe.asked.about
    return f"/{about[0]}" if about else "the order"


def _what(visit: Visit) -> str:
    """What the probe is about, in words."""
    asked = visit.probe.asked
    if visit.probe.spelling != "plain":
        return {**_NO_KEY, **_NO_ORDER}[visit.probe.spelling]
    if not asked.about:
        return "an order that keeps the contract"
    name = asked.about[0]
    return f"{name} {shown(asked.request[name], 40)}" if name in asked.request else f"{name} absent"


def _reason(visit: Visit) -> str:
    """What the refusal says."""
    reply = visit.submit.reply or {}
    said = reply.get("message") or reply.get("messege") or ""
    return f"{visit.submit.says}{f', {shown(said)}' if said else ''}"
