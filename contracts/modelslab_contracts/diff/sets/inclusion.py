"""Is every value of one schema a value of another? Proved safe, proved breaking with a witness, or neither."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from .engines import Engines, tells_apart
from .likeness import Likeness
from .reading import Reader
from .shrinking import shrunk
from .solver import Solver, TooLong
from .source import Source, Unreadable
from .terms import Terms
from .verdict import Breaking, Safe, Unproved, Verdict


class Set(NamedTuple):
    """The values that a schema accepts: the schema where it stands, and its term."""

    source: Source
    node: Any
    term: int


class Comparison:
    """Documents under comparison, and all that has been found out about their schemas."""

    def __init__(self, *sources: Source) -> None:
        self._terms = Terms()
        self._solver = Solver(self._terms)
        self._sources = sources  # kept, so that their ids stay their own
        self._engines: dict[tuple[int, int], Engines] = {}
        self._decided: dict[tuple[int, int], Verdict] = {}

    @cached_property
    def _readers(self) -> dict[int, Reader]:
        """Who reads each document; made when the first schema is asked about, which may be never."""
        likeness = Likeness(self._sources)
        return {id(source): Reader(self._terms, source, serial, likeness) for serial, source in enumerate(self._sources)}

    def set_of(self, source: Source, node: Any) -> Set:
        """The set of values of a schema that stands in one of the documents. Raises Unreadable."""
        try:
            return Set(source, node, self._readers[id(source)].term(node))
        except RecursionError:
            raise Unreadable("nested too deeply") from None

    def inside(self, one: Set, other: Set) -> Verdict:
        """Whether every value of `one` is a value of `other`."""
        key = one.term, other.term
        if key not in self._decided:
            self._decided[key] = self._decide(one, other)
        return self._decided[key]

    def _decide(self, one: Set, other: Set) -> Verdict:
        def shows_it(value: Any) -> bool:
            try:
                return tells_apart(value, self._engines_of(one), self._engines_of(other))
            except Unreadable:
                return False

        try:
            outcome = self._solver.ask((one.term, -other.term), shows_it)
        except TooLong as problem:
            return Unproved(str(problem))
        except RecursionError:
            return Unproved("nested too deeply")
        if outcome.is_sure:
            return Breaking(shrunk(outcome.value, shows_it))
        return Unproved(outcome.doubt) if outcome.doubt else Safe()

    def _engines_of(self, one: Set) -> Engines:
        key = id(one.source), id(one.node)
        if key not in self._engines:
            self._engines[key] = Engines(one.source.standalone(one.node))
        return self._engines[key]


def inside(
    one: Any,
    other: Any,
    *,
    dialect: str = "3.1",
    other_dialect: str | None = None,
    root: Any = None,
    other_root: Any = None,
    others: Mapping[str, Any] | None = None,
) -> Verdict:
    """Whether every value of the schema `one` is a value of `other`.

    References lead into `root` and `other_root`, or into the schemas themselves; `others` are further documents by URI.
    """
    first = Source(one if root is None else root, dialect, others)
    second = Source(other if other_root is None else other_root, other_dialect or dialect, others)
    comparison = Comparison(first, second)
    try:
        return comparison.inside(comparison.set_of(first, one), comparison.set_of(second, other))
    except Unreadable as problem:
        return Unproved(str(problem))
