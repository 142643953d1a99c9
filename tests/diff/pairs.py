"""A pair of schemas for each row of the catalogue that stands for a keyword: the second accepts less, by that keyword alone."""

from __future__ import annotations

from typing import Any

_NAMED = {"properties": {"a": {}, "b": {}}, "additionalProperties": False}

#: Keyword of `PAIRS` -> (schema that accepts more, schema that accepts less); both for the member `x`, or for the whole body.
OF_A_FIELD: list[tuple[str, Any, Any]] = [
    ("maximum", {"maximum": 1024}, {"maximum": 512}),
    ("maximum", {}, {"maximum": 512}),
    ("maximum", {"maximum": 5}, {"exclusiveMaximum": 5}),
    ("minimum", {"minimum": 1}, {"minimum": 8}),
    ("minimum", {"type": "integer"}, {"type": "integer", "exclusiveMinimum": 0}),
    ("multipleOf", {"multipleOf": 8}, {"multipleOf": 16}),
    ("multipleOf", {"type": "integer"}, {"type": "integer", "multipleOf": 8}),
    ("maxLength", {"maxLength": 9}, {"maxLength": 8}),
    ("minLength", {"type": "string"}, {"type": "string", "minLength": 1}),
    ("pattern", {"type": "string"}, {"type": "string", "pattern": "^[a-z]+$"}),
    ("pattern", {"pattern": "^[a-z]+$"}, {"pattern": "^[a-f]+$"}),
    ("maxItems", {"maxItems": 4}, {"maxItems": 2}),
    ("minItems", {"type": "array"}, {"type": "array", "minItems": 1}),
    ("uniqueItems", {"type": "array"}, {"type": "array", "uniqueItems": True}),
    ("maxProperties", {"maxProperties": 4}, {"maxProperties": 2}),
    ("minProperties", {"type": "object"}, {"type": "object", "minProperties": 1}),
    ("enum", {"enum": [21, 31, 41]}, {"enum": [21, 31]}),
    ("enum", {"enum": ["a", "b"]}, {"const": "a"}),
    ("enum", {"type": "string"}, {"type": "string", "enum": ["yes", "no"]}),
    ("null", {"type": ["string", "null"]}, {"type": "string"}),
    ("null", {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}, {"type": "string", "maxLength": 3}),
    ("null", {"type": ["string", "null"], "enum": ["a", None]}, {"type": "string", "enum": ["a"]}),
    ("type", {"type": "number"}, {"type": "integer"}),
    ("type", {}, {"type": "integer"}),
    ("type", {"type": ["integer", "string"]}, {"type": "integer"}),
    ("required", {"type": "object", "properties": {"a": {}}}, {"type": "object", "properties": {"a": {}}, "required": ["a"]}),
    ("closed", {"type": "object", **_NAMED}, {"type": "object", "properties": {"a": {}}, "additionalProperties": False}),
    ("additionalProperties", {"type": "object"}, {"type": "object", "additionalProperties": False}),
    ("additionalProperties", {"additionalProperties": {}}, {"additionalProperties": {"type": "string"}}),
    ("branch", {"oneOf": [{"type": "string"}, {"type": "array"}]}, {"oneOf": [{"type": "string"}]}),
    ("maximum", {"items": {"maximum": 9}}, {"items": {"maximum": 8}}),
    (
        "maximum",
        {"type": "object", "properties": {"y": {"maximum": 9}}},
        {"type": "object", "properties": {"y": {"maximum": 8}}},
    ),
    ("", {}, {"not": {"const": 5}}),
    ("", {"type": "array"}, {"type": "array", "contains": {"type": "string"}}),
    ("", {"type": "array", "items": {}}, {"type": "array", "prefixItems": [{"type": "string"}], "items": {}}),
    ("", {"type": "object"}, {"type": "object", "dependentRequired": {"a": ["b"]}}),
    ("", {"type": "object"}, {"type": "object", "unevaluatedProperties": False}),
]
#: Pairs of which neither is inside the other, in both directions the same row.
CHANGED: list[tuple[str, Any, Any]] = [
    ("changed type", {"type": "integer"}, {"type": "string"}),
    ("changed type", {"type": "object"}, {"type": "array"}),
    ("flag", {"enum": ["yes", "no"], "type": "string"}, {"enum": [True, False], "type": "boolean"}),
    ("flag", {"enum": ["yes", "no"]}, {"type": "boolean"}),
    ("digits", {"type": "integer"}, {"type": "string", "pattern": r"^[0-9]+$"}),
    ("digits", {"type": ["integer", "number"]}, {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}),
    ("many", {"type": "string"}, {"type": "array", "items": {"type": "string"}}),
    ("empty", {"const": ""}, {"type": "null"}),
    ("empty", {"enum": ["a", ""]}, {"enum": ["a", None]}),
    ("spelling", {"enum": ["dpmsolver+++", "DDIM"]}, {"enum": ["dpmsolver++", "DDIM"]}),
    ("spelling", {"type": "string", "enum": ["png", "jpg"]}, {"type": "string", "enum": ["PNG", "jpg"]}),
]

#: Two ways to say the same.
SAME: list[tuple[Any, Any]] = [
    ({"minimum": 1, "type": "integer"}, {"exclusiveMinimum": 0, "type": "integer"}),
    ({"enum": [1, 2]}, {"enum": [2, 1]}),
    ({"enum": ["a"]}, {"const": "a"}),
    ({"type": ["string", "null"]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ({"type": "string", "maxLength": 3}, {"allOf": [{"type": "string"}, {"maxLength": 3}]}),
    ({"type": "number"}, {"type": ["integer", "number"]}),
    ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
    (
        {"type": "object", "properties": {"a": {"type": "string", "default": "z"}}, "required": ["a"]},
        {"allOf": [{"type": "object", "required": ["a"]}, {"properties": {"a": {"type": "string", "default": "z"}}}]},
    ),
    ({"type": "string"}, {"type": "string", "description": "Text.", "examples": ["a"], "title": "T"}),
    ({"type": "string", "maxLength": 3}, {"$ref": "#/components/schemas/Short"}),
    ({"if": {"type": "string"}, "then": {"maxLength": 3}}, {"anyOf": [{"not": {"type": "string"}}, {"maxLength": 3}]}),
]
SHORT = {"Short": {"type": "string", "maxLength": 3}}
