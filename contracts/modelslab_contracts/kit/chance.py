"""Where choices come from. Whoever draws asks a `Chance` for small whole numbers, of which 0 is the simplest choice.

So one table of draws serves two sources: `Dice`, which throws the same for the same seed on every machine and under every
version of Python and Hypothesis, and takes a fraction of a microsecond; and Hypothesis itself, which shrinks every choice
towards 0 and so every drawn value towards the simplest one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")
_MASK = 2**64 - 1
_STEP = 0x9E3779B97F4A7C15


class DrawError(ValueError):
    """What was asked for cannot be drawn: one sentence that says why."""


class Chance(Protocol):
    """Whoever makes choices."""

    def below(self, count: int) -> int:
        """A whole number from 0 to `count` - 1, at most 2**64 of them; 0 is the simplest."""


class Dice:
    """Choices by a seed and the number of the draw: a counter through the SplitMix64 mixer."""

    __slots__ = ("_state",)

    def __init__(self, seed: int, number: int = 0) -> None:
        # Seeds and numbers are mixed apart, so that draw 1 of seed 0 is not draw 0 of seed 1.
        self._state = _mixed(_mixed(seed & _MASK) + _STEP * (number & _MASK) & _MASK)

    def below(self, count: int) -> int:
        """A whole number from 0 to `count` - 1, each as likely (to one in 2**64 / count)."""
        state = self._state = self._state + _STEP & _MASK
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB & _MASK
        return (state ^ (state >> 31)) * count >> 64


class Simplest:
    """The simplest choice, every time."""

    def below(self, _: int) -> int:
        """0, whatever could have been."""
        return 0


def pick(chance: Chance, items: Sequence[Item]) -> Item:
    """One of the items, each as likely; the first is the simplest."""
    return items[chance.below(len(items))]


def lean(chance: Chance, items: Sequence[Item]) -> Item:
    """One of the items, the earlier the likelier."""
    return items[chance.below(chance.below(len(items)) + 1)]


def one_in(chance: Chance, count: int) -> bool:
    """True once in `count` times; False is the simpler one."""
    return chance.below(count) == count - 1


def shuffled(chance: Chance, items: Sequence[Item]) -> tuple[Item, ...]:
    """The items in a drawn order."""
    left = list(items)
    return tuple(left.pop(chance.below(len(left))) for _ in items)


def _mixed(state: int) -> int:
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB & _MASK
    return state ^ (state >> 31)
