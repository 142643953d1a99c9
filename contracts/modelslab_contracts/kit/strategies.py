"""The same draws as Hypothesis strategies. The only file that names Hypothesis.

The tables of `orders` and `stories` draw from a `Chance`; here Hypothesis makes the choices, so it shrinks them: a request
to the smallest one, a story to the plain one.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from hypothesis import strategies as st

from ..endpoint import Endpoint
from ..story import Story
from .orders import KINDS, Asked, Kind, OrderTable, known, order_table
from .stories import StoryTable, story_table


class _Drawn:
    """Choices that Hypothesis makes."""

    __slots__ = ("_draw",)

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def below(self, count: int) -> int:
        return self._draw(_below(count)) if count > 1 else 0


@lru_cache(maxsize=1024)
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


def orders(
    endpoint: str | Endpoint, profile: str = "documented", kind: Kind = "valid", without: Collection[str] = ()
) -> st.SearchStrategy[Asked]:
    """Requests of an endpoint, without their key. `kind`: "valid"; "edge", on or next to a bound and still valid; "invalid",
    with exactly one clause of one field broken; "unknown", with a field that the page does not have. `without` names fields
    that are never sent. Raises DrawError for a name that there is not.
    """
    return _orders(order_table(endpoint, profile, without), known(kind, KINDS, "kind of request"))


def stories(
    endpoint: str | Endpoint | None = None,
    mask: Collection[str] | None = None,
    only: Collection[str] = (),
    without: Collection[str] = (),
) -> st.SearchStrategy[Story]:
    """Stories of what the server does, for an endpoint or for any. `only` and `without` limit them to words of
    docs/stories.md, given as `webhook`, `submit: garbled` or `submit: garbled: html`. Each story draws a few of them first
    (its mask) and then from these; a `mask` that is given is used by every story. Raises DrawError for an unknown word.
    """
    return _stories(story_table(endpoint, mask, only, without))


@st.composite
def _orders(draw: st.DrawFn, table: OrderTable, kind: Kind) -> Asked:
    return table.draw(_Drawn(draw), kind)


@st.composite
def _stories(draw: st.DrawFn, table: StoryTable) -> Story:
    return table.draw(_Drawn(draw))
