"""Ways to write a schema otherwise that leave its set of values as it is."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from .grammar import Rng

Schema = dict[str, Any]
Rewrite = Callable[[Rng, Schema], Schema | None]

_MAPS = ("properties", "patternProperties", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_ONES = ("items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else")


def rewritten(rng: Rng, schema: Any, components: dict[str, Any], share: float = 0.5) -> Any:
    """The schema with some of its parts, at any depth, written otherwise. `components` takes what references lead to."""
    if not isinstance(schema, dict):
        return schema
    made = {key: _inner(rng, key, value, components, share) for key, value in schema.items()}
    if rng.random() < share:
        name = rng.choice(sorted(REWRITES))
        other = REWRITES[name](rng, copy.deepcopy(made))
        made = made if other is None else other
    if rng.random() < share / 3 and "unevaluatedProperties" not in made and "unevaluatedItems" not in made:
        place = f"Part{len(components)}"
        components[place] = made
        return {"$ref": f"#/components/schemas/{place}"}
    return made


def _inner(rng: Rng, key: str, value: Any, components: dict[str, Any], share: float) -> Any:
    def below(each: Any) -> Any:
        return rewritten(rng, each, components, share)

    if key in _MAPS and isinstance(value, dict):
        return {name: below(each) for name, each in value.items()}
    if key in _LISTS and isinstance(value, list):
        return [below(each) for each in value]
    return below(value) if key in _ONES else value


def _reordered(rng: Rng, schema: Schema) -> Schema:
    made = dict(reversed(schema.items()))
    for word in ("enum", "required", "anyOf", "oneOf", "allOf"):
        if isinstance(made.get(word), list):
            made[word] = rng.sample(made[word], len(made[word]))
    if "properties" in made:
        made["properties"] = dict(reversed(made["properties"].items()))
    return made


def _wrapped(rng: Rng, schema: Schema) -> Schema:
    return {rng.choice(["allOf", "anyOf", "oneOf"]): [schema]}


def _split(_rng: Rng, schema: Schema) -> Schema | None:
    """A keyword that stands by itself moves into a member of allOf."""
    alone = [word for word in ("type", "required", "minimum", "maximum", "maxLength", "minLength", "enum") if word in schema]
    if not alone or "allOf" in schema:
        return None
    return {**{key: each for key, each in schema.items() if key != alone[0]}, "allOf": [{alone[0]: schema[alone[0]]}]}


def _constant(_rng: Rng, schema: Schema) -> Schema | None:
    if "const" in schema:
        return {**{key: each for key, each in schema.items() if key != "const"}, "enum": [schema["const"]]}
    if len(schema.get("enum", ())) == 1 and "const" not in schema:
        return {**{key: each for key, each in schema.items() if key != "enum"}, "const": schema["enum"][0]}
    return None


def _listed_types(_rng: Rng, schema: Schema) -> Schema | None:
    if isinstance(schema.get("type"), str):
        more = ["integer"] if schema["type"] == "number" else []
        return {**schema, "type": [schema["type"], *more]}
    return None


def _null_apart(_rng: Rng, schema: Schema) -> Schema | None:
    types = schema.get("type")
    if not isinstance(types, list) or "null" not in types or len(types) != 2 or {"enum", "const"} & schema.keys():
        return None
    if {"anyOf", "oneOf", "allOf", "not", "if"} & schema.keys():
        return None
    other = next(each for each in types if each != "null")
    return {"anyOf": [{**schema, "type": other}, {"type": "null"}]}


def _bounds(_rng: Rng, schema: Schema) -> Schema | None:
    made = dict(schema)
    if made.get("type") != "integer":
        return None
    for word, other, step in (("minimum", "exclusiveMinimum", -1), ("maximum", "exclusiveMaximum", 1)):
        if isinstance(made.get(word), int) and other not in made:
            made[other] = made.pop(word) + step
    return made


def _told(_rng: Rng, schema: Schema) -> Schema:
    return {**schema, "title": "Told", "description": "In other words.", "$comment": "nothing"}


def _more_of_the_same(_rng: Rng, schema: Schema) -> Schema:
    return {**schema, "allOf": [*schema.get("allOf", ()), True, {}]}


REWRITES: dict[str, Rewrite] = {
    "reordered": _reordered,
    "wrapped": _wrapped,
    "split": _split,
    "constant": _constant,
    "listed types": _listed_types,
    "null apart": _null_apart,
    "bounds": _bounds,
    "told": _told,
    "more of the same": _more_of_the_same,
}
