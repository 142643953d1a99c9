"""Where in a schema an edit happens: at its root, or some levels down, in our own contracts or in a drawn one."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

from modelslab_contracts.contract import endpoints

Wrap = Callable[[Any], Any]


def nested(rng: random.Random, old: Any, new: Any, share: float = 0.25) -> tuple[Any, Any]:
    """The two fragments at the same place of the same surroundings, each document standing alone; a share in our contracts."""
    old, new = copy.deepcopy((old, new))
    lifted = [each.pop("$defs", {}) if isinstance(each, dict) else {} for each in (old, new)]
    for _ in range(rng.choice([0, 1, 2, 2, 3, 3])):
        wrap = rng.choice(_WRAPS)(rng)
        old, new = wrap(old), wrap(new)
    schemas: list[dict[str, Any]] = [{}, {}]
    if rng.random() < share:
        (old, new), schemas = in_a_contract(rng, old, new)
    one, other = (
        {"$defs": {**mine, **defs}, "allOf": [schema]} for schema, mine, defs in zip((old, new), schemas, lifted, strict=True)
    )
    return one, other


def in_a_contract(rng: random.Random, old: Any, new: Any) -> tuple[tuple[Any, Any], list[dict[str, Any]]]:
    """The fragments as a property of a schema in one of the five contracts, new or in place of one that is there."""
    document = rng.choice([each.document.root for each in endpoints().values()])
    schemas = {name: _local(schema) for name, schema in document["components"]["schemas"].items()}
    name = rng.choice([name for name, each in schemas.items() if each.get("properties")])
    field = rng.choice([*schemas[name]["properties"], "a_new_one"])
    around: Any = {"$ref": f"#/$defs/{name}"}
    if rng.random() < 0.5:
        branches = dict.fromkeys((name, *_answers(schemas)))
        around = {"oneOf": [{"$ref": f"#/$defs/{each}"} for each in branches]}
    changed = []
    for fragment in (old, new):
        own = dict(schemas[name], properties={**schemas[name]["properties"], field: fragment})
        changed.append({**schemas, name: own})
    return (around, around), changed


def _answers(schemas: dict[str, Any]) -> list[str]:
    known = (name for name, each in schemas.items() if "const" in each.get("properties", {}).get("status", {}))
    return [name for name in known if not name.startswith(("Webhook", "Fetch"))]


def _local(node: Any) -> Any:
    if isinstance(node, dict):
        moved = {key: str(value).replace("#/components/schemas/", "#/$defs/") for key, value in node.items() if key == "$ref"}
        return {key: moved.get(key) or _local(value) for key, value in node.items() if key != "x-mock"}
    return [_local(each) for each in node] if isinstance(node, list) else node


def _property(rng: random.Random) -> Wrap:
    required = rng.choice([[], ["p"]])
    more = rng.choice([{}, {"additionalProperties": False}])
    return lambda inner: {"type": "object", "properties": {"p": inner, "q": {"type": "string"}}, "required": required, **more}


def _branch(rng: random.Random) -> Wrap:
    word = rng.choice(["oneOf", "anyOf"])
    other = {"type": "object", "properties": {"kind": {"const": "other"}}, "required": ["kind"]}

    def wrap(inner: Any) -> Any:
        mine = {"type": "object", "properties": {"kind": {"const": "mine"}, "p": inner}, "required": ["kind"]}
        return {word: [other, mine]}

    return wrap


_WRAPS: tuple[Callable[[random.Random], Wrap], ...] = (
    _property,
    _property,
    _branch,
    lambda _rng: lambda inner: {"type": "array", "items": inner},
    lambda _rng: lambda inner: {"type": "array", "prefixItems": [{"type": "integer"}, inner]},
    lambda _rng: lambda inner: {"type": "object", "additionalProperties": inner},
    lambda _rng: lambda inner: {"type": "object", "patternProperties": {"^x-": inner}},
    lambda _rng: lambda inner: {"allOf": [inner, {"description": "also"}]},
    lambda _rng: lambda inner: {"anyOf": [inner, {"type": "null"}]},
)
