"""What a search for a member of a set came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from .terms import Terms


class Outcome(NamedTuple):
    """A member, or none; and a doubt that leaves it unproved, "" for none.

    `(False, None, "")` is a proof that there is no member. A member with a doubt is a guess, to be confirmed.
    """

    found: bool
    value: Any = None
    doubt: str = ""

    @property
    def is_empty(self) -> bool:
        """Proved: there is no member."""
        return not self.found and not self.doubt

    @property
    def is_sure(self) -> bool:
        """A member was constructed."""
        return self.found and not self.doubt

    def doubted(self, why: str) -> Outcome:
        """The same, with a further reason to doubt it."""
        return self._replace(doubt=self.doubt or why)


EMPTY = Outcome(found=False)


def member(value: Any) -> Outcome:
    """A member of which there is no doubt."""
    return Outcome(True, value)


def unknown(why: str) -> Outcome:
    """Neither a member nor a proof."""
    return Outcome(False, None, why)


def first_of(outcomes: Iterable[Outcome]) -> Outcome:
    """The first sure member of a union of sets, else a guess, else a doubt; empty when all are."""
    best = EMPTY
    for outcome in outcomes:
        if outcome.is_sure:
            return outcome
        if (outcome.found and not best.found) or (outcome.doubt and not best.doubt):
            best = outcome
    return best


class Finder(Protocol):
    """Whoever finds members of other sets."""

    terms: Terms

    def member(self, parts: Sequence[int]) -> Outcome:
        """A member of all parts."""

    def never(self, ask: Callable[[], Outcome]) -> bool:
        """Whether a question is answered with "none" on the strength of nothing that is still open."""

    def work(self) -> None:
        """Count one step of work. Raises TooLong when there were too many."""

    def leaf(self, kind: str, literals: tuple[int, ...]) -> Outcome:
        """A value of a kind of which all literals are true."""

    #: What the literals of objects said, by the literals.
    members: dict[tuple[int, ...], Any]
