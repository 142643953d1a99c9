"""Pairs of schemas picked by hand, each with the verdict that a person would give and the witness they would show."""

from __future__ import annotations

from typing import Any

import pytest

from modelslab_contracts.diff.sets import Breaking, Comparison, Safe, Source, Unproved, inside

INTEGER = {"type": "integer"}
CLOSED = {"properties": {"a": True}, "additionalProperties": False}


def branch(status: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": ["status"], "properties": {"status": {"const": status}, **properties}}


def linked(value: Any) -> dict[str, Any]:
    node = {"type": "object", "properties": {"value": value, "next": {"$ref": "#/$defs/node"}}}
    return {"$defs": {"node": node}, "$ref": "#/$defs/node"}


SAFE: dict[str, tuple[Any, Any]] = {
    "nothing is inside everything": (False, True),
    "integers are numbers": (INTEGER, {"type": "number"}),
    "bounds of whole numbers, written otherwise": ({**INTEGER, "exclusiveMinimum": 0}, {**INTEGER, "minimum": 0.5}),
    "multiples of 64 are multiples of 8": ({**INTEGER, "multipleOf": 64}, {**INTEGER, "multipleOf": 8}),
    "multiples of 4 and 6 are multiples of 12": ({"allOf": [{"multipleOf": 4}, {"multipleOf": 6}]}, {"multipleOf": 12}),
    "a step that leaves one number": ({**INTEGER, "multipleOf": 8, "minimum": 1, "maximum": 15}, {"const": 8}),
    "kinds cover": ({"type": ["string", "null"]}, {"oneOf": [{"type": "null"}, {"type": "string"}]}),
    "listed values are covered": ({"enum": ["a", 1]}, {"anyOf": [{"const": 1}, {"type": "string", "maxLength": 1}]}),
    "1.0 is 1": ({"const": 1.0}, {"enum": [1]}),
    "a pattern, written otherwise": ({"type": "string", "pattern": "^[ab]+$"}, {"pattern": "^(a|b)(a|b)*$"}),
    "a prefix of a prefix": ({"type": "string", "pattern": "^https://"}, {"pattern": "^https?:"}),
    "a pattern bounds the length": ({"type": "string", "pattern": "^[a-z]{2,4}$"}, {"minLength": 2}),
    "a property in a closed object": (CLOSED, {"propertyNames": {"enum": ["a", "b"]}}),
    "closed twice over": (CLOSED, {"allOf": [{"properties": {"a": True}}], "unevaluatedProperties": False, "maxProperties": 1}),
    "branches told apart by a constant, reordered": (
        {"oneOf": [branch("success", id=INTEGER), branch("error")]},
        {"anyOf": [branch("error"), branch("success", id={"type": "number"})]},
    ),
    "one branch split in two": (
        {"type": "object", "required": ["status"], "properties": {"status": {"enum": ["a", "b"]}}},
        {"oneOf": [branch("a"), branch("b")]},
    ),
    "conditions, by cases": (
        {"if": {"type": "string"}, "then": {"minLength": 1}, "else": INTEGER},
        {"anyOf": [INTEGER, {"type": "string", "minLength": 1}]},
    ),
    "recursion, item by item": (linked(INTEGER), linked({"type": "number"})),
    "values of which none is finite": (
        {"type": "object", "required": ["x"], "properties": {"x": {"$ref": "#"}}},
        False,
    ),
    "two values have no third": ({"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": True}, {"maxItems": 2}),
    "two places, one value each": (
        {"type": "array", "prefixItems": [{"enum": [1, 2]}, {"const": 1}], "items": False, "uniqueItems": True, "minItems": 2},
        {"const": [2, 1]},
    ),
    "needs of needs": (
        {"type": "object", "dependentRequired": {"a": ["b"], "b": ["c"]}},
        {"dependentRequired": {"a": ["c"]}},
    ),
    "format only describes": ({"type": "string"}, {"type": "string", "format": "uri"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SAFE)
def test_safe(name: str) -> None:
    assert inside(*SAFE[name]) == Safe()


BREAKING: dict[str, tuple[Any, Any, Any]] = {
    "everything is not nothing": (True, False, None),
    "numbers are not integers": ({"type": "number"}, INTEGER, 0.5),
    "a maximum came down": ({**INTEGER, "maximum": 20}, {**INTEGER, "maximum": 10}, 11),
    "a minimum went up": ({**INTEGER, "minimum": 1}, {**INTEGER, "minimum": 5}, 1),
    "a bound became exclusive": ({"type": "number", "minimum": 2.5}, {"type": "number", "exclusiveMinimum": 2.5}, 2.5),
    "a step came": ({**INTEGER, "minimum": 8, "maximum": 1024}, {**INTEGER, "minimum": 8, "multipleOf": 8}, 9),
    "a value went": ({"enum": ["ddim", "dpm"]}, {"enum": ["ddim"]}, "dpm"),
    "yes and no became booleans": ({"enum": ["yes", "no"]}, {"type": "boolean"}, "yes"),
    "null went": ({"type": ["string", "null"]}, {"type": "string"}, None),
    "a field became required": (
        {"type": "object", "required": ["a"]},
        {"type": "object", "required": ["a", "b"]},
        {"a": None},
    ),
    "a bound of a nested field": (
        {"type": "object", "required": ["a"], "properties": {"a": INTEGER, "b": {"type": "array", "items": INTEGER}}},
        {"properties": {"b": {"items": {"maximum": 3}}}},
        {"a": 0, "b": [4]},
    ),
    "an object was closed": ({"type": "object", "properties": {"a": True}}, CLOSED, {"b": None}),
    "a length": ({"type": "string"}, {"type": "string", "maxLength": 3}, "aaaa"),
    "a pattern came": ({"type": "string"}, {"type": "string", "pattern": "^[a-z]+$"}, ""),
    "a pattern was narrowed": ({"type": "string", "pattern": "^[a-z]+$"}, {"pattern": "^[a-y]+$"}, "z"),
    "items became distinct": ({"type": "array", "items": INTEGER}, {"uniqueItems": True}, [0, 0]),
    "a third kind of answer": (
        {"oneOf": [branch("success"), branch("error"), branch("failed")]},
        {"oneOf": [branch("success"), branch("error")]},
        {"status": "failed"},
    ),
    "an answer that two branches fit": (
        {"anyOf": [branch("success"), {"type": "object", "required": ["id"]}]},
        {"oneOf": [branch("success"), {"type": "object", "required": ["id"]}]},
        {"status": "success", "id": None},
    ),
    "deep in a recursion": (linked({"type": "number"}), linked(INTEGER), {"value": 0.5}),
    "a class of digits": ({"type": "string", "pattern": r"^\d{4}$"}, {"pattern": r"^\d{3}$"}, "0000"),
    "a look-around, by trying": ({"enum": ["mock-key"]}, {"pattern": "^(?!mock-)"}, "mock-key"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKING)
def test_breaking_with_the_simplest_witness(name: str) -> None:
    one, other, witness = BREAKING[name]
    assert inside(one, other) == Breaking(witness)


UNPROVED: dict[str, tuple[Any, Any, str]] = {
    "a digit of another script": ({"type": "string", "pattern": r"^\d+$"}, {"pattern": "^[0-9]+$"}, "differently"),
    "a tenth in doubles": ({"type": "number", "multipleOf": 0.1}, {"multipleOf": 0.01}, "multiples of 0."),
    "a word boundary": ({"type": "string", "pattern": r"\byes\b"}, {"pattern": "yes"}, "the escape"),
    "a reference to nowhere": ({"type": "string"}, {"$ref": "#/$defs/x"}, "leads nowhere"),
    "a reference to itself": (INTEGER, {"$defs": {"x": {"$ref": "#/$defs/x"}}, "$ref": "#/$defs/x"}, "back to itself"),
    "a reference out of the document": (INTEGER, {"$ref": "other.yaml#/x"}, "out of the document"),
    "a dynamic reference": (INTEGER, {"$dynamicRef": "#x"}, "not decided"),
    "a bound that is a text": (INTEGER, {"minimum": "1"}, "not of its kind"),
    "a type that is none": (INTEGER, {"type": "file"}, "not of its kind"),
    "a list for a schema": (INTEGER, {"items": [], "not": [INTEGER]}, "where a schema should"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNPROVED)
def test_unproved_says_why(name: str) -> None:
    one, other, why = UNPROVED[name]
    verdict = inside(one, other)
    assert isinstance(verdict, Unproved)
    assert why in verdict.why


def test_what_cannot_be_read_hinders_only_where_it_matters() -> None:
    odd = {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}, "b": INTEGER}, "required": ["b"]}
    narrower = {**odd, "properties": {**odd["properties"], "b": {**INTEGER, "maximum": 9}}}  # type: ignore[dict-item]
    assert isinstance(inside({"type": "integer"}, {"anyOf": [INTEGER, {"$ref": "#/nowhere"}]}), Safe)
    assert isinstance(inside(narrower, odd), Unproved)


def test_a_search_is_given_up_with_the_bound_that_it_reached() -> None:
    # Ten fields with two values each, and 2^10 branches but one: no single branch covers, and no field decides.
    fields = [f"f{number}" for number in range(10)]
    one = {"type": "object", "required": fields, "properties": {field: {"enum": [0, 1]} for field in fields}}
    rows = [
        {"properties": {field: {"const": number >> place & 1} for place, field in enumerate(fields)}}
        for number in range(2, 1 << 10)
    ]
    verdict = inside(one, {"anyOf": rows})
    assert isinstance(verdict, (Breaking, Unproved))
    deep: Any = INTEGER
    for _ in range(150):
        deep = {"type": "array", "items": deep}
    assert inside(deep, {**deep, "maxItems": 3}) == Breaking([[], [], [], []])
    assert inside({"not": deep}, {"type": "integer"}) == Breaking(None)


def test_what_is_many_levels_down_is_found() -> None:
    def nested(inner: Any) -> Any:
        for _ in range(70):
            inner = {"type": "array", "items": inner, "minItems": 1}
        return inner

    assert inside(nested(INTEGER), nested({"type": "number"})) == Safe()
    verdict = inside(nested({"type": "number"}), nested(INTEGER))
    assert isinstance(verdict, Breaking)
    assert str(verdict.witness) == "[" * 70 + "0.5" + "]" * 70


def test_a_long_ring_of_references_is_walked_round() -> None:
    def ring(last: Any) -> Any:
        node = {f"n{n}": {"properties": {"next": {"$ref": f"#/$defs/n{(n + 1) % 90}"}, "v": INTEGER}} for n in range(90)}
        node["n80"]["properties"]["v"] = last
        return {"$defs": node, "$ref": "#/$defs/n0"}

    assert inside(ring(INTEGER), ring({"type": "number"})) == Safe()
    assert isinstance(inside(ring({"type": "number"}), ring(INTEGER)), Breaking)


def test_one_comparison_remembers_what_it_found_out() -> None:
    old, new = Source({"a": INTEGER}), Source({"b": {"type": "number"}})
    comparison = Comparison(old, new)
    one = comparison.set_of(old, old.root["a"])
    assert comparison.inside(one, comparison.set_of(new, new.root["b"])) is comparison.inside(
        one, comparison.set_of(new, new.root["b"])
    )
    assert one.term == comparison.set_of(new, {"allOf": [{"type": "integer"}], "description": "the same"}).term
