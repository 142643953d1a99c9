"""Edits of how a schema is put together: branches, conditions, references."""

from __future__ import annotations

import copy
from typing import Any

from .rows import NAMES, Pair, Rng, a_name, both_ways, obj, row, scalar, schema, with_, without


def answers(rng: Rng) -> list[dict[str, Any]]:
    """Branches that a constant tells apart."""
    made = []
    for status in rng.sample(["success", "processing", "error", "failed"], 3):
        node = obj(rng, 1)
        node["properties"]["status"] = {"const": status}
        node["required"] = sorted({"status", *node.get("required", [])})
        made.append(node)
    return made


@both_ways("anyOf-branch-added", "anyOf-branch-removed")
def _(rng: Rng) -> Pair:
    branches = rng.choice([answers(rng), [scalar(rng) for _ in range(3)]])
    return {"anyOf": branches[:2]}, {"anyOf": branches}


@row("anyOf-branch-changed")
def _(rng: Rng) -> Pair:
    branches = answers(rng)
    new = copy.deepcopy(branches)
    new[1]["properties"][rng.choice(NAMES)] = scalar(rng)
    return {"anyOf": branches}, {"anyOf": new[::-1]}


@both_ways("oneOf-branch-added", "oneOf-branch-removed")
def _(rng: Rng) -> Pair:
    branches = rng.choice([answers(rng), [scalar(rng) for _ in range(3)], [obj(rng, 1) for _ in range(3)]])
    return {"oneOf": branches[:2]}, {"oneOf": branches}


@row("oneOf-branch-changed")
def _(rng: Rng) -> Pair:
    branches = answers(rng)
    new = copy.deepcopy(branches)
    name = a_name(rng, new[0])
    if name != "status":
        new[0]["properties"][name] = scalar(rng)
    return {"oneOf": branches}, {"oneOf": new}


@row("wrapped")
def _(rng: Rng) -> Pair:
    old = schema(rng)
    return old, {rng.choice(["allOf", "anyOf", "oneOf"]): [old]}


@row("unwrapped-with-siblings")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    return with_(old, description="same"), {
        "allOf": [without(old, "required"), {"required": old.get("required", [])}],
        "type": "object",
    }


@both_ways("oneOf-became-anyOf", "anyOf-became-oneOf")
def _(rng: Rng) -> Pair:
    branches = rng.choice([answers(rng), answers(rng), [scalar(rng), scalar(rng)]])
    return {"oneOf": branches}, {"anyOf": branches}


@both_ways("allOf-member-added", "allOf-member-removed")
def _(rng: Rng) -> Pair:
    old = {"allOf": [obj(rng)]}
    return old, {"allOf": [*old["allOf"], rng.choice([obj(rng, 1), {"required": ["id"]}, {"description": "nothing"}])]}


@both_ways("not-added", "not-removed")
def _(rng: Rng) -> Pair:
    old = schema(rng)
    return old, with_(old, **{"not": rng.choice([scalar(rng), {"required": ["id"]}, {"type": "null"}])})


@row("not-changed")
def _(rng: Rng) -> Pair:
    return {"not": scalar(rng)}, {"not": scalar(rng)}


@both_ways("conditional-added", "conditional-removed")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    name = a_name(rng, old)
    condition = {"properties": {name: scalar(rng)}, "required": [name]}
    return old, with_(old, **{"if": condition, rng.choice(["then", "else"]): {"required": ["id"]}})


@row("conditional-changed")
def _(rng: Rng) -> Pair:
    old = {"if": {"type": "string"}, "then": scalar(rng), "else": scalar(rng)}
    return old, with_(old, **{rng.choice(["then", "else"]): scalar(rng)})


@both_ways("anything-became-schema", "schema-became-anything")
def _(rng: Rng) -> Pair:
    return rng.choice([True, {}]), rng.choice([schema(rng), False])


@row("reference-inlined")
def _(rng: Rng) -> Pair:
    inner = schema(rng)
    return {"$defs": {"x": inner}, "$ref": "#/$defs/x"}, inner


@row("recursion-unrolled")
def _(rng: Rng) -> Pair:
    value = scalar(rng)
    rolled = {"type": "object", "properties": {"v": value, "next": {"$ref": "#/$defs/list"}}, "required": ["v"]}
    unrolled = {"type": "object", "properties": {"v": value, "next": rolled}, "required": ["v"]}
    return {"$defs": {"list": rolled}, "$ref": "#/$defs/list"}, {"$defs": {"list": rolled}, **unrolled}


@both_ways("recursion-widened", "recursion-narrowed")
def _(rng: Rng) -> Pair:
    def tree(value: Any) -> Any:
        node = {"type": "object", "properties": {"v": value, "below": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}
        return {"$defs": {"tree": node}, "$ref": "#/$defs/tree"}

    return tree({"type": "integer"}), tree({"type": ["integer", rng.choice(["null", "string"])]})
