"""A cause as a finding: which row of the catalogue it is, what it was and what it became."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ..findings import Finding, shown
from .clauses import Cause
from .sets import Breaking, Unproved
from .stems import PAIRS
from .view import Version, View
from .walk import REQUEST

_WITNESS = 2_000
_BOUNDS = {"exclusiveMaximum": "maximum", "exclusiveMinimum": "minimum", "const": "enum"}
#: Types that have no value in common, of which all others are made: a number is a whole one or not.
_NUMBER = frozenset({"integer", "fraction"})
_ANY_TYPE = frozenset({"null", "boolean", "object", "array", "string"}) | _NUMBER


class Told(NamedTuple):
    """A finding, and what makes it the same as another: where in the value, and the pointers in both documents."""

    finding: Finding
    at: str
    old: str
    new: str


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
        yield Told(finding, cause.at, then, there)


def _pointer(kind: str, cause: Cause, view: View) -> str:
    """Where a document says what changed: the keyword, or another one of its kind."""
    spelled = (cause.word, *(each for each in (*_BOUNDS, *_BOUNDS.values()) if _BOUNDS.get(each, each) == kind))
    return view.place(next((each for each in spelled if each in view.words), ""))


def _roots(causes: list[Cause]) -> Iterator[tuple[str, Cause]]:
    """Each cause with its kind, without those that only follow from another one at the same place."""
    kinds = [(_kind(each), each) for each in causes]
    at = {(kind, each.at) for kind, each in kinds if isinstance(each.verdict, Breaking)}
    for kind, each in kinds:
        implied = (
            (kind == "undeclared" and ("required", each.at) in at)
            or (kind == "enum" and ("changed type", each.at) in at)
            or (kind == "enum" and ("null", each.at) in at and _lost(each) == [None])
        )
        if not implied:
            yield kind, each


def _kind(cause: Cause) -> str:
    """The row of `PAIRS` that a cause belongs to, or `undeclared`."""
    if cause.word == "undeclared":
        return cause.word
    if cause.word == "type":
        one, other = _types(cause.one), _types(cause.other)
        return "null" if one - other == {"null"} else "type" if one & other else "changed type"
    word = _BOUNDS.get(cause.word, cause.word)
    return word if word in PAIRS else ""


def _types(view: View) -> frozenset[str]:
    if not view.types:
        return _ANY_TYPE
    return view.types - {"number"} | _NUMBER if "number" in view.types else view.types


def _lost(cause: Cause) -> list[Any]:
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
    if kind in ("type", "null", "changed type"):
        listed = view.get("type")
        return " or ".join([listed] if isinstance(listed, str) else listed) if listed else _absent(view, "any type")
    if kind == "enum":
        values = _values(view)
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
