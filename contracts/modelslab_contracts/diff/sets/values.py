"""JSON values as sets see them: of which kind one is, and when two are the same."""

from __future__ import annotations

import json
from typing import Any

#: The seven kinds are disjoint and cover all of JSON, so that every set is a union of seven. Simple ones come first:
#: that is the order in which witnesses are looked for.
KINDS = ("null", "boolean", "integer", "string", "fraction", "array", "object")
#: The kinds that a name under `type` stands for.
TYPES = {
    "null": ("null",),
    "boolean": ("boolean",),
    "integer": ("integer",),
    "number": ("integer", "fraction"),
    "string": ("string",),
    "array": ("array",),
    "object": ("object",),
}


def kind_of(value: Any) -> str:
    """The kind of a value; a number without a fraction is an integer, however it is written."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if isinstance(value, int) or value.is_integer() else "fraction"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def text_of(value: Any) -> str:
    """The one text of a value: equal for equal values (1 and 1.0 are equal, 1 and true are not)."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def value_of(text: str) -> Any:
    """The value of a text that `text_of` wrote."""
    return json.loads(text)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
