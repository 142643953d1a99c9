"""A document in the meaning of OpenAPI 3.1, whatever version it is of: null as a type, exclusive bounds as numbers.

Where it is right already nothing is copied. Descriptions, examples and `x-` words stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..json_pointer import escaped
from ..lint_subject import is_data

_BOUNDS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


def meant(node: Any, pointer: str = "") -> Any:
    """`node`, which stands at `pointer`, in words of 3.1."""
    if isinstance(node, list):
        return [meant(each, f"{pointer}/-") for each in node]
    if not isinstance(node, dict):
        return node
    inner = {key: value if is_data(pointer, key) else meant(value, f"{pointer}/{escaped(key)}") for key, value in node.items()}
    return _with_null(_with_bounds(inner)) if may_be_schema(node, pointer) else inner


def may_be_schema(node: Mapping[str, Any], pointer: str) -> bool:
    """Whether a mapping says something that 3.0 and 3.1 say differently, and is no mapping of names."""
    if pointer.rpartition("/")[2] in ("properties", "schemas", "patternProperties"):
        return False
    return isinstance(node.get("nullable"), bool) or any(isinstance(node.get(flag), bool) for flag, _ in _BOUNDS)


def _with_bounds(schema: dict[str, Any]) -> dict[str, Any]:
    for flag, bound in _BOUNDS:
        if schema.get(flag) is True and bound in schema:
            schema[flag] = schema.pop(bound)
        elif isinstance(schema.get(flag), bool):
            del schema[flag]
    return schema


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.pop("nullable", False) is not True:
        return schema
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    kind = schema.get("type")
    if isinstance(kind, str):
        schema["type"] = [kind] if kind == "null" else [kind, "null"]
    elif isinstance(kind, list) and "null" not in kind:
        schema["type"] = [*kind, "null"]
    elif "$ref" in schema:
        schema["anyOf"] = [{"$ref": schema.pop("$ref")}, {"type": "null"}]
    return schema
