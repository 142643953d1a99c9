"""What the values of a foreign file must be, said in one sentence when they are not."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from ..findings import shown

_LARGEST = 1_000_000_000


class ShapeError(ValueError):
    """What is wrong with a value, as half a sentence."""


def maps(value: Any, what: str) -> Mapping[str, Any]:
    """A mapping. Raises ShapeError."""
    if not isinstance(value, dict):
        raise ShapeError(f"{what} {_must('a mapping', value)}")
    return value


def lists(value: Any, what: str) -> list[Any]:
    """A list. Raises ShapeError."""
    if not isinstance(value, list):
        raise ShapeError(f"{what} {_must('a list', value)}")
    return value


def texts(value: Any, what: str) -> str:
    """A text, or a number or truth value that stands for one. Raises ShapeError."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if not isinstance(value, (str, int, float)):
        raise ShapeError(f"{what} {_must('a text', value)}")
    return value if isinstance(value, str) else str(value)


def numbers(value: Any, what: str) -> int:
    """A whole number, or its digits. Raises ShapeError."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        return int(value)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not abs(value) <= _LARGEST:
        raise ShapeError(f"{what} {_must('a number', value)}")
    return int(value)


def body_of(text: Any, encoding: str, what: str) -> bytes:
    """A body that is written as text, as base64, or as the bytes that it is. Raises ShapeError."""
    if text is None:
        return b""
    if isinstance(text, bytes):
        return text
    if not isinstance(text, str):
        raise ShapeError(f"{what} {_must('a text', text)}")
    if encoding == "base64":
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            raise ShapeError(f"{what} must be base64, as its encoding says") from None
    return text.encode("utf-8", "surrogatepass")


def _must(be: str, value: Any) -> str:
    if value is None:
        return "is missing"
    kinds: dict[type, str] = {dict: "a mapping", list: "a list", str: "a text"}
    return f"must be {be}, got {kinds.get(type(value)) or shown(value, 40)}"  # a text may hold the key
