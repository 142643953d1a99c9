"""The three answers to "is every value of this schema a value of that one?"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Safe:
    """Proved: no value of the first schema is refused by the second."""


@dataclass(frozen=True, slots=True)
class Breaking:
    """Proved: both engines accept `witness` under the first schema and refuse it under the second."""

    witness: Any


@dataclass(frozen=True, slots=True)
class Unproved:
    """Neither was proved, and `why` says what stood in the way."""

    why: str


Verdict = Safe | Breaking | Unproved
