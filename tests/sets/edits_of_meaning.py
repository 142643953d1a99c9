"""Edits of words that a reader minds and most of which no set does: defaults, flags, discriminators, names, references."""

from __future__ import annotations

import copy
from typing import Any

from .edits_of_branches import answers
from .rows import WORDS, Pair, Rng, a_name, both_ways, obj, row, scalar, schema, with_, without


@both_ways("property-added-required-with-default", "property-removed-required-with-default")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    new = with_(old, required=[*old.get("required", []), "extra"])
    new["properties"]["extra"] = {**scalar(rng), "default": rng.choice(WORDS)}
    return old, new


@row("property-respelled")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    name = a_name(rng, old)
    new = with_(old, required=[each.upper() if each == name else each for each in old.get("required", [])])
    new["properties"][name.upper()] = new["properties"].pop(name)
    return old, new


@both_ways("read-or-write-only-added", "read-or-write-only-removed")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    new = copy.deepcopy(old)
    new["properties"][a_name(rng, new)] |= {rng.choice(["readOnly", "writeOnly", "deprecated"]): True}
    return old, new


@both_ways("discriminator-added", "discriminator-removed")
def _(rng: Rng) -> Pair:
    old = {"oneOf": answers(rng)}
    return old, with_(old, discriminator={"propertyName": "status"})


@row("discriminating-constant-changed")
def _(rng: Rng) -> Pair:
    branches = answers(rng)
    new = copy.deepcopy(branches)
    new[0]["properties"]["status"] = rng.choice(
        [{"const": "other"}, {"enum": ["other", branches[0]["properties"]["status"]["const"]]}]
    )
    return {"oneOf": branches}, {"oneOf": new}


@both_ways("overlapping-branch-added", "overlapping-branch-removed")
def _(rng: Rng) -> Pair:
    branches = answers(rng)
    wide = without(rng.choice(branches), "required")
    return {"oneOf": branches[:2]}, {"oneOf": [*branches[:2], wide]}


@row("example-changed")
def _(rng: Rng) -> Pair:
    old = schema(rng)
    return with_(old, examples=[1]), with_(old, examples=["a"], example=None)


@row("content-changed")
def _(rng: Rng) -> Pair:
    one, other = rng.sample(["base64", "base32", "quoted-printable"], 2)
    return {"type": "string", "contentEncoding": one}, {
        "type": "string",
        "contentEncoding": other,
        "contentMediaType": "image/png",
    }


@both_ways("id-also-as-text", "id-no-longer-as-text")
def _(rng: Rng) -> Pair:
    old = rng.choice([{"type": "integer"}, {"type": "integer", "minimum": 1}])
    return old, rng.choice([with_(old, type=["integer", "string"]), {"oneOf": [old, {"type": "string"}]}])


@row("empty-text-for-null")
def _(rng: Rng) -> Pair:
    one, other = rng.choice([({"const": ""}, {"type": "null"}), ({"enum": ["a", ""]}, {"enum": ["a", None]})])
    return (one, other) if rng.random() < 0.5 else (other, one)


@row("reference-target-changed")
def _(rng: Rng) -> Pair:
    both = {"a": scalar(rng), "b": scalar(rng)}

    def of(name: str) -> dict[str, Any]:
        inner = {"$ref": f"#/$defs/{name}"}
        return {"$defs": copy.deepcopy(both), "type": "object", "properties": {"id": inner, "seed": inner}}

    return of("a"), of("b")


@row("definition-renamed")
def _(rng: Rng) -> Pair:
    inner = schema(rng)
    one, other = ({"$defs": {name: inner}, "type": "array", "items": {"$ref": f"#/$defs/{name}"}} for name in ("one", "other"))
    return one, other


@both_ways("several-things-narrowed", "several-things-widened")
def _(rng: Rng) -> Pair:
    old = obj(rng)
    new = copy.deepcopy(old)
    for name in rng.sample(sorted(new["properties"]), 2):
        new["properties"][name] = {"allOf": [new["properties"][name], scalar(rng)]}
    return old, new
