"""What a success delivers: as many pictures as were ordered, and those that were announced."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ...findings import shown
from ..field_names import eta_name, links_name
from ..road import Road, Said, same, without_token
from ..run import counted
from ..server_rule import Broken, rule


def _delivered(road: Road) -> Said | None:
    return next((each for each in road.told if each.links is not None), None)


def _order_and_delivery_known(road: Road) -> bool:
    """A job succeeded whose order is known"""
    return _delivered(road) is not None and road.samples is not None


@rule(
    "server/makes-another-number-of-pictures",
    when=_order_and_delivery_known,
    basis="the endpoint's page: samples, how many pictures; output lists every picture",
)
def number(road: Road) -> Iterator[Broken]:
    step = _delivered(road)
    assert step is not None
    assert step.links is not None
    if len(step.links) != road.samples:
        yield Broken(step, f"/{links_name(road.endpoint)}", f"a list of {road.samples}", counted(len(step.links)))


def _announced(road: Road) -> tuple[str, list[str]] | None:
    """The name of the member with the links of the pictures to come, and those links."""
    for each in road.told:
        branch = each.call.answers.get("processing") if each.word == "processing" else None
        names = [field.name for field in branch.fields if field.fact == "future_links"] if branch else []
        for name in names:
            links = each.member(name)
            if isinstance(links, list) and links and all(isinstance(link, str) for link in links):
                return name, links
    return None


def _announced_and_delivered(road: Road) -> bool:
    """The links of the pictures to come were announced, and pictures were delivered"""
    return _announced(road) is not None and _delivered(road) is not None


@rule(
    "server/delivers-what-it-did-not-announce",
    when=_announced_and_delivered,
    basis="the endpoint's page: future_links, where the pictures will be",
)
def announced(road: Road) -> Iterator[Broken]:
    step, told = _delivered(road), _announced(road)
    assert step is not None
    assert told is not None
    named = {*same(told[1])}
    strange = [each for each in step.links or () if without_token(each) not in named]
    if strange:
        yield Broken(step, f"/{links_name(road.endpoint)}", f"among the {told[0]} of the order", shown(strange[0], 200))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _eta_came(road: Road) -> bool:
    """A processing answer had an eta that is a number"""
    return any(each.word == "processing" and _is_number(each.eta) for each in road.told)


@rule(
    "server/announces-an-eta-that-is-no-time",
    when=_eta_came,
    basis="the endpoint's page: eta, the seconds to wait",
)
def eta(road: Road) -> Iterator[Broken]:
    for each in road.told:
        if each.word == "processing" and _is_number(each.eta) and not (each.eta >= 0 and math.isfinite(each.eta)):
            yield Broken(each, f"/{eta_name(road.endpoint)}", "seconds to wait, 0 or more", shown(each.eta))
            return
