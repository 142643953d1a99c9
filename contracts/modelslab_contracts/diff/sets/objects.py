"""An object some members of which are demanded and others forbidden.

Members do not know of each other, so an object is a product: each demanded member on its own, then as many others as the
size asks for. A demand for "some member" is tried at every name that is mentioned, then at a fresh name of every kind
that the other keywords tell apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from .judge import judge
from .outcome import EMPTY, Finder, Outcome, first_of, unknown
from .terms import All, Has, Size, Some, Terms, Values
from .values import value_of

_LARGEST = 300
_MOST_KINDS_OF_NAMES = 6

#: name -> the sets that the value of a demanded member has to be in.
Demands = dict[str, tuple[int, ...]]


class _Way(NamedTuple):
    """A name that a member could have, and the sets that its value then has to be in."""

    name: str
    goal: tuple[int, ...]
    doubt: str = ""


class Members:
    """What the literals of a case say about the members of an object."""

    def __init__(self, solver: Finder, literals: Sequence[int]) -> None:
        self.solver = solver
        self.least, self.most = 0, None if not literals else _most(solver.terms, literals)
        self.demands: Demands = {}
        self.limits: Demands = {}
        self._goals: dict[str, tuple[tuple[int, ...], str]] = {}
        self.wanted: list[Some] = []
        self.refused: list[Some] = []
        for literal in literals:
            match solver.terms[literal], literal > 0:
                case Size(_, size), True:
                    self.least = max(self.least, size)
                case Has(name, inner), True:
                    self.demands[name] = (*self.demands.get(name, ()), inner)
                case Has(name, inner), False:
                    self.limits[name] = (*self.limits.get(name, ()), -inner)
                case Some() as some, positive:
                    (self.wanted if positive else self.refused).append(some)

    @classmethod
    def of(cls, solver: Finder, literals: tuple[int, ...]) -> Members:
        """The members of these literals, read once."""
        if literals not in solver.members:
            solver.members[literals] = cls(solver, literals)
        found: Members = solver.members[literals]
        return found

    @cached_property
    def names(self) -> list[str]:
        """Every name that is mentioned: demanded ones first, then as the schemas list them."""
        listed = (name for some in (*self.wanted, *self.refused) for name in _listed(self.solver.terms, some.names))
        return list(dict.fromkeys(chain(self.demands, self.limits, listed)))

    def goal(self, name: str) -> tuple[tuple[int, ...], str]:
        """What the value of a member has to be in, if it is there; and a doubt."""
        if name not in self._goals:
            self._goals[name] = self._goal(name)
        return self._goals[name]

    def _goal(self, name: str) -> tuple[tuple[int, ...], str]:
        sets = [*self.demands.get(name, ()), *self.limits.get(name, ())]
        doubt = ""
        for some in self.refused:
            belongs = judge(self.solver.terms, name, some.names)
            if belongs:
                sets.append(-some.inner)
            elif belongs is None:
                doubt = f"whether {name!r} is among the names of a pattern"
        return tuple(sets), doubt

    def ways(self, names: int, inner: int, demands: Demands) -> Iterator[_Way]:
        """Where a member with its name in `names` and its value in `inner` could be."""
        for name in dict.fromkeys((*demands, *self.names)):
            belongs = judge(self.solver.terms, name, names)
            if belongs is not False:
                goal, doubt = self.goal(name)
                unsure = "" if belongs else f"whether {name!r} is among the names of a pattern"
                yield _Way(name, (*goal, *demands.get(name, ()), inner), doubt or unsure)
        yield from self.fresh(names, inner, demands)

    def fresh(self, names: int, inner: int, demands: Demands) -> Iterator[_Way]:
        """One new name for each kind of names that the refused members tell apart."""
        terms = self.solver.terms
        if len(self.refused) > _MOST_KINDS_OF_NAMES:
            yield _Way("", (inner,), f"more than {_MOST_KINDS_OF_NAMES} kinds of names")
            return
        known = -terms.values(dict.fromkeys((*demands, *self.names)))
        for kind in range(1 << len(self.refused)):
            among = [bool(kind >> number & 1) for number in range(len(self.refused))]
            goal = (inner, *(-some.inner for some, yes in zip(self.refused, among, strict=True) if yes))
            if terms.both(goal) == -1:
                continue
            of_kind = (some.names if yes else -some.names for some, yes in zip(self.refused, among, strict=True))
            wanted = (terms.of_kinds(("string",)), names, known, *of_kind)
            name = self.solver.member((*wanted, terms.sized("string", 1)))  # an empty name is hard to see in a witness
            name = self.solver.member(wanted) if name.is_empty else name
            if not name.is_empty:
                yield _Way(name.value if name.found else "", goal, name.doubt)


def object_of(solver: Finder, literals: tuple[int, ...]) -> Outcome:
    """An object of which all literals are true."""
    members = Members.of(solver, literals)
    if members.most is not None and max(members.least, len(members.demands)) > members.most:
        return EMPTY
    if members.least > _LARGEST:
        return unknown(f"an object of more than {_LARGEST} members")
    return _placed(members, dict.fromkeys(members.demands, ()), members.wanted)


def _placed(members: Members, demands: Demands, wanted: list[Some]) -> Outcome:
    """The object in which every wanted member has found a name."""
    if not wanted:
        return _filled(members, demands)
    return first_of(_at(members, demands, way, wanted) for way in members.ways(wanted[0].names, wanted[0].inner, demands))


def _at(members: Members, demands: Demands, way: _Way, wanted: list[Some]) -> Outcome:
    value = members.solver.member(way.goal)
    if value.is_empty:
        return EMPTY
    if way.doubt and not way.name:
        return unknown(way.doubt)
    placed = _placed(members, {**demands, way.name: (*demands.get(way.name, ()), wanted[0].inner)}, wanted[1:])
    return placed.doubted(way.doubt) if way.doubt and not placed.is_empty else placed


def _filled(members: Members, demands: Demands) -> Outcome:
    found: dict[str, Any] = {}
    doubt = ""
    if members.most is not None and len(demands) > members.most:
        # Two wanted members may be one with a name that neither would have taken alone.
        return unknown("too many ways to share names") if len(members.wanted) > 1 else EMPTY
    for name, further in demands.items():
        goal, why = members.goal(name)
        value = members.solver.member((*goal, *further))
        if value.is_empty:
            return EMPTY
        found[name] = value.value
        doubt = doubt or why or value.doubt
    if doubt and len(found) >= members.least:
        return Outcome(True, found, doubt)
    return _enlarged(members, found, doubt)


def _enlarged(members: Members, found: dict[str, Any], doubt: str) -> Outcome:
    """The object with further members, until it is large enough."""
    while len(found) < members.least:
        demands: Demands = dict.fromkeys(found, ())
        new = first_of(
            _pair(members, way)
            for way in members.ways(members.solver.terms.of_kinds(("string",)), 1, demands)
            if way.name not in found
        )
        if new.is_empty:
            return EMPTY if not doubt else unknown(doubt)
        if not new.found:
            return unknown(new.doubt)
        found = {**found, **new.value}
        doubt = doubt or new.doubt
    return Outcome(True, found, doubt)


def _pair(members: Members, way: _Way) -> Outcome:
    value = members.solver.member(way.goal)
    if value.is_empty or not value.found:
        return value
    return Outcome(bool(way.name) or not way.doubt, {way.name: value.value}, way.doubt or value.doubt)


def _most(terms: Terms, literals: Sequence[int]) -> int | None:
    sizes = (predicate.least - 1 for each in literals if each < 0 and isinstance(predicate := terms[each], Size))
    return min(sizes, default=None)


def _listed(terms: Terms, term: int) -> Iterator[str]:
    predicate = terms[term]
    if isinstance(predicate, All):
        for part in predicate.parts:
            yield from _listed(terms, part)
    elif isinstance(predicate, Values):
        yield from (value_of(text) for text in predicate.texts if text.startswith('"'))
