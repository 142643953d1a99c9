"""The rules that a server is judged by: rows, each with a guard that says when the right answer is beyond doubt.

They are about what a request asked for. What is wrong with an answer by itself, and with the answers about one job side by
side, says `judge`. A rule whose guard never held was not exercised: it is "not verified", never "passed".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ...findings import RULES, Finding
from ..rules import LEVELS, Broken
from .visit import Visit


@dataclass(frozen=True, slots=True)
class ServerRule:
    """A row. `when` is the guard (its docstring says it in words), `basis` the clause or convention that the rule rests on;
    `masked_by` are rules whose finding in the same visit explains this one: one root cause, one finding.
    """

    id: str
    when: Callable[[Visit], bool]
    check: Callable[[Visit], Iterable[Broken]]
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

    def findings(self, visit: Visit) -> Iterator[Finding]:
        """What of the rule the visit breaks. The guard is the caller's business."""
        for broken in self.check(visit):
            yield Finding(self.id, broken.where, broken.wanted, broken.seen, self.basis)


#: Every rule of a server by id, as far as its room is loaded.
SERVER_RULES: dict[str, ServerRule] = {}

Check = Callable[[Visit], Iterable[Broken]]


def rule(id_: str, *, when: Callable[[Visit], bool], basis: str, masked_by: tuple[str, ...] = ()) -> Callable[[Check], Check]:
    """Put a check into the catalogue under its id."""

    def enter(check: Check) -> Check:
        assert id_ in RULES, f"{id_} is no row of findings.py"
        assert id_ not in SERVER_RULES, f"{id_} is there twice"
        SERVER_RULES[id_] = ServerRule(id_, when, check, basis, masked_by)
        return check

    return enter
