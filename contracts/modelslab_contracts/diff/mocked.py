"""What `x-mock` says of a field or an answer beyond JSON Schema, compared where both documents speak it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..findings import shown
from ..lint_subject import mapping
from .renames import Sight
from .sets import Safe
from .silent import Spoken
from .view import Version
from .walk import REQUEST, Standing

#: x-mock word -> side on which it is read, the row of a change.
_WORDS = {
    "appends": ("request", "appended-text-changed"),
    "from": ("response", "binding-changed"),
    "profile": ("response", "dialect-changed"),
    "certainty": ("", "certainty-changed"),
    "assumed": ("", "assumption-changed"),
}


def mocked(sight: Sight, before: Standing, after: Standing, side: str) -> Iterator[Spoken]:
    """What changed of the words of one schema."""
    old, new = sight.old, sight.new
    if not (old.subject.is_ours and new.subject.is_ours):
        return
    was, became = words(old, before), words(new, after)
    places = before.pointer, after.pointer
    for word, (where, rule) in _WORDS.items():
        if where in ("", side) and was.get(word) != became.get(word) and (where or (was and became)):
            yield Spoken(rule, *places, *(_said(word, each) for each in (was, became)))
    if side == REQUEST:
        yield from _caps(old, new, before, after)
        yield from _excuses(sight, before, after, (was, became))
    elif was and became and was.get("from") == became.get("from"):
        literal = [f"always {shown(each.schema, 200)}" if each else "no text" for each in _literals(sight, before, after)]
        if literal[0] != literal[1]:
            yield Spoken("literal-changed", *places, *literal)


def words(version: Version, standing: Standing) -> Mapping[str, Any]:
    """The x-mock of a schema, or of what it refers to."""
    found = version.said(standing, "x-mock")
    return mapping(found.schema) if found else {}


def _caps(old: Version, new: Version, before: Standing, after: Standing) -> Iterator[Spoken]:
    """What becomes of a number above the maximum: it is lowered, or refused."""
    one, other = old.whole(before), new.whole(after)
    most = one.get("maximum"), other.get("maximum")
    capped = tuple(words(*each).get("above-maximum") == "cap" for each in ((old, before), (new, after)))
    if None in most:
        return
    places = one.place("maximum"), other.place("maximum")
    match capped:
        case (True, False):
            yield Spoken("cap-removed", *places, f"lowered to {most[0]}", f"refused above {most[1]}")
        case (False, True):
            yield Spoken("cap-added", *places, f"refused above {most[0]}", f"lowered to {most[1]}")
        case (True, True) if most[0] != most[1]:
            yield Spoken("cap-changed", *places, f"lowered to {most[0]}", f"lowered to {most[1]}")


def _literals(sight: Sight, before: Standing, after: Standing) -> tuple[Standing | None, Standing | None]:
    return sight.old.said(before, "default"), sight.new.said(after, "default")


def _excuses(sight: Sight, before: Standing, after: Standing, said: tuple[Mapping[str, Any], ...]) -> Iterator[Spoken]:
    """Values that the page's own samples send against the schema beside them; what a schema accepts needs no excuse."""
    was, became = (each if isinstance(each := words.get("excused"), list) else [] for words in said)
    places = before.pointer, after.pointer
    for value in was:
        if value not in became and not isinstance(sight.there.inside({"const": value}, after.schema), Safe):
            hint = f"accepted before, refused now: {shown(value)}"
            yield Spoken("excuse-removed", *places, "", f"{shown(value)} is no longer excused", hint)
    for value in became:
        if value not in was and not isinstance(sight.back.inside({"const": value}, before.schema), Safe):
            yield Spoken("excuse-added", *places, "", f"{shown(value)} is excused")


def _said(word: str, words: Mapping[str, Any]) -> str:
    return f"{word} {shown(words[word], 200)}" if word in words else f"no {word}"
