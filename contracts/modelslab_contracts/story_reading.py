"""How a value of a story is read: against the JSON Schema of its row, with errors that name the nearest known word.

The schemas of rows are small: `enum`, numbers with bounds, texts, lists and objects of those. What is published and what
is read are one value, so they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from .nearest import did_you_mean

#: Seconds that anything in a story may take: a day.
MAX_WAIT_S = 86_400.0
MAX_NAME = 100
MAX_TEXT = 1_000
SECONDS: Mapping[str, Any] = {"type": "number", "minimum": 0, "maximum": MAX_WAIT_S}
NAME: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": MAX_NAME}
TEXT: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
_SHOWN = 80


@dataclass(eq=False)
class StoryError(ValueError):
    """A story that cannot be understood: which element, and what is wrong with it."""

    element: str
    problem: str

    def __str__(self) -> str:
        return f"story element {self.element!r}: {self.problem}" if self.element else f"story: {self.problem}"


def word(element: str, value: Any, known: Iterable[Any], also: Iterable[str] = ()) -> Any:
    """`value`, one of the `known` words; `also` are near to what somebody may have meant. Raises StoryError."""
    words = list(known)
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value not in words:
        raise StoryError(element, f"unknown word {shown(value)}{did_you_mean(str(value), map(str, (*words, *also)))}")
    return value


def read(element: str, what: str, value: Any, schema: Mapping[str, Any]) -> Any:
    """`value` when it fits `schema`; `what` names it in the error. Raises StoryError."""
    if "enum" in schema:
        return word(element, value, schema["enum"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if value is None and "null" in types:
        return None
    kind = next(each for each in types if each != "null")
    return _READERS[kind](element, what, value, schema)


def shown(value: Any) -> str:
    """A value as it is quoted in an error: never long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def literal(text: str) -> Any:
    """What a text after `=` says: a JSON value, or the text itself."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _number(element: str, what: str, value: Any, schema: Mapping[str, Any]) -> Any:
    low, high = schema["minimum"], schema["maximum"]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise StoryError(element, f"{what} must be a number from {low:g} to {high:g}, got {shown(value)}")
    return value


def _whole(element: str, what: str, value: Any, schema: Mapping[str, Any]) -> int:
    low, high = schema["minimum"], schema["maximum"]
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())  # JSON Schema takes 2.0 for one
    if isinstance(value, bool) or not whole or not low <= value <= high:
        raise StoryError(element, f"{what} must be a whole number from {low:.0f} to {high:.0f}, got {shown(value)}")
    return int(value)


def _text(element: str, what: str, value: Any, schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minLength", 0), schema["maxLength"]
    if not isinstance(value, str) or not low <= len(value) <= high:
        raise StoryError(element, f"{what} must be a text of {low} to {high} characters, got {shown(value)}")
    if not value.isascii() and any("\ud800" <= each <= "\udfff" for each in value):
        raise StoryError(element, f"{what} holds half a surrogate pair, which no answer can carry")
    return value


def _flag(element: str, what: str, value: Any, _: Mapping[str, Any]) -> bool:
    if not isinstance(value, bool):
        raise StoryError(element, f"{what} must be true or false, got {shown(value)}")
    return value


def _list(element: str, what: str, value: Any, schema: Mapping[str, Any]) -> list[Any]:
    low, high = schema.get("minItems", 0), schema["maxItems"]
    if not isinstance(value, list) or not low <= len(value) <= high:
        raise StoryError(element, f"{what} must be a list of {low} to {high} items, got {shown(value)}")
    return [read(element, what, each, schema["items"]) for each in value]


def _object(element: str, what: str, value: Any, schema: Mapping[str, Any]) -> dict[str, Any]:
    low, high = schema.get("minProperties", 0), schema["maxProperties"]
    if not isinstance(value, Mapping) or not low <= len(value) <= high:
        raise StoryError(element, f"{what} must be an object of {low} to {high} members, got {shown(value)}")
    names = schema["propertyNames"]
    return {
        read(element, f"a name in {what}", name, names): read(element, what, each, schema["additionalProperties"])
        for name, each in value.items()
    }


_READERS = {
    "number": _number,
    "integer": _whole,
    "string": _text,
    "boolean": _flag,
    "array": _list,
    "object": _object,
}
