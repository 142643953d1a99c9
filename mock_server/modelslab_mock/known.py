"""What was worked out lately, for whoever would else work it out again."""

from __future__ import annotations

from typing import TypeVar

#: What is longer than this many bytes is not worth keeping, and no more things than this are kept.
LONGEST = 4 * 1024
_MOST = 256

Key = TypeVar("Key")
Value = TypeVar("Value")


class Known(dict[Key, Value]):
    """A few things by what they were made of. Programs ask for the same ones over and over; when there are too many, all are
    forgotten.
    """

    def keep(self, key: Key, value: Value) -> None:
        """Keep one more."""
        if len(self) >= _MOST:
            self.clear()
        self[key] = value
