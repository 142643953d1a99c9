"""Every dialect told in one: a schema object of OpenAPI 3.0 or an older draft as JSON Schema 2020-12 says the same.

One level at a time: what stands inside is translated when it is reached. OpenAPI 3.1 *is* 2020-12.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]

MAPS = ("properties", "patternProperties", "dependentSchemas")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
ONES = (
    "items", "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
#: The keywords that decide which values are valid; all others describe.
ASSERTIONS = frozenset({
    *MAPS, *LISTS, *ONES, "$ref", "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum",
    "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxContains",
    "minContains", "maxProperties", "minProperties", "required", "dependentRequired",
})  # fmt: skip
#: What OpenAPI 3.0 has of them. Its other keywords mean nothing there, whoever writes them.
_OLD = ASSERTIONS - {
    "patternProperties", "dependentSchemas", "prefixItems", "propertyNames", "contains", "if", "then", "else",
    "unevaluatedItems", "unevaluatedProperties", "const", "maxContains", "minContains", "dependentRequired",
}  # fmt: skip


def translated(schema: Schema, dialect: str) -> Schema:
    """The schema object in words of 2020-12, its inner schemas as they are."""
    return DIALECTS[dialect](schema)


def _openapi_3_0(schema: Schema) -> Schema:
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}  # whatever stands beside it is ignored there
    told = _flags_as_bounds({key: value for key, value in schema.items() if key in _OLD})
    # Null is a further type. Without a type there is nothing to add it to, and a list of values has it or has not.
    if schema.get("nullable") is True and isinstance(told.get("type"), str):
        told["type"] = [told["type"], "null"]
    return told


def _draft_4(schema: Schema) -> Schema:
    return _draft_7({key: value for key, value in _flags_as_bounds(dict(schema)).items() if key != "const"})


def _draft_7(schema: Schema) -> Schema:
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    told = dict(schema)
    if isinstance(told.get("items"), list):
        told["prefixItems"] = told.pop("items")
        if "additionalItems" in told:
            told["items"] = told.pop("additionalItems")
    for name, needs in told.pop("dependencies", {}).items():
        keyword = "dependentRequired" if isinstance(needs, list) else "dependentSchemas"
        told[keyword] = {**told.get(keyword, {}), name: needs}
    return told


def _flags_as_bounds(told: dict[str, Any]) -> dict[str, Any]:
    for flag, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if told.get(flag) is True and bound in told:
            told[flag] = told.pop(bound)
        elif isinstance(told.get(flag), bool):
            del told[flag]
    return told


#: dialect -> how a schema object of it is told in 2020-12.
DIALECTS: dict[str, Callable[[Schema], Schema]] = {
    "3.1": lambda schema: schema,
    "3.0": _openapi_3_0,
    "draft-07": _draft_7,
    "draft-04": _draft_4,
}
