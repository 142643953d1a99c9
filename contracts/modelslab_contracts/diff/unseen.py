"""Changes that leave every set as it was, or larger, and still may hurt: another default, a field gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..json_pointer import escaped
from ..lint_subject import mapping
from .alternatives import listed, paired
from .drift import drifted, is_example_new, spoiled
from .mocked import mocked
from .renames import Sight, is_respelled, renames
from .silent import Spoken, mapped, spoken
from .view import View
from .walk import REQUEST, Standing


class Unseen(NamedTuple):
    """A row of the catalogue, where in the value, and what makes it up. `instead` are the places of causes that it explains."""

    spoken: Spoken
    at: str
    instead: tuple[str, ...] = ()
    is_lost: bool = False


def unseen(sight: Sight, before: Standing, after: Standing, side: str) -> Iterator[Unseen]:
    """What no witness can show, in a position that both documents have."""
    yield from _Look(sight, side).at(before, after, "")


class _Look:
    def __init__(self, sight: Sight, side: str) -> None:
        self._sight, self._side = sight, side
        self._seen: set[tuple[str, str]] = set()

    def at(self, before: Standing, after: Standing, at: str) -> Iterator[Unseen]:
        if self._sight.there.is_unchanged(before, after) and not is_example_new(self._sight, before, after):
            return
        old, new = self._sight.old, self._sight.new
        one, other = old.whole(before), new.whole(after)
        for each in spoken(old, new, before, after, self._side):
            yield Unseen(each, at)
        for each in mocked(self._sight, before, after, self._side):
            yield Unseen(each, at)
        for each in (*drifted(self._sight, before, after), *spoiled(self._sight, before, after)):
            yield Unseen(each, at)
        if (one.pointer, other.pointer) in self._seen:
            return
        self._seen.add((one.pointer, other.pointer))
        for each in mapped(old, new, before, after, self._side):
            yield Unseen(each, at)
        yield from self._fields(one, other, at)
        yield from self._inner(one, other, at)
        for word in ("anyOf", "oneOf"):
            for mine, theirs in paired(old, new, listed(one, word), listed(other, word)):
                if theirs is not None:
                    yield from self.at(mine, theirs, at)

    def _fields(self, one: View, other: View, at: str) -> Iterator[Unseen]:
        """The fields that both name, one perhaps under another name, and those that are spoken of no more."""
        renamed = renames(self._sight, one, other)
        for name, each in one.properties.items():
            below = f"{at}/{escaped(name)}"
            if name in other.properties:
                yield from self.at(each, other.properties[name], below)
            elif name in renamed:
                there = f"{at}/{escaped(renamed[name])}"
                kind = "respelled" if is_respelled(name, renamed[name]) else "renamed"
                after = other.properties[renamed[name]]
                row = Spoken(
                    f"{self._side}-field-{kind}", each.pointer, after.pointer, f"the name {name!r}", repr(renamed[name])
                )
                yield Unseen(row, there, (below, there))
                yield from self.at(each, after, there)
            elif not other.words.keys() & {"allOf", "anyOf", "oneOf", "patternProperties"} and _names_fields(other):
                rule = "request-field-ignored" if self._side == REQUEST else "response-field-unspoken"
                yield Unseen(Spoken(rule, each.pointer, other.pointer, "", "is not spoken of any more"), below, is_lost=True)

    def _inner(self, one: View, other: View, at: str) -> Iterator[Unseen]:
        """Items, and the values of fields that are not named."""
        for word in ("items", "additionalProperties"):
            if word in one.words and word in other.words:
                yield from self.at(one.words[word], other.words[word], f"{at}/*")
        first = (view.get("prefixItems") or () for view in (one, other))
        for index, (mine, theirs) in enumerate(zip(*first, strict=False)):
            places = (f"{view.place('prefixItems')}/{index}" for view in (one, other))
            yield from self.at(Standing(next(places), mine), Standing(next(places), theirs), f"{at}/{index}")
        patterns = [mapping(view.get("patternProperties")) for view in (one, other)]
        for pattern in patterns[0]:
            if pattern in patterns[1]:
                mine, theirs = (
                    Standing(f"{view.place('patternProperties')}/{escaped(pattern)}", each[pattern])
                    for view, each in zip((one, other), patterns, strict=True)
                )
                yield from self.at(mine, theirs, f"{at}/*")


def _names_fields(view: View) -> bool:
    return bool(view.properties) or view.types == {"object"}
