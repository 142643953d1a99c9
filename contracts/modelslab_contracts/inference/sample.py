"""A value of a standalone schema, by chance: what it shows as its example first, and always one that it takes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..kit.chance import Chance, Simplest, pick
from ..kit.patterns import matching
from ..lint_subject import mapping
from .schemas import CUT, examples, is_valid, kinds, merged

_TRIES = 12
_DEEPEST = 6
_FORMATS = {
    "uri": "https://modelslab.com/sample",
    "url": "https://modelslab.com/sample",
    "date-time": "2025-01-01T00:00:00Z",
    "date": "2025-01-01",
    "time": "00:00:00Z",
    "email": "somebody@example.org",
    "uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "ipv4": "127.0.0.1",
    "hostname": "example.org",
}
_WORDS = ("sample", "lamp", "river", "amber", "north", "seven")
#: How far a number without bounds goes.
_FAR = 1_000
#: The kinds in the order in which one is chosen.
_ORDER = ("string", "integer", "number", "boolean", "object", "array")


def sample(schema: Any, chance: Chance | None = None, *, shown: bool = True) -> Any:
    """A value that the schema takes, as far as one is found in a few tries. `shown`: what it shows as examples comes first."""
    if not shown:
        schema = {key: value for key, value in mapping(schema).items() if key not in ("example", "examples", "default")}
    chance = chance or Simplest()
    value = None
    for _ in range(_TRIES):
        value = _value(schema, chance, 0)
        if is_valid(schema, value):
            break
    return value


def _value(schema: Any, chance: Chance, depth: int) -> Any:
    node = mapping(schema)
    if "const" in node:
        return node["const"]
    shown = [each for each in (*examples(node), *([node["default"]] if "default" in node else ())) if is_valid(node, each)]
    if shown:
        return pick(chance, shown)
    if isinstance(node.get("enum"), list) and node["enum"]:
        return pick(chance, node["enum"])
    for word in ("oneOf", "anyOf"):
        if isinstance(node.get(word), list) and node[word]:
            rest = {key: value for key, value in node.items() if key != word}
            return _value(_with(rest, pick(chance, node[word])), chance, depth)
    kind = next(each for each in (*_ORDER, "null") if each in kinds(node) or each == "null")
    return _OF_KIND[kind](node, chance, depth)


def _with(one: Any, other: Any) -> Any:
    return merged(one, mapping(other))


def _object(node: Any, chance: Chance, depth: int) -> Any:
    needed = [each for each in node.get("required") or () if isinstance(each, str)]
    members = mapping(node.get("properties"))
    names = [*members, *(each for each in needed if each not in members)] if depth < _DEEPEST else needed
    extra = node.get("additionalProperties", {})
    names = [each for each in names if each in needed or not _is_cut(members.get(each))]
    return {name: _value(members.get(name, extra if isinstance(extra, dict) else {}), chance, depth + 1) for name in names}


def _is_cut(schema: Any) -> bool:
    """Whether a schema stands inside itself here, so that a value of it would only be a guess."""
    inner = mapping(schema)
    return inner == CUT or (bool(inner.get("minItems")) and inner.get("items") == CUT)


def _array(node: Any, chance: Chance, depth: int) -> Any:
    least, most = _whole(node.get("minItems"), 0), _whole(node.get("maxItems"), 2)
    if not least and _is_cut(node.get("items")):
        return []
    count = least if depth >= _DEEPEST else max(least, min(most, 1 + chance.below(2)))
    before = node.get("prefixItems") or []
    return [_value(before[n] if n < len(before) else node.get("items", {}), chance, depth + 1) for n in range(count)]


def _string(node: Any, chance: Chance, _: int) -> str:
    if isinstance(node.get("pattern"), str):
        try:
            return matching(chance, re.compile(node["pattern"]))
        except (re.error, ValueError, KeyError, NotImplementedError):
            pass
    text = _FORMATS.get(str(node.get("format")), "") or pick(chance, _WORDS)
    return text.ljust(_whole(node.get("minLength"), 0), ".")[: _whole(node.get("maxLength"), len(text) + 100_000)]


def _number(node: Any, chance: Chance, _: int) -> Any:
    low, high = _bounds(node)
    step = node.get("multipleOf")
    if isinstance(step, (int, float)) and step > 0:
        first = math.ceil(low / step)
        value = step * (first + chance.below(max(1, min(_FAR, math.floor(high / step) - first + 1))))
    else:
        first = math.ceil(low)
        value = first + chance.below(max(1, min(_FAR, math.floor(high) - first + 1))) if first <= high else (low + high) / 2
    return int(value) if float(value).is_integer() else value


def _bounds(node: Any) -> tuple[float, float]:
    """The lowest and highest number worth a try."""
    whole = "number" not in kinds(node)
    least, most = node.get("minimum"), node.get("maximum")
    over, under = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    if _is_number(over):
        least = max(over + 1 if whole else math.nextafter(over, math.inf), least if _is_number(least) else -math.inf)
    if _is_number(under):
        most = min(under - 1 if whole else math.nextafter(under, -math.inf), most if _is_number(most) else math.inf)
    if not _is_number(least):
        least = min(0, most - _FAR) if _is_number(most) and most < 0 else 0
    return least, most if _is_number(most) else max(least, 0) + _FAR


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _whole(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise


_OF_KIND: Mapping[str, Callable[[Any, Chance, int], Any]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _number,
    "number": _number,
    "boolean": lambda _, chance, __: bool(chance.below(2)),
    "null": lambda *_: None,
}
