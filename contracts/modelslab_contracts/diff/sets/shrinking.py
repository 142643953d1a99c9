"""A witness made smaller, as long as it shows what it has to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

_MOST_TRIED = 300


def shrunk(value: Any, shows_it: Callable[[Any], bool]) -> Any:
    """The value with everything left out that can be left out, within a bound of tries."""
    left = _MOST_TRIED
    while left > 0:
        for simpler in islice(_simpler(value), left):
            left -= 1
            if shows_it(simpler):
                value = simpler
                break
        else:
            break
    return value


def _simpler(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
        yield from ({key: each for key, each in value.items() if key != name} for name in reversed(value))
        yield from ({**value, name: simpler} for name, each in value.items() for simpler in _simpler(each))
    elif isinstance(value, list):
        yield from value
        yield from (value[:place] + value[place + 1 :] for place in reversed(range(len(value))))
        yield from (
            [*value[:place], each, *value[place + 1 :]] for place in range(len(value)) for each in _simpler(value[place])
        )
    elif isinstance(value, str):
        yield from (each for each in ("", "a") if len(each) < len(value))
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and value not in (0, 1):
        yield from (0, 1)
