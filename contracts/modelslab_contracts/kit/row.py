"""What rules of the kit have in common: each is a row of a catalogue, with a guard that says when the right answer is
unambiguous.

A rule whose guard never held was not exercised: it is "not verified", never "passed".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from ..findings import RULES, Finding
from .levels import level_of

#: What a rule looks at: a client's run, what a server said of one job, a visit to a server.
L = TypeVar("L")
#: What a rule tells of a place where it is broken.
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Row(Generic[L, B]):
    """A rule. `when` is the guard (its docstring says it in words), `basis` the clause or convention that the rule rests on.

    `masked_by` are rules whose finding in the same place explains this one: one root cause, one finding.
    """

    id: str
    when: Callable[[L], bool]
    check: Callable[[L], Iterable[B]]
    basis: str
    masked_by: tuple[str, ...]

    @property
    def level(self) -> str:
        """must, should or may."""
        return level_of(RULES[self.id].severity)

    @property
    def sentence(self) -> str:
        """The rule as one sentence about whoever breaks it."""
        return RULES[self.id].sentence

    @property
    def guard(self) -> str:
        """When the rule judges, in words."""
        said = " ".join((self.when.__doc__ or "").split())
        return said[:1].lower() + said[1:].rstrip(".")


class Broken(NamedTuple):
    """One place where a rule is broken: where, what must be there, and what was there instead."""

    where: str
    wanted: str
    seen: str


@dataclass(frozen=True, slots=True)
class PlainRow(Row[L, Broken]):
    """A rule whose findings say by themselves where they were seen."""

    def findings(self, looked_at: L) -> Iterator[Finding]:
        """What of the rule is broken. The guard is the caller's business."""
        for broken in self.check(looked_at):
            yield Finding(self.id, broken.where, broken.wanted, broken.seen, self.basis)


C = TypeVar("C", bound=Callable[..., Iterable[Any]])
R = TypeVar("R", bound=Row[Any, Any])


def entering(catalogue: dict[str, R], make: Callable[[C], R]) -> Callable[[C], C]:
    """A decorator: the row that is made of a check stands in the catalogue."""

    def enter(check: C) -> C:
        row = make(check)
        assert row.id in RULES, f"{row.id} is no row of findings.py"
        assert row.id not in catalogue, f"{row.id} is there twice"
        catalogue[row.id] = row
        return check

    return enter


def in_order(catalogue: Mapping[str, R]) -> dict[str, R]:
    """The rows in the order of `findings.py`."""
    return {each: catalogue[each] for each in RULES if each in catalogue}
