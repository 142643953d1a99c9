"""Edits of arrays."""

from __future__ import annotations

from typing import Any

from .rows import WORDS, Pair, Rng, both_ways, obj, one_of, row, scalar, with_, without


def array(rng: Rng) -> dict[str, Any]:
    items = rng.choice([{"type": "string"}, scalar(rng), {"enum": rng.sample(WORDS, 3)}, obj(rng, 1)])
    return rng.choice(
        [{"type": "array", "items": items}, {"type": "array"}, {"type": "array", "items": items, "uniqueItems": True}]
    )


for _word in ("minItems", "maxItems"):

    @both_ways(f"{_word}-up", f"{_word}-down")
    def _(rng: Rng, word: str = _word) -> Pair:
        old, size = array(rng), rng.randint(0, 4)
        return with_(old, **{word: size}), with_(old, **{word: size + rng.randint(1, 2)})

    @both_ways(f"{_word}-set", f"{_word}-unset")
    def _(rng: Rng, word: str = _word) -> Pair:
        old = array(rng)
        return old, with_(old, **{word: rng.randint(0, 5)})


@both_ways("uniqueItems-set", "uniqueItems-unset")
def _(rng: Rng) -> Pair:
    old = without(array(rng), "uniqueItems")
    if rng.random() < 0.3:
        old["maxItems"] = rng.randint(1, 3)
    return old, with_(old, uniqueItems=True)


@both_ways("items-narrowed", "items-widened")
def _(rng: Rng) -> Pair:
    wide, narrow = rng.choice(
        [({"type": "number"}, {"type": "integer"}), ({"type": ["string", "null"]}, {"type": "string"}), (True, scalar(rng))]
    )
    return {"type": "array", "items": wide}, {"type": "array", "items": narrow}


@both_ways("items-added", "items-removed")
def _(rng: Rng) -> Pair:
    old = {"type": "array", **one_of(rng, {}, {"maxItems": 2}, {"prefixItems": [scalar(rng)]})}
    return old, with_(old, items=rng.choice([False, scalar(rng), obj(rng, 1)]))


@both_ways("prefixItems-added", "prefixItems-removed")
def _(rng: Rng) -> Pair:
    old = array(rng)
    return old, with_(old, prefixItems=[scalar(rng) for _ in range(rng.randint(1, 2))])


@row("prefixItems-changed")
def _(rng: Rng) -> Pair:
    first, second = scalar(rng), scalar(rng)
    old = {"type": "array", "prefixItems": [first, second], **one_of(rng, {}, {"minItems": 2}, {"items": False})}
    return old, with_(old, prefixItems=rng.choice([[second, first], [first, scalar(rng)], [first]]))


@both_ways("contains-added", "contains-removed")
def _(rng: Rng) -> Pair:
    old = array(rng)
    return old, with_(old, contains=rng.choice([scalar(rng), {"type": "string"}, True]))


@both_ways("minContains-up", "minContains-down")
def _(rng: Rng) -> Pair:
    old, count = with_(array(rng), contains=scalar(rng)), rng.randint(0, 2)
    return with_(old, minContains=count), with_(old, minContains=count + 1)


@both_ways("maxContains-down", "maxContains-up")
def _(rng: Rng) -> Pair:
    old, count = with_(array(rng), contains=scalar(rng)), rng.randint(1, 3)
    return with_(old, maxContains=count + 1), with_(old, maxContains=count)


@both_ways("unevaluatedItems-closed", "unevaluatedItems-opened")
def _(rng: Rng) -> Pair:
    inner = one_of(
        rng,
        {"allOf": [{"prefixItems": [scalar(rng)]}]},
        {"anyOf": [{"prefixItems": [scalar(rng)]}, {"minItems": 3}]},
        {"contains": scalar(rng)},
    )
    old = {"type": "array", **inner}
    return old, with_(old, unevaluatedItems=False)


@both_ways("scalar-became-array", "array-became-scalar")
def _(rng: Rng) -> Pair:
    inner = scalar(rng)
    array_of = {"type": "array", "items": inner}
    return inner, rng.choice([array_of, {"anyOf": [inner, array_of]}])
