"""Rules about what only who drove the server can know: what was sent on purpose, what never came, what a picture is.

What is wrong with an answer, and with the answers about one job, say the rules of a road (`kit/server_rules/`), which a
recording is judged by as well. A rule whose guard never held was not exercised: it is "not verified", never "passed".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from ...findings import RULES, Finding
from ..rules import LEVELS, Broken
from ..server_rule import ServerRule, server_rules
from .visit import Visit


@dataclass(frozen=True, slots=True)
class DrivenRule:
    """A row. `when` is the guard (its docstring says it in words), `basis` the clause or convention that the rule rests on;
    `masked_by` are rules whose finding in the same visit explains this one: one root cause, one finding. `in_earnest`: it
    is judged by a job that was waited for to the last, so every try of it takes that long.
    """

    id: str
    when: Callable[[Visit], bool]
    check: Callable[[Visit], Iterable[Broken]]
    basis: str
    masked_by: tuple[str, ...]
    in_earnest: bool = False

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


#: Every rule of a visit by id, as far as its room is loaded.
DRIVEN_RULES: dict[str, DrivenRule] = {}

Check = Callable[[Visit], Iterable[Broken]]


def rule(
    id_: str, *, when: Callable[[Visit], bool], basis: str, masked_by: tuple[str, ...] = (), in_earnest: bool = False
) -> Callable[[Check], Check]:
    """Put a check into the catalogue under its id."""

    def enter(check: Check) -> Check:
        assert id_ in RULES, f"{id_} is no row of findings.py"
        assert id_ not in DRIVEN_RULES, f"{id_} is there twice"
        DRIVEN_RULES[id_] = DrivenRule(id_, when, check, basis, masked_by, in_earnest)
        return check

    return enter


@cache
def all_rules() -> dict[str, ServerRule | DrivenRule]:
    """Every rule that a server is judged by, with each room loaded, in the order of `findings.py`."""
    from . import rooms

    assert rooms
    known: dict[str, ServerRule | DrivenRule] = {**server_rules(), **DRIVEN_RULES}
    return {each: known[each] for each in RULES if each in known}
