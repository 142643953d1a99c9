"""An array of some length, some items of which are demanded and others forbidden.

Items that no keyword names one by one are alike, so a demand for "some item" has to be tried at the named places and at
as many later ones as there are demands. Distinct items are a matching of places with values, of which as many as there
are places are enough for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice, product
from typing import Any, NamedTuple

from .outcome import EMPTY, Finder, Outcome, first_of, member, unknown
from .terms import Item, Many, Repeats, Rest, Size, Terms
from .values import text_of

_LONGEST = 300
_MOST_PLACINGS = 2_000
_MOST_ALLOTTED = 500

#: The sets that an item has to be in, and those of the items at some places.
Goal = tuple[int, ...]
Placing = dict[int, Goal]


class _Shape(NamedTuple):
    least: int
    most: int | None
    #: +Item and -Item: place, set.
    demanded: tuple[tuple[int, int], ...]
    limited: tuple[tuple[int, int], ...]
    #: +Rest and +Many: first place, how many, set. -Rest: first place, set.
    wanted: tuple[tuple[int, int, int], ...]
    beyond: tuple[tuple[int, int], ...]
    #: -Many: set, and how many of it are too many.
    few: tuple[Many, ...]
    repeats: bool
    distinct: bool

    def goal(self, place: int) -> Goal:
        """What the item at a place has to be in, if there is one."""
        here = [inner for at, inner in (*self.demanded, *self.limited) if at == place]
        return tuple(here + [inner for start, inner in self.beyond if place >= start])


def array_of(solver: Finder, literals: Sequence[int]) -> Outcome:
    """An array of which all literals are true."""
    shape = _shape(solver.terms, literals)
    if shape.most is not None and shape.least > shape.most:
        return EMPTY
    forced: Placing = {}
    for place, inner in shape.demanded:
        forced[place] = (*forced.get(place, ()), inner)
    if max(forced, default=0) >= _LONGEST or shape.least > _LONGEST:
        return unknown(f"an array of more than {_LONGEST} items")
    placings = list(islice(_placings(shape, forced), _MOST_PLACINGS + 1))
    outcome = first_of(_filled(solver, shape, each) for each in placings[:_MOST_PLACINGS])
    if len(placings) > _MOST_PLACINGS and not outcome.is_sure:
        return outcome.doubted(f"more than {_MOST_PLACINGS:,} ways to place items")
    return outcome


def _shape(terms: Terms, literals: Sequence[int]) -> _Shape:
    sizes = terms.among(literals, Size)
    items = terms.among(literals, Item)
    rests = terms.among(literals, Rest)
    many = terms.among(literals, Many)
    repeats = [stated for _, stated in terms.among(literals, Repeats)]
    return _Shape(
        least=max((size.least for size, yes in sizes if yes), default=0),
        most=min((size.least - 1 for size, yes in sizes if not yes), default=None),
        demanded=tuple((place, inner) for (place, inner), yes in items if yes),
        limited=tuple((place, -inner) for (place, inner), yes in items if not yes),
        wanted=(
            *((start, 1, inner) for (start, inner), yes in rests if yes),
            *((0, count, inner) for (inner, count), yes in many if yes),
        ),
        beyond=tuple((start, -inner) for (start, inner), yes in rests if not yes),
        few=tuple(one for one, yes in many if not yes),
        repeats=True in repeats,
        distinct=False in repeats,
    )


def _placings(shape: _Shape, forced: Placing) -> Iterator[Placing]:
    """Every way to give the demands places, up to the order of items that are alike."""
    named = 1 + max((place for place, _ in (*shape.demanded, *shape.limited)), default=-1)
    named = max(named, *(start for start, _ in shape.beyond), *(start for start, _, _ in shape.wanted), 0)
    places = named + sum(count for _, count, _ in shape.wanted) + 2 * shape.repeats
    if shape.most is not None:
        places = min(places, shape.most)
    chosen = [list(combinations(range(start, places), count)) for start, count, _ in shape.wanted]
    pairs = list(combinations(range(places), 2)) if shape.repeats else [()]
    for pair in pairs:
        for spots in product(*chosen):
            placing = dict(forced)
            for (_, _, inner), taken in zip(shape.wanted, spots, strict=True):
                for place in taken:
                    placing[place] = (*placing.get(place, ()), inner)
            if pair:  # both places want what either wants, so the same value is found for both
                both = tuple(each for place in pair for each in (*shape.goal(place), *placing.get(place, ())))
                placing |= dict.fromkeys(pair, both)
            yield placing


def _filled(solver: Finder, shape: _Shape, placing: Placing) -> Outcome:
    length = max(shape.least, 1 + max(placing, default=-1))
    if shape.most is not None and length > shape.most:
        return EMPTY
    goals = [(*placing.get(place, ()), *shape.goal(place)) for place in range(length)]
    # The demanded places first: most placings fail there.
    for place in placing:
        if solver.member(goals[place]).is_empty:
            return EMPTY
    fill = _distinct if shape.distinct else _together
    if not shape.few:
        return fill(solver, goals)
    allotted = list(islice(_allotted(solver, shape.few, goals, 0), _MOST_ALLOTTED + 1))
    outcome = first_of(fill(solver, each) for each in allotted[:_MOST_ALLOTTED])
    if len(allotted) > _MOST_ALLOTTED and not outcome.is_sure:
        return outcome.doubted(f"more than {_MOST_ALLOTTED} ways to count items")
    return outcome


def _allotted(solver: Finder, few: Sequence[Many], goals: list[Goal], place: int) -> Iterator[list[Goal]]:
    """The goals from `place` on, each told which of the sets of which few are wanted its item is in; outside all first."""
    if place == len(goals):
        yield []
        return
    for inside in product((False, True), repeat=len(few)):
        if any(yes and many.least <= 1 for yes, many in zip(inside, few, strict=True)):
            continue
        goal = (*goals[place], *(many.inner if yes else -many.inner for yes, many in zip(inside, few, strict=True)))
        if not solver.member(goal).is_empty:
            left = [many._replace(least=many.least - yes) for yes, many in zip(inside, few, strict=True)]
            yield from ([goal, *others] for others in _allotted(solver, left, goals, place + 1))


def _together(solver: Finder, goals: list[Goal]) -> Outcome:
    values, doubt, found = [], "", True
    for goal in goals:
        outcome = solver.member(goal)
        if outcome.is_empty:
            return EMPTY
        values.append(outcome.value)
        doubt, found = doubt or outcome.doubt, found and outcome.found
    return Outcome(found, values if found else None, doubt)


def _distinct(solver: Finder, goals: list[Goal]) -> Outcome:
    """A matching of places with values: each place needs no more candidates than there are places."""
    domains: dict[Goal, list[Any]] = {}
    doubt = ""
    for goal in goals:
        if goal not in domains:
            domains[goal], why = _some_members(solver, goal, len(goals))
            doubt = doubt or why
    found = _matched([domains[goal] for goal in goals])
    if found is not None:
        return member(found).doubted(doubt)
    return unknown(doubt) if doubt else EMPTY


def _matched(domains: list[list[Any]]) -> list[Any] | None:
    """A value from each domain, all distinct; None when there is no such choice."""
    taken: dict[str, int] = {}
    values: dict[int, Any] = {}

    def place(index: int, tried: set[str]) -> bool:
        for value in domains[index]:
            text = text_of(value)
            if text not in tried:
                tried.add(text)
                if text not in taken or place(taken[text], tried):
                    taken[text], values[index] = index, value
                    return True
        return False

    if all(place(index, set()) for index in range(len(domains))):
        return [values[index] for index in range(len(domains))]
    return None


def _some_members(solver: Finder, goal: Goal, count: int) -> tuple[list[Any], str]:
    found: list[Any] = []
    while len(found) < count:
        outcome = solver.member((*goal, *(-solver.terms.values([each]) for each in found)))
        if not outcome.found:
            return found, outcome.doubt
        if outcome.doubt:
            return [*found, outcome.value], outcome.doubt
        found.append(outcome.value)
    return found, ""
