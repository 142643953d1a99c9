"""One kind of value, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .terms import AREAS, Again, All, Kinds, Opaque, Size, Terms, Values


@dataclass
class Case:
    """One kind of value, and what is asked of it: literals, and clauses of which one part each has to hold."""

    kind: str
    said: set[int] = field(default_factory=set)
    literals: tuple[int, ...] = ()
    clauses: list[tuple[int, ...]] = field(default_factory=list)
    #: The only values that are left, once a list of values was asked for.
    listed: list[Any] | None = None
    doubt: str = ""
    #: Terms known to hold of all values of the case or of none: that stays so when more is asked.
    settled: dict[int, bool] = field(default_factory=dict)
    #: Terms that depended on the value when they were looked at under so many literals.
    unsettled: dict[int, int] = field(default_factory=dict)

    def copy(self) -> Case:
        return replace(
            self,
            said=set(self.said),
            clauses=list(self.clauses),
            settled=dict(self.settled),
            unsettled=dict(self.unsettled),
        )


def say(terms: Terms, case: Case, todo: list[int]) -> bool:
    """Add terms to a case; False when they contradict it."""
    while todo:
        term = todo.pop()
        if term in case.said:
            continue
        if -term in case.said or by_kind(terms, case.kind, term) is False:
            return False
        case.said.add(term)
        todo += _taken_in(terms, case, term)
    return True


def _taken_in(terms: Terms, of: Case, term: int) -> list[int]:
    """Add one term to a case; what it is made of is left to be added."""
    match terms[term]:
        case All(parts) if term > 0:
            return list(reversed(parts))
        case All(parts):
            of.clauses.append(tuple(-part for part in parts))
        case Again():
            return [terms.follow(term)]
        case Opaque(_, why):
            of.doubt = of.doubt or why
        case _ if by_kind(terms, of.kind, term):
            pass
        case Values() as listed if term > 0:
            values = terms.in_order(listed, of.kind)
            of.listed = values if of.listed is None else [each for each in values if each in of.listed]
        case Values() as refused if of.kind in ("array", "object"):
            return [-terms.exactly(each) for each in terms.in_order(refused, of.kind)]
        case _:
            of.literals = (*of.literals, term)
    return []


def by_kind(terms: Terms, kind: str, term: int) -> bool | None:
    """Whether a literal holds of all values of a kind or of none; None when it depends on the value."""
    predicate = terms[term]
    match predicate:
        case Kinds(kinds):
            return (kind in kinds) == (term > 0)
        case Size(area, _):
            return None if kind == area else term < 0
        case Values():
            return None if terms.in_order(predicate, kind) else term < 0
        case All() | Again() | Opaque():
            return None
        case _:
            return None if kind in AREAS[type(predicate)] else term < 0
