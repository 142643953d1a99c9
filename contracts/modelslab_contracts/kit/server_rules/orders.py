"""What a server takes and what it refuses, beside what the contract says of the order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ...findings import shown
from ..road import Road, Said
from ..server_rule import Broken, rule

_BASIS = "the request schema of the endpoint's page"
#: Statuses that say of an order that it is wrong by itself.
_WRONG_BY_ITSELF = (400, 422)
_KEY_REFUSED = (401, 403)
#: Kinds of fields whose name in a refusal can mean nothing but the field: a prompt may be refused for what it says.
_PLAIN_KINDS = ("integer", "number", "flag")


def _refused(step: Said) -> bool:
    """Whether an order was refused as wrong by itself, not for its key, the account or the hour."""
    return step.exchange.status in _WRONG_BY_ITSELF or step.word == "error"


def _field_named(step: Said) -> str:
    """The field of the order that a refusal names; "" for none."""
    text = json.dumps([step.member(name) for name in ("message", "messege", "errors")])
    plain = (each.name for each in step.endpoint.fields if each.kind in _PLAIN_KINDS)
    named = (each for each in plain if re.search(rf"\b{re.escape(each)}\b", text))
    return next((each for each in named if each in (step.sent or {})), "")


def _clear_answer(road: Road) -> bool:
    """An order within the contract was taken, or refused for one of its fields (or for nothing else that there could be)"""
    step = road.submit
    if step is None or step.read is None or step.problems:
        return False
    return step.took or (_refused(step) and (road.is_driven or bool(_field_named(step))))


@rule("server/refuses-what-the-contract-accepts", when=_clear_answer, basis=_BASIS)
def refuses(road: Road) -> Iterator[Broken]:
    step = road.submit
    assert step is not None
    if not step.took:
        name = _field_named(step)
        sent = f"{shown((step.sent or {}).get(name), 40)} refused" if name else "refused"
        words = step.member("message") or step.member("messege")
        yield Broken(step, f"/{name}" if name else "", "accepted", f"{sent}: {shown(words, 100)}" if words else sent)


def _broke_the_contract(road: Road) -> bool:
    """An order that breaks the contract, and was read whole, was taken or refused"""
    step = road.submit
    return step is not None and bool(step.problems) and (step.took or _refused(step) or step.exchange.status in _KEY_REFUSED)


@rule("server/accepts-what-the-contract-refuses", when=_broke_the_contract, basis=_BASIS)
def accepts(road: Road) -> Iterator[Broken]:
    step = road.submit
    assert step is not None
    if step.took:
        for each in step.problems:
            yield Broken(step, each.where, f"refused, as it must be {each.expected}", f"{each.got} taken", each.source)
