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

#: Steps of work for one question: cases, and parts of their clauses that were looked at.
MOST_STEPS = 400_000
#: Those for all questions of a comparison, after which each gets only a few.
_ALL_STEPS = 1_200_000
_LEAST_STEPS = 10_000
#: Questions inside questions; what is deeper is put off.
_DEEPEST = 3
#: Depths of no set at all, and of one that was put off.
_NONE, _PUT_OFF = 1_000_000, -1

Accept = Callable[[Any], bool]


class TooLong(Exception):
    """The search was given up; the text says which bound it reached."""


class Solver:
    """Answers questions about the sets of one comparison, and remembers the answers."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._steps = self._spent = 0
        self._allowed = MOST_STEPS
        #: What the literals of objects say, by the literals.
        self.members: dict[tuple[int, ...], Any] = {}
        self._known: dict[int, Outcome] = {}
        self._open: dict[int, int] = {}
        #: The depth of the outermost open set that was taken to be empty since the innermost was opened.
        self._lowest = _NONE
        #: Sets called empty because one that is still open, at this depth, was taken to be.
        self._provisional: dict[int, int] = {}
        #: Sets taken to be empty for being too many levels down, to be asked about later.
        self._put_off: set[int] = set()
        self._leaves: dict[tuple[str, frozenset[int]], Outcome] = {}

    def ask(self, parts: Sequence[int], accept: Accept) -> Outcome:
        """A member of all parts that `accept` agrees to. Raises TooLong."""
        self._spent += self._steps
        self._steps = 0
        self._allowed = min(MOST_STEPS, max(_LEAST_STEPS, (_ALL_STEPS - self._spent) // 4))
        goal = self.terms.both(parts)
        try:
            while True:
                outcome = self._asked(goal, accept)
                if outcome.is_sure or self._all_empty():
                    return outcome
                self._forget()
        finally:
            self._forget()

    def work(self) -> None:
        """Count one step of work. Raises TooLong when there were too many."""
        self._steps += 1
        if self._steps > self._allowed:
            raise TooLong(f"more than {self._allowed:,} steps")

    def _all_empty(self) -> bool:
        """Whether the sets that were put off, as too many levels down, are empty after all, taken together."""
        answered: set[int] = set()
        sure = True
        while left := self._put_off - answered:
            for goal in left:
                answered.add(goal)
                outcome = self._asked(goal, None)
                if not outcome.is_empty:
                    self._known[goal] = outcome
                    sure = False
        if sure:
            self._known.update(dict.fromkeys((*self._provisional, *self._put_off), EMPTY))
        return sure

    def _forget(self) -> None:
        self._open.clear()
        self._provisional.clear()
        self._put_off.clear()
        self._lowest = _NONE

    def member(self, parts: Sequence[int]) -> Outcome:
        """A member of all parts. Raises TooLong."""
        goal = self.terms.both(parts)
        if goal in self._known:
            return self._known[goal]
        for assumed in (self._provisional, self._open):
            if goal in assumed:
                self._lowest = min(self._lowest, assumed[goal])
                return EMPTY
        if goal in self._put_off or len(self._open) >= _DEEPEST:
            self._put_off.add(goal)
            self._lowest = _PUT_OFF
            return EMPTY
        return self._asked(goal, None)

    def never(self, ask: Callable[[], Outcome]) -> bool:
        """Whether a question is answered with "none" on the strength of nothing that is still open."""
        outer, self._lowest = self._lowest, _NONE
        is_empty = ask().is_empty
        proved = is_empty and self._lowest == _NONE
        self._lowest = min(outer, self._lowest)
        return proved

    def _asked(self, goal: int, accept: Accept | None) -> Outcome:
        if goal == NOTHING:
            return EMPTY
        depth = len(self._open)
        self._open[goal] = depth
        outer, self._lowest = self._lowest, _NONE
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
        if not outcome.doubt or lowest >= depth:  # a doubt may be gone when no set is taken to be empty
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
        self.work()
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
