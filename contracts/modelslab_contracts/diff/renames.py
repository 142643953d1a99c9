"""Fields under another name: one that is gone and one that is new, and all that is said of them is the same."""

from __future__ import annotations

import difflib
import re
from typing import NamedTuple

from ..lint_subject import mapping
from .clauses import Search
from .sets import Safe
from .view import Version, View
from .walk import Standing

#: How alike two names are that differ in their spelling only, as `messege` and `message` are.
_ALIKE = 0.85
#: What says nothing of what a field is for.
_COMMON = {"type", "x-mock", "description", "title"}


class Sight(NamedTuple):
    """Two versions, and who decides what is inside what, either way."""

    old: Version
    new: Version
    there: Search
    back: Search

    def is_same(self, before: Standing, after: Standing) -> bool:
        """Whether a schema of each version is proved to hold the same values."""
        return isinstance(self.there.inside(before.schema, after.schema), Safe) and isinstance(
            self.back.inside(after.schema, before.schema), Safe
        )


def renames(sight: Sight, one: View, other: View) -> dict[str, str]:
    """The fields of an object that have another name now: their old names with their new ones."""
    gone = [name for name in one.properties if name not in other.properties]
    come = [name for name in other.properties if name not in one.properties]
    found: dict[str, str] = {}
    for name in gone:
        others = [each for each in come if each not in found.values() and _is_it(sight, one, name, other, each)]
        near = [each for each in others if is_respelled(name, each)]
        alone = len(gone) == len(come) == 1 and _says_much(one.properties[name])
        told = [each for each in others if _is_told_alike(sight, one.properties[name], other.properties[each])]
        for candidates in (near, told, others if alone else []):
            if len(candidates) == 1:
                found[name] = candidates[0]
                break
    return found


def is_respelled(one: str, other: str) -> bool:
    """Whether two names are the same word, but for case, separators or a letter."""
    first, second = (re.sub(r"[^a-z0-9]", "", each.lower()) for each in (one, other))
    if first == second:
        return True
    if re.sub(r"[0-9]", "", first) == re.sub(r"[0-9]", "", second):
        return False  # numbered fields
    return min(len(first), len(second)) > 3 and difflib.SequenceMatcher(None, first, second).ratio() >= _ALIKE


def _is_it(sight: Sight, one: View, name: str, other: View, new: str) -> bool:
    return sight.is_same(one.properties[name], other.properties[new])


def _is_told_alike(sight: Sight, before: Standing, after: Standing) -> bool:
    """Whether the same is said to people of both, or the same fills them."""
    for word in ("description", "x-mock"):
        was, became = sight.old.said(before, word), sight.new.said(after, word)
        if was and became:
            values = [mapping(each.schema).get("from") if word == "x-mock" else each.schema for each in (was, became)]
            if values[0] and values[0] == values[1]:
                return True
    return False


def _says_much(standing: Standing) -> bool:
    schema = mapping(standing.schema)
    return len(schema.keys() - _COMMON) >= 2 or "enum" in schema
