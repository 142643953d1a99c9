"""Which clauses of a field a value breaks, by the keywords of its schema: the kit's own reading, apart from the emulator's."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..endpoint import Field

INT64 = 2**63
#: How far a number without bounds is drawn.
_FAR = 1_000_000
_PER_NUMBER = 100  # a number that need not be whole is drawn in hundredths


class Grid(NamedTuple):
    """The numbers that a field takes: every `up` / `down`-th of the whole numbers from `low` to `high`."""

    low: int
    high: int
    up: int
    down: int

    def at(self, index: int) -> Any:
        """The number of an index from `low` to `high`; whole where that is exact."""
        return index * self.up if self.down == 1 else index / self.down


def grid_of(field: Field) -> Grid:
    """The grid of a field of numbers. A bound that is not on the grid lies beyond its last number."""
    step = int(field.multiple_of) if field.multiple_of is not None and float(field.multiple_of).is_integer() else 0
    if field.kind == "integer" or step:
        up, far = step or 1, INT64 if field.kind == "integer" else _FAR
        low = -far // up if field.minimum is None else math.ceil(field.minimum / up)
        high = (far - 1) // up if field.maximum is None else math.floor(field.maximum / up)
        return Grid(low, high, up, 1)
    low = -_FAR if field.minimum is None else math.ceil(field.minimum * _PER_NUMBER)
    high = _FAR if field.maximum is None else math.floor(field.maximum * _PER_NUMBER)
    return Grid(low, high, 1, _PER_NUMBER)


def broken(field: Field, value: Any) -> set[str]:
    """The keywords that a value of the right type breaks."""
    return set(_of_number(field, value) if isinstance(value, (int, float)) else _of_text(field, value)) | (
        {"enum"} if field.allowed is not None and value not in field.allowed else set()
    )


def _of_number(field: Field, value: float) -> Iterator[str]:
    if field.minimum is not None and value < field.minimum:
        yield "minimum"
    if field.maximum is not None and value > field.maximum:
        yield "maximum"
    if field.multiple_of is not None and value % field.multiple_of:
        yield "multipleOf"
    if field.kind == "integer" and isinstance(value, float) and not value.is_integer():
        yield "type"


def _of_text(field: Field, value: str) -> Iterator[str]:
    if len(value) < field.min_length:
        yield "minLength"
    if field.pattern is not None and not field.pattern.search(value):
        yield "pattern"
