"""Edits of what members an object has."""

from __future__ import annotations

from .rows import Pair, Rng, a_name, both_ways, obj, row, scalar, schema, with_, without


@both_ways("property-added-required", "property-removed-required")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    new = with_(old, required=[*old.get("required", []), "extra"])
    new["properties"]["extra"] = schema(rng, 1)
    return old, new


@both_ways("property-added-optional-open", "property-removed-open")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    new = with_(old)
    new["properties"]["extra"] = schema(rng, 1)
    return old, new


@both_ways("property-added-optional-closed", "property-removed-closed")
def _(rng: Rng) -> Pair:
    old = obj(rng, additionalProperties=False)
    new = with_(old)
    new["properties"]["extra"] = schema(rng, 1)
    return old, new


@row("property-renamed")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    name = a_name(rng, old)
    new = with_(old, required=["other" if each == name else each for each in old.get("required", [])])
    new["properties"]["other"] = new["properties"].pop(name)
    return old, new


@both_ways("became-required", "became-optional")
def _(rng: Rng) -> Pair:
    old = without(obj(rng), "required")
    return old, with_(old, required=[a_name(rng, old)])


@both_ways("became-nullable", "became-not-nullable")
def _(rng: Rng) -> Pair:
    kind = rng.choice(["string", "integer", "object"])
    spelling = rng.choice(
        [{"type": [kind, "null"]}, {"anyOf": [{"type": kind}, {"type": "null"}]}, {"oneOf": [{"type": "null"}, {"type": kind}]}]
    )
    return {"type": kind}, spelling


@row("null-respelt")
def _(rng: Rng) -> Pair:
    kind, low = rng.choice(["string", "integer", "object"]), rng.randint(0, 3)
    word = {"string": "minLength", "integer": "minimum", "object": "minProperties"}[kind]
    spellings = [
        {"type": [kind, "null"], word: low},
        {"anyOf": [{"type": kind, word: low}, {"type": "null"}]},
        {"oneOf": [{"const": None}, {"type": kind, word: low}]},
        {"anyOf": [{"enum": [None]}, {"allOf": [{"type": kind}, {word: low}]}]},
    ]
    return tuple(rng.sample(spellings, 2))  # type: ignore[return-value]


@both_ways("additionalProperties-closed", "additionalProperties-opened")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    return old, with_(old, additionalProperties=False)


@both_ways("additionalProperties-narrowed", "additionalProperties-widened")
def _(rng: Rng) -> Pair:
    return obj(rng, additionalProperties={"type": ["string", "number"]}), obj(
        rng, additionalProperties={"type": rng.choice(["string", "integer"])}
    )


@both_ways("patternProperties-added", "patternProperties-removed")
def _(rng: Rng) -> Pair:
    old = obj(rng, **rng.choice([{}, {"additionalProperties": False}]))
    return old, with_(old, patternProperties={rng.choice(["^x-", "^[a-z]+$", "_id$"]): scalar(rng)})


@row("patternProperties-changed")
def _(rng: Rng) -> Pair:
    pattern = rng.choice(["^x-", "_id$"])
    return {"type": "object", "patternProperties": {pattern: scalar(rng)}}, {
        "type": "object",
        "patternProperties": {pattern: scalar(rng)},
    }


@both_ways("propertyNames-added", "propertyNames-removed")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    return old, with_(
        old, propertyNames=rng.choice([{"pattern": "^[a-z]+$"}, {"maxLength": 6}, {"enum": [*old["properties"]]}])
    )


@both_ways("propertyNames-tightened", "propertyNames-loosened")
def _(rng: Rng) -> Pair:
    size = rng.randint(2, 5)
    return {"type": "object", "propertyNames": {"maxLength": size + 1}}, {
        "type": "object",
        "propertyNames": {"maxLength": size},
    }


@both_ways("minProperties-up", "minProperties-down")
def _(rng: Rng) -> Pair:
    low, old = rng.randint(0, 3), obj(rng, **rng.choice([{}, {}, {"additionalProperties": False}]))
    return with_(old, minProperties=low), with_(old, minProperties=low + rng.randint(1, 2))


@both_ways("maxProperties-down", "maxProperties-up")
def _(rng: Rng) -> Pair:
    high, old = rng.randint(2, 5), obj(rng)
    return with_(old, maxProperties=high), with_(old, maxProperties=high - 1)


@both_ways("minProperties-set", "minProperties-unset")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    return old, with_(old, minProperties=rng.randint(0, 3))


@both_ways("maxProperties-set", "maxProperties-unset")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    return old, with_(old, maxProperties=rng.randint(1, 4))


@both_ways("dependentRequired-added", "dependentRequired-removed")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    one, other = rng.sample(sorted(old["properties"]), 2)
    return old, with_(old, dependentRequired={one: [other]})


@both_ways("dependentRequired-extended", "dependentRequired-reduced")
def _(rng: Rng) -> Pair:
    old = obj(rng, dependentRequired={"id": ["seed"]})
    return old, with_(old, dependentRequired={"id": ["seed", rng.choice(["status", "meta", "width"])]})


@both_ways("dependentSchemas-added", "dependentSchemas-removed")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    return old, with_(
        old, dependentSchemas={a_name(rng, old): rng.choice([{"required": ["id"]}, {"properties": {"id": scalar(rng)}}, False])}
    )


@both_ways("dependentSchemas-narrowed", "dependentSchemas-widened")
def _(rng: Rng) -> Pair:
    old = obj(rng, dependentSchemas={"id": {"properties": {"seed": {"type": ["integer", "string"]}}}})
    return old, with_(old, dependentSchemas={"id": {"properties": {"seed": {"type": "integer"}}}})


@both_ways("unevaluatedProperties-closed", "unevaluatedProperties-opened")
def _(rng: Rng) -> Pair:
    word = rng.choice(["allOf", "anyOf", "oneOf"])
    old = {"type": "object", "properties": {"id": scalar(rng)}, word: [obj(rng, 1), obj(rng, 1)][: rng.randint(1, 2)]}
    return old, with_(old, unevaluatedProperties=rng.choice([False, {"type": "integer"}]))


@row("property-order-changed")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    return old, with_(old, properties=dict(reversed(old["properties"].items())), required=[*reversed(old.get("required", []))])
