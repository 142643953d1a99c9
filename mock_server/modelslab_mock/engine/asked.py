"""What an order asks for in numbers and flags, whatever its document calls their types: bounded, and never an error.

Our own contracts read whole numbers and bools; a foreign document may have a text, a list of words or nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..pictures import LARGEST_SIDE

#: Pictures that one job makes at most, where a document sets no bound.
MOST_SAMPLES = 64
_SIDE, _MOST_STEPS = 512, 10_000
_ON = ("yes", "true", "1", "on")


def samples(values: Mapping[str, Any]) -> int:
    """How many pictures."""
    count = values.get("samples")
    return count if type(count) is int and 0 < count <= MOST_SAMPLES else max(1, min(_whole(count, 1), MOST_SAMPLES))


def side(values: Mapping[str, Any], name: str) -> int:
    """The width or height of a picture."""
    pixels = values.get(name)
    return pixels if type(pixels) is int and 0 < pixels <= LARGEST_SIDE else max(1, min(_whole(pixels, _SIDE), LARGEST_SIDE))


def steps(values: Mapping[str, Any]) -> int:
    """How many steps."""
    count = values.get("num_inference_steps")
    return count if type(count) is int and 0 < count <= _MOST_STEPS else max(0, min(_whole(count, 0), _MOST_STEPS))


def is_on(values: Mapping[str, Any], name: str) -> bool:
    """Whether a flag is set."""
    value = values.get(name)
    return value if type(value) is bool else isinstance(value, str) and value.lower() in _ON


def text(values: Mapping[str, Any], name: str) -> str:
    """A text, empty without one."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _whole(value: Any, otherwise: int) -> int:
    if isinstance(value, bool) or not value:
        return otherwise
    if isinstance(value, (int, float)):
        return int(max(-1e9, min(value, 1e9)))
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else otherwise
