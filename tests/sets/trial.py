"""A verdict put to trial: both engines judge the witness, and the sampler looks for a value that the verdict overlooked."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from modelslab_contracts.diff.sets import Breaking, Safe, Unproved, inside

from .sampler import Engines, Sampler


@dataclass
class Tally:
    """What became of many verdicts."""

    safe: int = 0
    breaking: int = 0
    #: (schema, schema, why) for each of neither.
    unproved: list[tuple[Any, Any, str]] = field(default_factory=list)
    #: (schema, schema, value, what is wrong with the verdict).
    wrong: list[tuple[Any, Any, Any, str]] = field(default_factory=list)
    #: Breaking pairs in which the sampler found a value too: how much its silence is worth.
    found: int = 0

    @property
    def verdicts(self) -> int:
        return self.safe + self.breaking + len(self.unproved)

    def try_both_ways(self, rng: random.Random, one: Any, other: Any, samples: int) -> None:
        engines = Engines(one), Engines(other)
        sampler = Sampler(rng, one, other)
        values = [sampler.draw(schema, schema) for schema in (one, one, other) for _ in range(samples // 3)]
        self._try(one, other, engines[0], engines[1], values)
        self._try(other, one, engines[1], engines[0], values)

    def _try(self, one: Any, other: Any, first: Engines, second: Engines, values: list[Any]) -> None:
        verdict = inside(one, other)
        against = next((value for value in values if _goes_missing(first, second, value)), NOTHING)
        if isinstance(verdict, Safe):
            self.safe += 1
            if against is not NOTHING:
                self.wrong.append((one, other, against, "said to be safe"))
        elif isinstance(verdict, Breaking):
            self.breaking += 1
            self.found += against is not NOTHING
            if first.both(verdict.witness) != (True, True) or second.both(verdict.witness) != (False, False):
                self.wrong.append((one, other, verdict.witness, "said to be a witness"))
        else:
            assert isinstance(verdict, Unproved)
            self.unproved.append((one, other, verdict.why))


NOTHING = object()


def _goes_missing(first: Engines, second: Engines, value: Any) -> bool:
    """Whether some engine accepts the value under the first schema and refuses it under the second."""
    if first.fast.is_valid(value) and not second.fast.is_valid(value):
        return True
    return any(was and not is_ for was, is_ in zip(first.both(value), second.both(value), strict=True))
