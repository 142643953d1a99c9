"""Changes that leave every set as it was, or larger, and still may hurt: another default, a field that is spoken of no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..document import escaped
from ..findings import shown
from .alternatives import listed, paired
from .view import Version, View
from .walk import REQUEST, Standing


class Unseen(NamedTuple):
    """A row of the catalogue without its room, where in the value, the pointers in both documents, and what became of what."""

    rule: str
    at: str
    old: str
    new: str
    was: str
    became: str

    @property
    def is_lost(self) -> bool:
        """Whether it tells of a field that is spoken of no more, which a cause may have told of already."""
        return not self.was


def unseen(old: Version, new: Version, before: Standing, after: Standing, side: str) -> Iterator[Unseen]:
    """What no witness can show, in a position that both documents have."""
    yield from _Look(old, new, side).at(before, after, "")


class _Look:
    def __init__(self, old: Version, new: Version, side: str) -> None:
        self._old, self._new, self._side = old, new, side
        self._seen: set[tuple[str, str]] = set()

    def at(self, before: Standing, after: Standing, at: str) -> Iterator[Unseen]:
        one, other = self._old.view(before), self._new.view(after)
        if self._side == REQUEST:
            yield from self._default(before, after, at)
        if (one.pointer, other.pointer) in self._seen:
            return
        self._seen.add((one.pointer, other.pointer))
        for name, each in one.properties.items():
            below = f"{at}/{escaped(name)}"
            if name in other.properties:
                yield from self.at(each, other.properties[name], below)
            elif not other.words.keys() & {"allOf", "anyOf", "oneOf", "patternProperties"} and _names_fields(other):
                rule = "request-field-ignored" if self._side == REQUEST else "response-field-unspoken"
                yield Unseen(rule, below, each.pointer, other.pointer, "", "is not spoken of any more")
        if "items" in one.words and "items" in other.words:
            yield from self.at(one.words["items"], other.words["items"], f"{at}/*")
        for word in ("anyOf", "oneOf"):
            for mine, theirs in paired(self._old, self._new, listed(one, word), listed(other, word)):
                if theirs is not None:
                    yield from self.at(mine, theirs, at)

    def _default(self, before: Standing, after: Standing, at: str) -> Iterator[Unseen]:
        was, became = self._old.default(before), self._new.default(after)
        said = [f"default {shown(each.schema)}" if each else "no default" for each in (was, became)]
        if said[0] != said[1]:
            places = [each.pointer if each else standing.pointer for each, standing in ((was, before), (became, after))]
            yield Unseen("request-default-changed", at, *places, *said)


def _names_fields(view: View) -> bool:
    return bool(view.properties) or view.types == {"object"}
