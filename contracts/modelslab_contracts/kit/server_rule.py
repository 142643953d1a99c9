"""The rules that a server is judged by, from what it said of one job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ..findings import Finding
from .road import Road, Said
from .row import Row, entering, in_order


class Broken(NamedTuple):
    """One place where a rule is broken: in which exchange, where, what must be there, and what was there instead.

    `source` says who promises it, where that is not the basis of the whole rule.
    """

    said: Said
    where: str
    wanted: str
    seen: str
    source: str = ""
    hint: str = ""


class Seen(NamedTuple):
    """A finding, and the exchange in which it was seen."""

    finding: Finding
    said: Said


@dataclass(frozen=True, slots=True)
class ServerRule(Row[Road, Broken]):
    """A rule of a road."""

    def findings(self, road: Road) -> Iterator[Seen]:
        """What of the rule the road breaks. The guard is the caller's business."""
        for each in self.check(road):
            yield Seen(Finding(self.id, each.where, each.wanted, each.seen, each.source or self.basis, each.hint), each.said)


#: Every rule of a server by id, as far as its room is loaded.
SERVER_RULES: dict[str, ServerRule] = {}

Check = Callable[[Road], Iterable[Broken]]


def rule(id_: str, *, when: Callable[[Road], bool], basis: str, masked_by: tuple[str, ...] = ()) -> Callable[[Check], Check]:
    """Put a check into the catalogue under its id."""
    return entering(SERVER_RULES, lambda check: ServerRule(id_, when, check, basis, masked_by))


@cache
def server_rules() -> dict[str, ServerRule]:
    """The catalogue, with every room of it loaded, in the order of `findings.py`."""
    from . import server_rules as rooms

    assert rooms
    return in_order(SERVER_RULES)
