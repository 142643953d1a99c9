"""The values of one field on an edge and still right: on and next to each bound, each of a list, what is excused or capped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..endpoint import Field
from ..profiles import Profile
from . import texts
from .chance import pick
from .clauses import broken, grid_of
from .patterns import matching
from .values import EXACT, FREE, TEXT_READ, Choice, Way, fitting_text, is_yes_no, just


def edges(field: Field, profile: Profile, choice: Choice = FREE) -> tuple[Way, ...]:
    """Values on and next to each bound, each value of a list, what is excused and what is capped."""
    ways = [*_EDGES[field.kind](field, choice)] if field.kind in _EDGES else []
    ways += [Way("enum", just(each)) for each in field.allowed or ()]
    if profile.excuses:
        ways += [way for each in field.excused for way in _spelled(field, profile, "excused", each, _excused(field, each))]
    if field.caps and field.maximum is not None and profile.over_cap != "refuse":
        noticed = ("request/value-capped",) if profile.over_cap == "cap" else ()
        grid = grid_of(field)
        for each in (grid.at(grid.high + 1), grid.at(2 * grid.high + 7), EXACT):
            ways += _spelled(field, profile, "above-maximum", each, noticed)
    return tuple(ways)


def _spelled(field: Field, profile: Profile, clause: str, value: Any, noticed: tuple[str, ...]) -> Iterator[Way]:
    yield Way(clause, just(value), noticed)
    if profile.coerces and field.kind in ("integer", "number"):
        yield Way(clause, just(str(value)), (TEXT_READ, *noticed))


def _excused(field: Field, value: Any) -> tuple[str, ...]:
    return ("request/value-excused",) if broken(field, value) else ()


def _edges_of_numbers(field: Field, _: Choice) -> Iterator[Way]:
    if field.allowed is not None:
        return
    grid = grid_of(field)
    # What is false in Python, and the plainest number that is not.
    yield from (Way("type", just(each)) for each in (0, 1) if not broken(field, each))
    for clause, ends in (("minimum", (grid.low, grid.low + 1)), ("maximum", (grid.high, grid.high - 1))):
        stated = field.minimum if clause == "minimum" else field.maximum
        name = clause if stated is not None else "int64" if field.kind == "integer" else ""
        if name:
            yield from (Way(name, just(grid.at(each))) for each in ends if grid.low <= each <= grid.high)
    if field.multiple_of is not None:
        yield Way("multipleOf", just(grid.at(grid.low)))


def _edges_of_flags(field: Field, _: Choice) -> Iterator[Way]:
    yield from (Way("type", just(each)) for each in (("yes", "no") if is_yes_no(field) else (True, False)))


def _edges_of_texts(field: Field, choice: Choice) -> Iterator[Way]:
    if field.allowed is not None:
        return
    if field.pattern is not None:
        pattern = field.pattern
        yield Way("pattern", lambda chance: matching(chance, pattern))
        return
    least = "a" * field.min_length
    clause = "minLength" if field.min_length else "type"
    yield Way(clause, fitting_text(field, choice, just(least)))
    yield Way("type", fitting_text(field, choice, lambda chance: pick(chance, texts.SHORT)))
    yield Way("type", fitting_text(field, choice, texts.long_text))


def _edges_of_urls(_field: Field, _: Choice) -> Iterator[Way]:
    yield from (Way("format", just(each)) for each in texts.ODD_URLS)


_EDGES: dict[str, Callable[[Field, Choice], Iterator[Way]]] = {
    "integer": _edges_of_numbers,
    "number": _edges_of_numbers,
    "flag": _edges_of_flags,
    "text": _edges_of_texts,
    "url": _edges_of_urls,
}
