"""Is there a value that is in all of these sets? Find one, or prove that there is none.

One kind of value at a time. The sets are taken apart into literals (a predicate of that kind, or its complement) and
clauses ("in one of these"); a clause of which one part is left is no clause any more. What remains is branched over.

Values are finite, so the smallest member of a set has no member of the same set inside: whoever meets, below a set, the
question whether that set has a member may answer no. That ends every recursion. What was said on the strength of it is
provisional until the outer question is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...findings import shown
from .arrays import array_of
from .case import Case, say
from .clauses import simplified
from .judge import judge
from .numbers import number_of
from .objects import object_of
from .outcome import EMPTY, Outcome, first_of, member, unknown
from .strings import string_of
from .terms import NOTHING, Terms
from .values import KINDS

#: Cases looked at for one question, and questions inside questions.
MOST_CASES = 20_000
_DEEPEST = 60

Accept = Callable[[Any], bool]


class TooLong(Exception):
    """The search was given up; the text says which bound it reached."""


class Solver:
    """Answers questions about the sets of one comparison, and remembers the answers."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.cases = 0
        self._known: dict[int, Outcome] = {}
        self._open: dict[int, int] = {}
        self._lowest = _DEEPEST + 1
        #: Sets called empty because one that is still open, at this depth, was taken to be.
        self._provisional: dict[int, int] = {}
        self._leaves: dict[tuple[str, frozenset[int]], Outcome] = {}

    def ask(self, parts: Sequence[int], accept: Accept) -> Outcome:
        """A member of all parts that `accept` agrees to. Raises TooLong."""
        self.cases = 0
        try:
            return self._asked(self.terms.both(parts), accept)
        finally:
            self._open.clear()
            self._provisional.clear()
            self._lowest = _DEEPEST + 1

    def member(self, parts: Sequence[int]) -> Outcome:
        """A member of all parts. Raises TooLong."""
        goal = self.terms.both(parts)
        if goal in self._known:
            return self._known[goal]
        for assumed in (self._provisional, self._open):
            if goal in assumed:
                self._lowest = min(self._lowest, assumed[goal])
                return EMPTY
        return self._asked(goal, None)

    def _asked(self, goal: int, accept: Accept | None) -> Outcome:
        if goal == NOTHING:
            return EMPTY
        depth = len(self._open)
        if depth >= _DEEPEST:
            raise TooLong(f"more than {_DEEPEST} levels")
        self._open[goal] = depth
        outer, self._lowest = self._lowest, _DEEPEST + 1
        try:
            outcome = first_of(self._of_kind(kind, goal, accept) for kind in KINDS)
        finally:
            del self._open[goal]
        lowest, self._lowest = self._lowest, min(outer, self._lowest)
        if accept is None or outcome.is_empty:
            self._settle(goal, outcome, lowest, depth)
        return outcome

    def _settle(self, goal: int, outcome: Outcome, lowest: int, depth: int) -> None:
        mine = [each for each, low in self._provisional.items() if low >= depth]
        if outcome.is_empty and lowest < depth:
            self._provisional.update(dict.fromkeys(mine, lowest))
            self._provisional[goal] = lowest
            return
        self._known[goal] = outcome
        for each in mine:
            del self._provisional[each]
            if outcome.is_empty:
                self._known[each] = EMPTY

    # --- one kind of value ---------------------------------------------------------------------------------------------

    def _of_kind(self, kind: str, goal: int, accept: Accept | None) -> Outcome:
        case = Case(kind)
        if kind in ("null", "boolean"):
            case.listed = [None] if kind == "null" else [False, True]
        return self._solved(case, goal, accept) if say(self.terms, case, [goal]) else EMPTY

    def _solved(self, case: Case, goal: int, accept: Accept | None) -> Outcome:
        self.cases += 1
        if self.cases > MOST_CASES:
            raise TooLong(f"more than {MOST_CASES:,} cases")
        if case.listed is not None:
            return first_of(self._judged(value, goal, accept) for value in case.listed)
        if not simplified(self, case):
            return EMPTY
        if case.listed is not None:
            return first_of(self._judged(value, goal, accept) for value in case.listed)
        plain = self.leaf(case.kind, case.literals)
        if plain.is_empty:
            return EMPTY
        # The simplest value that the literals allow may do, whatever the clauses say.
        if plain.found:
            tried = self._judged(plain.value, goal, accept)
            if tried.is_sure or (not case.clauses and tried.found):
                return tried.doubted(plain.doubt) if plain.doubt and accept is None else tried
        if not case.clauses:
            return plain.doubted(case.doubt or f"the engines do not agree on {shown(plain.value)}") if plain.found else plain
        return first_of(self._solved(each, goal, accept) for each in self._branches(case))

    def _branches(self, case: Case) -> Sequence[Case]:
        clause = min(case.clauses, key=len)
        case.clauses.remove(clause)
        branches = []
        for part in clause:
            branch = case.copy()
            if say(self.terms, branch, [part]):
                branches.append(branch)
        return branches

    def _judged(self, value: Any, goal: int, accept: Accept | None) -> Outcome:
        held = judge(self.terms, value, goal)
        if held is False:
            return EMPTY
        if accept is not None:
            return member(value) if accept(value) else unknown(f"the engines do not agree on {shown(value)}")
        return member(value) if held else Outcome(True, value, "engines may not agree on a value")

    def leaf(self, kind: str, literals: tuple[int, ...]) -> Outcome:
        """A value of a kind of which all literals are true. Raises TooLong."""
        key = kind, frozenset(literals)
        if key in self._leaves:
            return self._leaves[key]
        if kind in ("integer", "fraction"):
            found = self._leaves[key] = number_of(self.terms, kind, literals)
        elif kind == "string":
            found = self._leaves[key] = string_of(self.terms, literals)
        elif kind == "array":
            found = array_of(self, literals)
        else:
            found = object_of(self, literals)
        return found
