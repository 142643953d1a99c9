"""The algebra of value sets: a schema as a term over a dozen predicates, each true of no value outside its kind.

A term is a signed number: `n` stands for the predicate numbered `n`, `-n` for its complement. Equal predicates have
the same number, whatever document they come from, so a set and its complement in one conjunction are seen at once.

Every keyword is then a small term, mostly the complement of "something is wrong": `properties: {p: S}` is "has no `p`
outside S", `maximum: 9` is "not over 9". With that, objects need three predicates and arrays five.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

from .values import KINDS, kind_of, text_of, value_of

P = TypeVar("P")

EVERYTHING = 1
NOTHING = -1


class All(NamedTuple):
    """In each of `parts`. The empty one is everything; with signs, this is all the logic there is."""

    parts: tuple[int, ...]


class Kinds(NamedTuple):
    """Of one of these kinds."""

    kinds: frozenset[str]


class Values(NamedTuple):
    """Equal to one of these, as texts."""

    texts: tuple[str, ...]


class Over(NamedTuple):
    """A number above `bound`, or at it unless `strict`."""

    bound: Fraction
    strict: bool


class Step(NamedTuple):
    """A number that is a multiple of `step`; `vague` where engines round it differently."""

    step: Fraction
    vague: bool


class Size(NamedTuple):
    """A string, array or object of at least `least` characters, items or members."""

    kind: str
    least: int


class Matches(NamedTuple):
    """A string in which the pattern is found."""

    pattern: str


class Item(NamedTuple):
    """An array that has an item at `place`, one of `inner`."""

    place: int
    inner: int


class Rest(NamedTuple):
    """An array that has an item of `inner` at `start` or later."""

    start: int
    inner: int


class Many(NamedTuple):
    """An array with at least `least` items of `inner`."""

    inner: int
    least: int


class Repeats(NamedTuple):
    """An array in which two items are equal."""


class Has(NamedTuple):
    """An object that has a member `name`, its value one of `inner`."""

    name: str
    inner: int


class Some(NamedTuple):
    """An object that has a member whose name is one of `names` and whose value is one of `inner`."""

    names: int
    inner: int


class Again(NamedTuple):
    """What a reference leads to, by the number of its class: schemas that are alike have one."""

    alike: int


class Opaque(NamedTuple):
    """A set of which nothing is known but its name, and why."""

    name: str
    why: str


Predicate = All | Kinds | Values | Over | Step | Size | Matches | Item | Rest | Many | Repeats | Has | Some | Again | Opaque

#: predicate -> the kinds outside which it is true of nothing.
AREAS: dict[type, tuple[str, ...]] = {
    Over: ("integer", "fraction"),
    Step: ("integer", "fraction"),
    Matches: ("string",),
    Item: ("array",),
    Rest: ("array",),
    Many: ("array",),
    Repeats: ("array",),
    Has: ("object",),
    Some: ("object",),
}


class Terms:
    """All predicates of one comparison, each with its number."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[type, Any], int] = {}
        self._predicates: list[Predicate] = [All(())]
        self._readers: dict[int, Callable[[], int]] = {}
        self._leads_to: dict[int, int] = {}
        self._first_seen: dict[str, int] = {}
        self.number(All(()))

    def number(self, predicate: Predicate) -> int:
        """The number of a predicate."""
        # Named tuples of different classes can be equal, so the class is part of the key.
        key = (type(predicate), predicate)
        if key not in self._numbers:
            self._numbers[key] = len(self._predicates)
            self._predicates.append(predicate)
        return self._numbers[key]

    def __getitem__(self, term: int) -> Predicate:
        """The predicate of a term, without its sign."""
        return self._predicates[abs(term)]

    def among(self, literals: Iterable[int], of: type[P]) -> list[tuple[P, bool]]:
        """The literals with a predicate of one class, and whether they state or deny it."""
        told = ((self[each], each > 0) for each in literals)
        return [(predicate, stated) for predicate, stated in told if isinstance(predicate, of)]

    def both(self, parts: Iterable[int]) -> int:
        """The values that are in all parts."""
        flat: set[int] = set()
        for part in parts:
            predicate = self[part] if part > 0 else None
            flat.update(predicate.parts if isinstance(predicate, All) else (part,))
        if NOTHING in flat or any(-part in flat for part in flat):
            return NOTHING
        if len(flat) == 1:
            return flat.pop()
        return self.number(All(tuple(sorted(flat))))

    def either(self, parts: Iterable[int]) -> int:
        """The values that are in any part."""
        return -self.both(-part for part in parts)

    def of_kinds(self, kinds: Iterable[str]) -> int:
        """The values of these kinds."""
        chosen = frozenset(kinds)
        if len(chosen) == len(KINDS):
            return EVERYTHING
        return self.number(Kinds(chosen)) if chosen else NOTHING

    def when(self, kinds: Iterable[str], term: int) -> int:
        """The values of other kinds, and those of `term`."""
        return self.either((-self.of_kinds(kinds), term))

    def sized(self, kind: str, least: int) -> int:
        """The strings, arrays or objects of at least this size."""
        return self.number(Size(kind, least)) if least > 0 else self.of_kinds((kind,))

    def has(self, name: str, inner: int = EVERYTHING) -> int:
        """The objects with a member `name` of `inner`."""
        return NOTHING if inner == NOTHING else self.number(Has(name, inner))

    def some(self, names: int, inner: int) -> int:
        """The objects with a member, its name of `names` and its value of `inner`."""
        return NOTHING if NOTHING in (names, inner) else self.number(Some(names, inner))

    def item(self, place: int, inner: int) -> int:
        """The arrays whose item at `place` is of `inner`."""
        if inner == EVERYTHING:
            return self.sized("array", place + 1)
        return NOTHING if inner == NOTHING else self.number(Item(place, inner))

    def rest(self, start: int, inner: int) -> int:
        """The arrays with an item of `inner` at `start` or later."""
        if inner == EVERYTHING:
            return self.sized("array", start + 1)
        return NOTHING if inner == NOTHING else self.number(Rest(start, inner))

    def many(self, inner: int, least: int) -> int:
        """The arrays with at least so many items of `inner`."""
        if least <= 1:
            return self.rest(0, inner) if least == 1 else self.of_kinds(("array",))
        if inner == EVERYTHING:
            return self.sized("array", least)
        return NOTHING if inner == NOTHING else self.number(Many(inner, least))

    def values(self, values: Iterable[Any]) -> int:
        """Exactly these values."""
        texts = [text_of(each) for each in values]
        for text in texts:
            self._first_seen.setdefault(text, len(self._first_seen))
        return self.number(Values(tuple(sorted(set(texts))))) if texts else NOTHING

    def in_order(self, predicate: Values, kind: str) -> list[Any]:
        """The values of a kind, in the order in which the schemas list them."""
        found = [(self._first_seen[text], value_of(text)) for text in predicate.texts]
        return [value for _, value in sorted(found, key=lambda each: each[0]) if kind_of(value) == kind]

    def exactly(self, value: Any) -> int:
        """One array or object, spelt out member by member."""
        if isinstance(value, list):
            items = (self.item(index, self.values([each])) for index, each in enumerate(value))
            return self.both((self.of_kinds(("array",)), -self.sized("array", len(value) + 1), *items))
        members = (self.has(name, self.values([each])) for name, each in value.items())
        return self.both((self.of_kinds(("object",)), -self.sized("object", len(value) + 1), *members))

    def texts(self) -> list[str]:
        """Every string among the values and names met so far: where a pattern cannot be read, one of them may match."""
        listed = [value_of(text) for text in self._first_seen if text.startswith('"')]
        return listed + [each.name for each in self._predicates if isinstance(each, Has)]

    def lead(self, again: int, read: Callable[[], int]) -> None:
        """Say how to read what a reference leads to."""
        self._readers.setdefault(again, read)

    def follow(self, term: int) -> int:
        """What the reference of a term leads to, with the term's sign."""
        again = abs(term)
        if again not in self._leads_to:
            self._leads_to[again] = self._readers[again]()
        return self._leads_to[again] if term > 0 else -self._leads_to[again]
