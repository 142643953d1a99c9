"""Schemas of a foreign document made to stand alone: references followed, `allOf` merged, and what kinds they take."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import orjson

from ..document import ContractError, Document
from ..lint_subject import mapping

KINDS = ("null", "boolean", "integer", "number", "string", "array", "object")
_DEEPEST = 12
_MAPS = ("properties", "patternProperties", "dependentSchemas")
_LISTS = ("anyOf", "oneOf", "prefixItems")
_ONES = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
Schema = Mapping[str, Any]
#: What a schema is inside itself: anything, for whoever reads; nothing, for whoever makes a value and can do without.
CUT: dict[str, Any] = {"$comment": "a schema inside itself"}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_type(value: Any) -> bool:
    listed = [value] if isinstance(value, str) else value
    return (
        isinstance(listed, list)
        and bool(listed)
        and all(each in KINDS for each in listed if isinstance(each, str))
        and _are_texts(listed)
    )


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and re.compile(value) is not None
    except (re.error, OverflowError, RecursionError):
        return False


#: keyword -> whether a value of it says anything; what says nothing is not there.
_FORMS: Mapping[str, Callable[[Any], bool]] = {
    "type": _is_type,
    "required": _are_texts,
    "enum": lambda value: isinstance(value, list) and bool(value),
    "examples": lambda value: isinstance(value, list),
    "pattern": _is_pattern,
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_count),
    **dict.fromkeys((*_MAPS, "$defs"), lambda value: isinstance(value, dict)),
    **dict.fromkeys(_LISTS, lambda value: isinstance(value, list) and any(isinstance(each, (dict, bool)) for each in value)),
    **dict.fromkeys(("format", "description", "title"), lambda value: isinstance(value, str)),
}


def is_well_formed(keyword: str, value: Any) -> bool:
    """Whether a keyword of a foreign schema has a value of its kind."""
    return keyword not in _FORMS or _FORMS[keyword](value)


class Schemas:
    """Reads the schemas of one document; what was read once is not read again."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._read: dict[str, Any] = {}

    def alone(self, node: Any, depth: int = 0) -> Any:
        """A schema without references. One inside itself, or too deep, is anything there."""
        if isinstance(node, bool):
            return {} if node else {"not": {}}
        if depth > _DEEPEST:
            return CUT
        if not isinstance(node, dict):
            return {}
        if isinstance(node.get("$ref"), str):
            return self._referred(node, depth)
        told = {
            key: self._part(key, value, depth) for key, value in node.items() if key != "allOf" and is_well_formed(key, value)
        }
        parts = node.get("allOf")
        for part in parts if isinstance(parts, list) else ():
            told = merged(self.alone(part, depth + 1), told)
        return told

    def _part(self, key: str, value: Any, depth: int) -> Any:
        if key in _MAPS and isinstance(value, dict):
            return {name: self.alone(each, depth + 1) for name, each in value.items()}
        if key in _LISTS and isinstance(value, list):
            return [self.alone(each, depth + 1) for each in value]
        return self.alone(value, depth + 1) if key in _ONES else value

    def _referred(self, node: Mapping[str, Any], depth: int) -> Any:
        reference = node["$ref"]
        if reference not in self._read:
            self._read[reference] = CUT
            try:
                self._read[reference] = self.alone(self._document.at(reference), depth + 1)
            except ContractError:
                self._read[reference] = {}
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return merged(self._read[reference], self.alone(beside, depth + 1)) if beside else self._read[reference]


def merged(one: Schema, other: Schema) -> dict[str, Any]:
    """Both at once, as `allOf` means it; where they speak of the same, `other` decides unless it is a member of both."""
    both = {**one, **other}
    if "properties" in one and "properties" in other:
        first, second = mapping(one["properties"]), mapping(other["properties"])
        shared = {name: merged(mapping(first[name]), mapping(second[name])) for name in first.keys() & second.keys()}
        both["properties"] = {**first, **second, **shared}
    needed = [*_list(one.get("required")), *_list(other.get("required"))]
    if needed:
        both["required"] = list(dict.fromkeys(each for each in needed if isinstance(each, str)))
    return both


def kinds(schema: Any) -> frozenset[str]:
    """The kinds of JSON values that a schema may take, as far as its types and values say."""
    node = mapping(schema)
    if "const" in node:
        return frozenset([kind_of(node["const"])])
    stated = node.get("type")
    found = frozenset([stated] if isinstance(stated, str) else _list(stated)) & frozenset(KINDS) or frozenset(KINDS)
    if "number" in found:
        found |= {"integer"}
    if isinstance(node.get("enum"), list):
        found &= {kind_of(each) for each in node["enum"]} | ({"number"} if "number" in found else set())
    for word in ("anyOf", "oneOf"):
        if isinstance(node.get(word), list) and node[word]:
            found &= frozenset().union(*(kinds(each) for each in node[word]))
    if "type" not in node and "properties" in node and found == frozenset(KINDS):
        return frozenset(["object"])
    return found


def kind_of(value: Any) -> str:
    """The kind of a JSON value."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def schema_of(value: Any) -> dict[str, Any]:
    """The schema of a bare example: its kinds and members, each with what it showed."""
    kind = kind_of(value)
    if kind == "object":
        members = {str(name): schema_of(each) for name, each in value.items()}
        return {"type": "object", "properties": members, "required": list(members)}
    if kind == "array":
        return {"type": "array", "items": schema_of(value[0]) if value else {}, "examples": [value]}
    return {} if kind == "null" else {"type": "number" if isinstance(value, float) else kind, "examples": [value]}


def examples(schema: Any) -> list[Any]:
    """What a schema shows as its values."""
    node = mapping(schema)
    return [*_list(node.get("examples")), *([node["example"]] if "example" in node else [])]


def is_valid(schema: Any, value: Any) -> bool:
    """Whether a standalone schema takes a value; a schema that no engine can read takes everything."""
    return why_not(schema, value) == ""


def why_not(schema: Any, value: Any) -> str:
    """Why a standalone schema does not take a value; "" when it does."""
    validator = _validator(orjson.dumps(schema, option=orjson.OPT_NON_STR_KEYS, default=str))
    if validator is None:
        return ""
    try:
        found = next(iter(validator.iter_errors(value)), None)
    except ValueError:  # a value that is no JSON
        return "is no JSON value"
    return "" if found is None else str(found.message)[:120]


@cache
def _validator(text: bytes) -> Any:
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator(orjson.loads(text), validate_formats=False)
    except (ValueError, jsonschema_rs.ValidationError):
        return None


def judge_of(schema: Any) -> Callable[[Any], str]:
    """What says why a value does not fit a standalone schema."""
    return lambda value: why_not(schema, value)


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []
