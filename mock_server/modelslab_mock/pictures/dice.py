"""A `Dice` gives the same throws for the same key, in any process and any version of Python."""

import struct
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import count
from typing import TypeVar

Item = TypeVar("Item")


class Dice:
    """An endless row of throws derived from a key (the `random` module may change its methods between versions)."""

    def __init__(self, key: bytes) -> None:
        self._throws = _throws(key)

    def number(self, low: float, high: float) -> float:
        """A number of low ≤ x < high, each as likely."""
        return low + (high - low) * (next(self._throws) / 2**32)

    def whole(self, low: int, high: int) -> int:
        """A whole number of low ≤ x ≤ high, each as likely."""
        return low + next(self._throws) * (high - low + 1) // 2**32

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely."""
        return items[self.whole(0, len(items) - 1)]

    def chance(self, probability: float) -> bool:
        """True as often as said."""
        return self.number(0, 1) < probability


def _throws(key: bytes) -> Iterator[int]:
    for block in count():
        yield from struct.unpack(">16I", blake2b(key + block.to_bytes(4, "big")).digest())
