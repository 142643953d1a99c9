"""A cause as a finding: which row of the catalogue it is, what it was and what it became."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ..findings import Finding, shown
from .clauses import Cause
from .renames import is_respelled
from .sets import Breaking, Unproved
from .stems import PAIRS
from .view import Version, View
from .walk import REQUEST

_WITNESS = 2_000
_BOUNDS = {"exclusiveMaximum": "maximum", "exclusiveMinimum": "minimum", "const": "enum"}
#: Types that have no value in common, of which all others are made: a number is a whole one or not.
_NUMBER = frozenset({"integer", "fraction"})
_NUMBERS = {"integer", "number"}
_NAMES = {str: "string", bool: "boolean", type(None): "null"}
_ANY_TYPE = frozenset({"null", "boolean", "object", "array", "string"}) | _NUMBER


#: Yes and no, as texts and as what JSON has for them.
_FLAGS = {"yes", "no", "true", "false", "on", "off"}
_DIGITS = re.compile(r"(\\[.d]|[\^$()?:\-+|\[\]0-9*{},])+")
#: Kinds in which a change of type is told of by what it comes to.
_CHANGED = ("changed type", "flag", "digits", "many", "empty")


class Told(NamedTuple):
    """A finding, and what makes it the same as another: where in the value, and the pointers in both documents.

    `kind` is its row of `PAIRS` and `cause` the clause behind it, where there is one.
    """

    finding: Finding
    at: str
    old: str
    new: str
    kind: str = ""
    cause: Cause | None = None


def told(causes: Iterable[Cause], side: str, where: str, old: Version, new: Version) -> Iterator[Told]:
    """The findings of one position, each root cause once."""
    for word, cause in _roots(list(causes)):
        before, after = (cause.one, cause.other) if side == REQUEST else (cause.other, cause.one)
        then, there = (_pointer(word, cause, view) for view in (before, after))
        finding = Finding(
            _rule(word, cause, side),
            f"{new.place(there)} {where} {cause.at}".rstrip(),
            *_became(word, cause, side, before, after),
            old.place(then),
            _shows(cause, side),
        )
        yield Told(finding, cause.at, then, there, word, cause)


def _pointer(kind: str, cause: Cause, view: View) -> str:
    """Where a document says what changed: the keyword, or another one of its kind."""
    spelled = (cause.word, *(each for each in (*_BOUNDS, *_BOUNDS.values()) if _BOUNDS.get(each, each) == kind))
    return view.place(next((each for each in spelled if each in view.words), ""))


def _roots(causes: list[Cause]) -> Iterator[tuple[str, Cause]]:
    """Each cause with its kind, without those that only follow from another one at the same place."""
    kinds = [(_kind(each), each) for each in causes]
    at = {(kind, each.at) for kind, each in kinds if isinstance(each.verdict, Breaking)}
    seen: set[tuple[str, str]] = set()
    for kind, each in kinds:
        implied = (
            (kind == "undeclared" and ("required", each.at) in at)
            or (kind == "enum" and any((other, each.at) in at for other in _CHANGED))
            or (kind == "enum" and ("null", each.at) in at and lost(each) == [None])
            or (kind in _CHANGED and (kind, each.at) in seen)
        )
        seen.add((kind, each.at))
        if not implied:
            yield kind, each


def _kind(cause: Cause) -> str:
    """The row of `PAIRS` that a cause belongs to, or `undeclared`."""
    if cause.word == "undeclared":
        return cause.word
    if cause.word == "type":
        one, other = _types(cause.one), _types(cause.other)
        kind = "null" if one - other == {"null"} else "type" if one & other else "changed type"
        return _respelled(cause) or kind if kind == "changed type" else kind
    word = _BOUNDS.get(cause.word, cause.word)
    if word == "enum":
        return _respelled(cause) or word
    return word if word in PAIRS else ""


def _respelled(cause: Cause) -> str:
    """The row of a value that is said in another way: nothing new can be said, and no old client says it so."""
    one, other = cause.one, cause.other
    gone, come = _only(one, other), _only(other, one)
    if (_are_flags(gone) and _are_booleans(come, other)) or (_are_booleans(gone, one) and _are_flags(come)):
        return "flag"
    if (_is_null(gone, one) and come == [""]) or (gone == [""] and _is_null(come, other)):
        return "empty"
    types = one.types, other.types
    if any(some <= _NUMBERS and there == {"string"} and _is_of_digits(view) for some, there, view in
           ((types[0], types[1], other), (types[1], types[0], one)) if some):  # fmt: skip
        return "digits"
    if any(there == {"array"} and some and _items(view) == some for some, there, view in
           ((types[0], types[1], other), (types[1], types[0], one))):  # fmt: skip
        return "many"
    pairs = zip(sorted(map(str, gone)), sorted(map(str, come)), strict=False)
    return "spelling" if gone and len(gone) == len(come) and all(is_respelled(*each) for each in pairs) else ""


def _only(view: View, other: View) -> list[Any]:
    """The values that are listed in one and not in the other."""
    listed, there = _values(view) or [], _values(other) or []
    return [each for each in listed if not any(each == known and type(each) is type(known) for known in there)]


def _are_flags(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(each, str) and each.lower() in _FLAGS for each in values)


def _are_booleans(values: list[Any], view: View) -> bool:
    return all(isinstance(each, bool) for each in values) if values else view.types == {"boolean"}


def _is_null(values: list[Any], view: View) -> bool:
    return values == [None] if values else view.types == {"null"}


def _is_of_digits(view: View) -> bool:
    return bool(_DIGITS.fullmatch(str(view.get("pattern") or "")))


def _items(view: View) -> frozenset[str] | None:
    """The types of the items of a list."""
    items = view.words.get("items")
    types = items.schema.get("type") if items and isinstance(items.schema, dict) else None
    return frozenset([types]) if isinstance(types, str) else None


def _types(view: View) -> frozenset[str]:
    types = view.types or _types_of(_values(view))
    if not types:
        return _ANY_TYPE
    return types - {"number"} | _NUMBER if "number" in types else types


def _types_of(values: list[Any] | None) -> frozenset[str]:
    """The types of listed values, as far as those are plain."""
    found = {_NAMES.get(type(each), "") for each in values or ()}
    return frozenset() if "" in found else frozenset(found)


def lost(cause: Cause) -> list[Any]:
    """The listed values that a cause takes away."""
    one, other = _values(cause.one), _values(cause.other)
    return [each for each in one or () if each not in (other or ())]


def _values(view: View) -> list[Any] | None:
    if "const" in view.words:
        return [view.get("const")]
    listed = view.get("enum")
    return listed if isinstance(listed, list) else None


def _rule(kind: str, cause: Cause, side: str) -> str:
    if kind == "undeclared":
        return "diff/request-field-added" if side == REQUEST else "diff/response-field-unspoken"
    if isinstance(cause.verdict, Unproved):
        return f"diff/{side}-unproved"
    return f"diff/{side}-{PAIRS[kind][side != REQUEST]}"


def _became(kind: str, cause: Cause, side: str, before: View, after: View) -> tuple[str, str]:
    """What it was and what it is, each as half of "… became …"; the first is empty where the second says it all."""
    asks = side == REQUEST
    if kind == "undeclared":
        return ("", "is a field that was not spoken of") if asks else ("", "is not spoken of any more")
    if kind == "required":
        name = cause.at.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        known = name in (before if asks else after).properties or name not in (after if asks else before).properties
        other = "optional" if known else "not spoken of"
        return (other, "required") if asks else ("required", other)
    if kind == "closed":
        return ("accepted", "refused") if asks else ("refused", "possible")
    if kind == "branch":
        return "", "one alternative is gone" if asks else "there is one alternative more"
    if isinstance(cause.verdict, Unproved) and not kind:
        return "", "could not be decided"
    if cause.word == "allOf" or (
        kind in ("", "additionalProperties") and cause.word not in before.words and cause.word not in after.words
    ):
        return "", "accepts less than it did" if asks else "may hold what it could not"
    return _said(kind, cause.word, before), _said(kind, cause.word, after)


def _said(kind: str, word: str, view: View) -> str:
    values = _values(view)
    if word == "type":
        listed = view.get("type")
        if listed:
            return " or ".join([listed] if isinstance(listed, str) else listed)
        return f"one of {shown(values, 300)}" if values is not None else _absent(view, "any type")
    if word in ("enum", "const"):
        return f"one of {shown(values, 300)}" if values is not None else _absent(view, "any value")
    for spelled in dict.fromkeys((word, *(each for each in (*_BOUNDS, *_BOUNDS.values()) if _BOUNDS.get(each, each) == kind))):
        if spelled in view.words:
            return f"{spelled} {shown(view.get(spelled), 300)}"
    return _absent(view, f"no {word or kind}")


def _absent(view: View, text: str) -> str:
    return "several alternatives" if any(each in view.words for each in ("anyOf", "oneOf")) else text


def _shows(cause: Cause, side: str) -> str:
    if isinstance(cause.verdict, Breaking):
        witness = shown(cause.verdict.witness, _WITNESS)
        return f"{'accepted before, refused now' if side == REQUEST else 'never before, possible now'}: {witness}"
    return f"not decided: {cause.verdict.why}" if isinstance(cause.verdict, Unproved) else ""
