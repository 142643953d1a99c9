"""Schemas drawn from the whole fragment, small enough that a few dozen samples cover one; and small changes of one."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any


class Rng(random.Random):
    """Chance, and the names of the schemas that members and items may refer to."""

    names: tuple[str, ...] = ()


NAMES = ("a", "b", "c", "d")
PATTERNS = ("^a", "b$", "^[ab]*$", "^(a|b)+$", r"^\d+$", "c", "^a{2,3}$", "^[a-z]+$", "^[^a]*$", "a.b")
VALUES: tuple[Any, ...] = ("a", "b", "", 1, 2, 0.5, None, True, [], [1], {}, {"a": 1}, "ab")
Words = dict[str, Any]


def drawn(rng: Rng, depth: int = 0) -> Any:
    """Any schema at all."""
    if depth > 3 or rng.random() < 0.06:
        return rng.choice([True, False, {}, {"type": "string"}, {"type": "integer"}])
    return rng.choice(KINDS)(rng, depth)


def rings(rng: Rng) -> tuple[Any, Any]:
    """Two documents in which schemas refer to each other, round and round, and of which one is the other, changed."""
    rng.names = ("A", "B", "C")
    old = {name: rng.choice((_object, _object, _array, _branches))(rng, 1) for name in rng.names}
    new = {name: changed(rng, each) if rng.random() < 0.5 else each for name, each in old.items()}
    return tuple({"$defs": each, "type": ["object", "array", "null"], "$ref": "#/$defs/A"} for each in (old, new))  # type: ignore[return-value]


def _inner(rng: Rng, depth: int) -> Any:
    """A schema of a member or an item."""
    if rng.names and rng.random() < 0.5:
        return {"$ref": f"#/$defs/{rng.choice(rng.names)}"}
    return drawn(rng, depth + 1)


def changed(rng: Rng, schema: Any) -> Any:
    """The schema with one thing somewhere in it made different."""
    if isinstance(schema, bool) or not schema or rng.random() < 0.15:
        return drawn(rng, 2)
    new = copy.deepcopy(schema)
    word = rng.choice(list(new))
    value = new[word]
    if word in ("properties", "patternProperties", "dependentSchemas") and value:
        name = rng.choice(list(value))
        value[name] = changed(rng, value.pop(name)) if rng.random() < 0.8 else True
    elif word in ("anyOf", "oneOf", "allOf", "prefixItems"):
        place = rng.randrange(len(value))
        value[place] = changed(rng, value[place])
    elif word in (
        "not",
        "if",
        "then",
        "else",
        "items",
        "contains",
        "propertyNames",
        "additionalProperties",
        "unevaluatedProperties",
    ):
        new[word] = changed(rng, value)
    elif isinstance(value, int) and word not in ("const", "uniqueItems", "unevaluatedItems", "multipleOf"):
        new[word] = max(0, value + rng.choice([-1, 1]))
    else:
        del new[word]
    return new


def _some(rng: Rng, share: float, **words: Callable[[], Any]) -> Words:
    return {word: make() for word, make in words.items() if rng.random() < share}


def _integer(rng: Rng, _depth: int) -> Words:
    bounds = _some(rng, 0.4, minimum=lambda: rng.randint(-3, 5), maximum=lambda: rng.randint(0, 12))
    return {
        "type": "integer",
        **bounds,
        **_some(rng, 0.25, multipleOf=lambda: rng.choice([2, 3, 4, 6]), exclusiveMinimum=lambda: rng.randint(-3, 4)),
    }


def _number(rng: Rng, _depth: int) -> Words:
    bounds = _some(rng, 0.5, minimum=lambda: rng.choice([0, 0.5, 1, -1]), exclusiveMaximum=lambda: rng.choice([1, 2, 2.5, 10]))
    return {"type": "number", **bounds, **_some(rng, 0.3, multipleOf=lambda: rng.choice([0.5, 0.25, 1, 1.5, 2]))}


def _string(rng: Rng, _depth: int) -> Words:
    sizes = _some(rng, 0.4, minLength=lambda: rng.randint(0, 3), maxLength=lambda: rng.randint(0, 4))
    return {"type": "string", **sizes, **_some(rng, 0.4, pattern=lambda: rng.choice(PATTERNS))}


def _enum(rng: Rng, _depth: int) -> Words:
    return {"enum": rng.sample(VALUES, rng.randint(1, 4))} if rng.random() < 0.8 else {"const": rng.choice(VALUES)}


def _types(rng: Rng, _depth: int) -> Words:
    return {"type": rng.sample(["string", "integer", "number", "null", "boolean", "array", "object"], 2)}


def _untyped(rng: Rng, _depth: int) -> Words:
    return _some(rng, 0.4, minimum=lambda: rng.randint(0, 3), maxLength=lambda: rng.randint(0, 3),
                 minItems=lambda: rng.randint(0, 2), required=lambda: rng.sample(NAMES, 1))  # fmt: skip


def _object(rng: Rng, depth: int) -> Words:
    def sub() -> Any:
        return _inner(rng, depth)

    def beside() -> Any:
        return drawn(rng, depth + 1)

    made: Words = {"type": "object"} if rng.random() < 0.8 else {}
    made |= _some(rng, 0.7, properties=lambda: {name: sub() for name in rng.sample(NAMES, rng.randint(1, 3))})
    made |= _some(rng, 0.5, required=lambda: rng.sample(NAMES, rng.randint(1, 2)))
    made |= _some(rng, 0.3, additionalProperties=lambda: sub() if rng.random() < 0.5 else False)
    made |= _some(
        rng, 0.13,
        patternProperties=lambda: {rng.choice(["^a", "b", "^x-"]): sub()},
        propertyNames=lambda: rng.choice([{"maxLength": 2}, {"pattern": "^[a-c]"}, {"enum": ["a", "b", "x"]}]),
        minProperties=lambda: rng.randint(1, 3), maxProperties=lambda: rng.randint(0, 3),
        dependentRequired=lambda: {"a": ["b"]}, dependentSchemas=lambda: {"b": beside()},
        unevaluatedProperties=lambda: False if rng.random() < 0.7 else sub(),
    )  # fmt: skip
    if "unevaluatedProperties" in made:
        made |= _some(
            rng, 0.5, allOf=lambda: [beside()], anyOf=lambda: [beside(), beside()], oneOf=lambda: [beside(), beside()]
        )
    return made


def _array(rng: Rng, depth: int) -> Words:
    def sub() -> Any:
        return _inner(rng, depth) if rng.random() < 0.5 else rng.choice([_enum, _integer, _types])(rng, depth)

    made: Words = {"type": "array", **_some(rng, 0.6, items=sub)}
    made |= _some(
        rng, 0.3, prefixItems=lambda: [sub() for _ in range(rng.randint(1, 2))], contains=sub, uniqueItems=lambda: True
    )
    if "contains" in made:
        made |= _some(rng, 0.4, minContains=lambda: rng.randint(0, 2), maxContains=lambda: rng.randint(0, 2))
    made |= _some(rng, 0.3, minItems=lambda: rng.randint(0, 2), maxItems=lambda: rng.randint(0, 3))
    return made | _some(rng, 0.1, unevaluatedItems=lambda: False)


def _branches(rng: Rng, depth: int) -> Words:
    return {rng.choice(["anyOf", "oneOf", "allOf"]): [drawn(rng, depth + 1) for _ in range(rng.randint(1, 3))]}


def _not(rng: Rng, depth: int) -> Words:
    return {"not": drawn(rng, depth + 1)}


def _conditional(rng: Rng, depth: int) -> Words:
    return {
        "if": drawn(rng, depth + 1),
        **_some(rng, 0.7, **{"then": lambda: drawn(rng, depth + 1), "else": lambda: drawn(rng, depth + 1)}),
    }


KINDS: tuple[Callable[[Rng, int], Words], ...] = (
    _integer, _number, _string, _enum, _types, _untyped, _object, _object, _object, _array, _array, _branches, _branches, _not,
    _conditional,
)  # fmt: skip
