"""What came of holding something against rules: one root cause, one finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from .row import Row

F = TypeVar("F")


class Judgement(NamedTuple, Generic[F]):
    """Which rules were exercised, what was broken, and the findings that another one explains."""

    exercised: frozenset[str]
    findings: tuple[F, ...]
    shadows: tuple[F, ...]


def judgement_of(rows: Mapping[str, Row[Any, Any]], exercised: Iterable[str], found: Mapping[str, Sequence[F]]) -> Judgement[F]:
    """The judgement by rows that found so much, in the order of the rows."""
    causes, shadows = list[F](), list[F]()
    for row in (rows[each] for each in rows if each in found):
        is_shadow = any(each in found for each in row.masked_by)
        (shadows if is_shadow else causes).extend(found[row.id])
    return Judgement(frozenset(exercised), tuple(causes), tuple(shadows))
