"""The rules that a server is judged by: rows, each with a guard that says when the right answer is unambiguous.

A rule whose guard never held was not exercised: it is "not verified", never "passed".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ..findings import RULES, Finding
from .road import Road, Said
from .rules import LEVELS


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
class ServerRule:
    """A row. `when` is the guard (its docstring says it in words), `basis` the clause or convention that the rule rests on.

    `masked_by` are rules whose finding on the same road explains this one: one root cause, one finding.
    """

    id: str
    when: Callable[[Road], bool]
    check: Callable[[Road], Iterable[Broken]]
    basis: str
    masked_by: tuple[str, ...]

    @property
    def level(self) -> str:
        """must, should or may."""
        return LEVELS[RULES[self.id].severity]

    @property
    def sentence(self) -> str:
        """The rule as one sentence about a server that breaks it."""
        return RULES[self.id].sentence

    @property
    def guard(self) -> str:
        """When the rule judges, in words."""
        said = " ".join((self.when.__doc__ or "").split())
        return said[:1].lower() + said[1:].rstrip(".")

    def findings(self, road: Road) -> Iterator[Seen]:
        """What of the rule the road breaks. The guard is the caller's business."""
        for each in self.check(road):
            yield Seen(Finding(self.id, each.where, each.wanted, each.seen, each.source or self.basis, each.hint), each.said)


#: Every rule of a server by id, as far as its room is loaded.
SERVER_RULES: dict[str, ServerRule] = {}

Check = Callable[[Road], Iterable[Broken]]


def rule(id_: str, *, when: Callable[[Road], bool], basis: str, masked_by: tuple[str, ...] = ()) -> Callable[[Check], Check]:
    """Put a check into the catalogue under its id."""

    def enter(check: Check) -> Check:
        assert id_ in RULES, f"{id_} is no row of findings.py"
        assert id_ not in SERVER_RULES, f"{id_} is there twice"
        SERVER_RULES[id_] = ServerRule(id_, when, check, basis, masked_by)
        return check

    return enter


@cache
def server_rules() -> dict[str, ServerRule]:
    """The catalogue, with every room of it loaded, in the order of `findings.py`."""
    from . import server_rules as rooms

    assert rooms
    return {each: SERVER_RULES[each] for each in RULES if each in SERVER_RULES}
