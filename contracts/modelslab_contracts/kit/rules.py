"""The rules that a client is judged by: rows, each with a guard that says when the right answer is unambiguous.

A rule whose guard never held was not exercised: it is "not verified", never "passed".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

from ..findings import RULES, Finding, Severity, shown
from .run import Run

#: Levels from the highest: a documented clause or plain safety; what everybody agrees on; style.
LEVELS = {Severity.ERROR: "must", Severity.WARNING: "should", Severity.NOTE: "may"}


#: Which runs a rule is about: those of one caller who hears of the job by asking, of one who is told of it by a webhook, of
#: several at once, of one who went away.
Of = Literal["one", "told", "several", "gone"]
_ONE: tuple[Of, ...] = ("one",)
#: Runs in which a rule about what a client sends can judge: whatever came of it.
SENT: tuple[Of, ...] = ("one", "told")


class Broken(NamedTuple):
    """One place where a rule is broken: where, what must be there, and what was there instead."""

    where: str
    wanted: str
    seen: str


@dataclass(frozen=True, slots=True)
class ClientRule:
    """A row. `when` is the guard (its docstring says it in words), `basis` the clause or convention that the rule rests on,
    `needs` what a client must do at all to be judged by it. `masked_by` are rules whose finding in the same run explains
    this one: one root cause, one finding. `of` says which runs it is about.
    """

    id: str
    when: Callable[[Run], bool]
    check: Callable[[Run], Iterable[Broken]]
    basis: str
    needs: tuple[str, ...]
    masked_by: tuple[str, ...]
    of: tuple[Of, ...] = _ONE

    @property
    def level(self) -> str:
        """must, should or may."""
        return LEVELS[RULES[self.id].severity]

    @property
    def sentence(self) -> str:
        """The rule as one sentence about a client that breaks it."""
        return RULES[self.id].sentence

    @property
    def guard(self) -> str:
        """When the rule judges, in words."""
        said = " ".join((self.when.__doc__ or "").split())
        return said[:1].lower() + said[1:].rstrip(".")

    def findings(self, run: Run) -> Iterator[Finding]:
        """What of the rule the run breaks. The guard is the caller's business."""
        for broken in self.check(run):
            yield Finding(self.id, broken.where, broken.wanted, broken.seen, self.basis)


#: Every rule of a client by id, as far as its room is loaded.
CLIENT_RULES: dict[str, ClientRule] = {}

Check = Callable[[Run], Iterable[Broken]]


def rule(
    id_: str,
    *,
    when: Callable[[Run], bool],
    basis: str,
    needs: tuple[str, ...] = (),
    masked_by: tuple[str, ...] = (),
    of: tuple[Of, ...] = _ONE,
) -> Callable[[Check], Check]:
    """Put a check into the catalogue under its id."""

    def enter(check: Check) -> Check:
        assert id_ in RULES, f"{id_} is no row of findings.py"
        assert id_ not in CLIENT_RULES, f"{id_} is there twice"
        CLIENT_RULES[id_] = ClientRule(id_, when, check, basis, needs, masked_by, of)
        return check

    return enter


@cache
def client_rules() -> dict[str, ClientRule]:
    """The catalogue, with every room of it loaded, in the order of `findings.py`."""
    from . import client_rules as rooms

    assert rooms
    return {each: CLIENT_RULES[each] for each in RULES if each in CLIENT_RULES}


__all__ = ["CLIENT_RULES", "LEVELS", "Broken", "ClientRule", "client_rules", "rule", "shown"]
