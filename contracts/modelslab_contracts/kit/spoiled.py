"""Values of one field that break exactly one of its clauses, each with the rule that says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..endpoint import Field
from ..field_reader import ABSENT
from ..profiles import Profile
from . import texts
from .clauses import INT64, broken, grid_of
from .values import OTHER_FLAGS, TEXT_READ, Way, is_yes_no, just

_MISSING = "request/required-field-missing"
_TYPE = "request/wrong-type"
_LISTS: tuple[Any, ...] = ([], ["a cat"], {}, {"value": 1})
#: Values that are of no kind that a field of this kind takes, in any profile.
_FOREIGN: dict[str, tuple[Any, ...]] = {
    "integer": ("many", "", " 512", "5e2", "+5", "٥", True, 1.25, *_LISTS),
    "number": ("many", "", "7,5", "1e1", "0x10", "٥", False, *_LISTS),
    "flag": ("maybe", "", "y", "yes ", 1, 0, 0.5, *_LISTS),
    "text": (5, 1.5, True, *_LISTS),
    "url": (5, True, *_LISTS),
}
_NO_MATCHES = ("?", "a cat", "", "0", "-", ",", " ", "\n")
_STRANGE_WORDS = ("no-such-word", "", "?", "ª")


def spoiled(field: Field, profile: Profile) -> tuple[Way, ...]:
    """The ways to break one clause of the field, and no other, under a profile."""
    return tuple(_spoiled(field, profile))


def _spoiled(field: Field, profile: Profile) -> Iterator[Way]:
    if field.required:
        yield Way("required", just(ABSENT), rule=_MISSING)
        yield Way("required", just(None), rule=_MISSING)
    elif not field.nullable and not profile.coerces and field.kind != "any":
        yield Way("null", just(None), rule=_TYPE)
    yield from (Way("type", just(each), rule=_TYPE) for each in _of_other_types(field, profile))
    if field.kind in ("integer", "number"):
        yield from _numbers(field, profile)
    elif field.kind == "url":
        yield from (Way("format", just(each), rule="request/not-a-url") for each in texts.NOT_URLS)
    elif field.kind == "text":
        yield from _texts(field)


def _of_other_types(field: Field, profile: Profile) -> Iterator[Any]:
    foreign = _FOREIGN.get(field.kind, ())
    yield from (each for each in foreign if isinstance(each, bool) or each not in field.excused)
    if profile.coerces:
        return
    if field.kind == "flag":
        yield from OTHER_FLAGS[is_yes_no(field)]
    elif field.kind in ("integer", "number"):
        yield from ("512", "7.5", "0")


def _numbers(field: Field, profile: Profile) -> Iterator[Way]:
    caps = field.caps and profile.over_cap != "refuse"
    for clause, rule, candidates in _candidates(field):
        if clause == "maximum" and caps:
            continue
        for each in candidates:
            # The excuse is for exactly that value, where the profile excuses at all.
            if broken(field, each) == {clause} and not (profile.excuses and each in field.excused):
                yield from _spelled(profile, clause, each, rule)
    # Beyond 64 bits a number that need not be whole comes as a float, to which bounds apply.
    for each in (INT64, -INT64 - 1) if field.kind == "integer" else (INT64,):
        yield from _spelled(profile, "int64", each, "request/integer-too-large")


def _candidates(field: Field) -> Iterator[tuple[str, str, Sequence[Any]]]:
    """(clause, rule, values that may break it): the nearest ones first, then far ones."""
    grid = grid_of(field)
    low, high = grid.low, grid.high
    if field.minimum is not None:
        yield "minimum", "request/below-minimum", [grid.at(low - 1), grid.at(low - 2), grid.at(-2 * abs(low) - 5)]
    if field.maximum is not None:
        yield "maximum", "request/above-maximum", [grid.at(high + 1), grid.at(high + 2), grid.at(2 * abs(high) + 5)]
    if field.multiple_of is not None:
        between = (grid.at(low) + 1, grid.at(high) - 1, (grid.at(low) + grid.at(high)) // 2 + 1)
        yield "multipleOf", "request/not-a-multiple", between
    if field.allowed is not None:
        near = [value + step for value in field.allowed for step in (-1, 1) if isinstance(value, int)]
        yield "enum", "request/not-an-allowed-value", [*dict.fromkeys([*near, 0, -1, 1_000])]


def _spelled(profile: Profile, clause: str, value: Any, rule: str) -> Iterator[Way]:
    yield Way(clause, just(value), rule=rule)
    if profile.coerces:
        yield Way(clause, just(str(value)), (TEXT_READ,), rule)


def _texts(field: Field) -> Iterator[Way]:
    if field.allowed is not None:
        words = [*_STRANGE_WORDS, str(field.allowed[0]).swapcase(), f"{field.allowed[0]} ", f" {field.allowed[-1]}"]
        found = [each for each in words if broken(field, each) == {"enum"}]
        yield from (Way("enum", just(each), rule="request/not-an-allowed-value") for each in found)
    if field.pattern is not None:
        found = [each for each in _NO_MATCHES if broken(field, each) == {"pattern"}]
        yield from (Way("pattern", just(each), rule="request/pattern-not-matched") for each in found)
    for length in range(field.min_length):
        short = "a" * length
        if broken(field, short) == {"minLength"}:
            rule = _MISSING if field.required and not short else "request/pattern-not-matched"
            yield Way("minLength", just(short), rule=rule)
