"""What inclusion is, whatever the schemas: laws that hold for all drawn ones, and rewritings that change nothing."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

from modelslab_contracts.contract import endpoints
from modelslab_contracts.diff.sets import Breaking, Safe, Verdict, inside

from .grammar import Rng, changed, drawn
from .rows import obj, scalar

pytestmark = pytest.mark.thorough
_COUNT = 4_000 if settings().max_examples > 1_000 else 120  # HYPOTHESIS_PROFILE=thorough


def pairs() -> list[tuple[Any, Any]]:
    made = []
    for number in range(_COUNT):
        rng = Rng(f"laws {number}")
        one = drawn(rng)
        made.append((one, changed(rng, one) if rng.random() < 0.7 else drawn(rng)))
    return made


def test_a_set_is_inside_itself_and_between_nothing_and_everything() -> None:
    for one, _ in pairs():
        assert inside(one, copy.deepcopy(one)) == inside(one, True) == inside(False, one) == Safe()


def test_a_part_is_inside_the_whole() -> None:
    for one, other in pairs():
        assert inside({"allOf": [one, other]}, one) == Safe()
        assert inside(one, {"anyOf": [other, one]}) == Safe()
        assert inside({"oneOf": [one, other]}, {"anyOf": [one, other]}) == Safe()


def test_inclusion_is_the_emptiness_of_what_is_left() -> None:
    for one, other in pairs():
        verdict = inside(one, other)
        assert type(inside({"allOf": [one, {"not": other}]}, False)) is type(verdict)
        assert type(inside({"not": other}, {"not": one})) is type(verdict)
        assert type(inside(True, {"anyOf": [other, {"not": one}]})) is type(verdict)


def test_inclusion_goes_on() -> None:
    chains = 0
    for number, (one, other) in enumerate(pairs()):
        third = changed(Rng(f"third {number}"), other)
        if inside(one, other) == Safe() == inside(other, third):
            chains += 1
            assert inside(one, third) == Safe()
    assert chains > _COUNT / 20


def test_a_case_analysis_changes_nothing() -> None:
    for one, other in pairs():
        cases = {"anyOf": [{"allOf": [one, other]}, {"allOf": [one, {"not": other}]}]}
        assert inside(one, cases) == inside(cases, one) == Safe()
        conditional = {"if": other, "then": one, "else": one}
        assert inside(one, conditional) == inside(conditional, one) == Safe()


# --- rewritings --------------------------------------------------------------------------------------------------------


def equal(one: Any, other: Any, dialect: str = "3.1", other_dialect: str = "3.1") -> tuple[Verdict, Verdict]:
    there = inside(one, other, dialect=dialect, other_dialect=other_dialect)
    return there, inside(other, one, dialect=other_dialect, other_dialect=dialect)


def reversed_keys(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: node[key] if key in ("enum", "const") else reversed_keys(node[key]) for key in reversed(node)}
    return [reversed_keys(each) for each in node] if isinstance(node, list) else node


def wrapped(node: Any) -> Any:
    """Every schema in the properties of another, in an allOf of its own."""
    if isinstance(node, dict):
        told = {key: wrapped(each) for key, each in node.items()}
        if "properties" in node:
            told["properties"] = {name: {"allOf": [each]} for name, each in told["properties"].items()}
        return told
    return [wrapped(each) for each in node] if isinstance(node, list) else node


def in_definitions(node: Any) -> Any:
    """The properties of the schema as definitions, with references to them."""
    if not isinstance(node, dict) or "properties" not in node:
        return node
    definitions = dict(node["properties"])
    return {"$defs": definitions, **node, "properties": {name: {"$ref": f"#/$defs/{name}"} for name in definitions}}


def with_anchors(node: Any) -> Any:
    moved = in_definitions(node)
    if moved is node:
        return node
    definitions = {name: {"$anchor": f"the-{name}", "allOf": [each]} for name, each in moved["$defs"].items()}
    named = {name: {"$ref": f"#the-{name}"} for name in moved["properties"]}
    return {**moved, "$id": "https://example.test/root.json", "$defs": definitions, "properties": named}


@pytest.mark.parametrize("rewrite", [reversed_keys, wrapped, in_definitions, with_anchors])
def test_a_rewriting_changes_nothing(rewrite: Callable[[Any], Any]) -> None:
    for number in range(_COUNT // 2):
        one = obj(random.Random(f"rewriting {number}"))
        assert equal(one, rewrite(one)) == (Safe(), Safe())


@pytest.mark.parametrize("name", endpoints())
def test_our_own_contracts_survive_being_rewritten(name: str) -> None:
    root = endpoints()[name].document.root
    schemas = root["components"]["schemas"]
    for rewrite in (reversed_keys, wrapped):
        other_root = {"components": {"schemas": {key: rewrite(each) for key, each in schemas.items()}}}
        for key, each in schemas.items():
            there = inside(each, other_root["components"]["schemas"][key], root=root, other_root=other_root)
            back = inside(other_root["components"]["schemas"][key], each, root=other_root, other_root=root)
            assert there == back == Safe(), key


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": True, "enum": ["a", None]}, {"enum": ["a", None]}),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, {"type": "integer", "minimum": 1}),
        ({"type": "number", "maximum": 9, "exclusiveMaximum": False}, {"type": "number", "maximum": 9}),
        ({"type": "object", "properties": {"a": {"type": "string", "nullable": True, "example": "b"}}},
         {"type": "object", "properties": {"a": {"anyOf": [{"type": "null"}, {"type": "string"}]}}}),
        ({"type": "string", "const": "a"}, {"type": "string"}),  # 3.0 has no const
    ],
)  # fmt: skip
def test_a_dialect_changes_nothing(old: Any, new: Any) -> None:
    assert equal(old, new, dialect="3.0", other_dialect="3.1") == (Safe(), Safe())


def test_words_beside_a_reference_count_in_one_dialect_only() -> None:
    text = {"type": "string", "x": {"type": "string", "maxLength": 1}}
    beside = {"$ref": "#/x", "type": "integer"}
    assert inside(text["x"], beside, dialect="3.0", root=text, other_root=text) == Safe()
    assert inside(text["x"], beside, root=text, other_root=text) == Breaking("")


def test_older_drafts_are_told_in_words_of_the_newest() -> None:
    old = {"items": [{"type": "string"}], "additionalItems": False, "dependencies": {"a": ["b"], "c": {"required": ["d"]}}}
    new = {"prefixItems": [{"type": "string"}], "items": False, "dependentRequired": {"a": ["b"], "c": ["d"]}}
    assert equal(old, new, dialect="draft-07", other_dialect="3.1") == (Safe(), Safe())
    four = {"minimum": 2, "exclusiveMinimum": True, "const": 1}
    assert equal(four, {"exclusiveMinimum": 2}, dialect="draft-04", other_dialect="3.1") == (Safe(), Safe())


def test_an_unknown_dialect_is_an_error_that_names_the_known() -> None:
    with pytest.raises(ValueError, match=r"'2\.0' is none of 3\.1, 3\.0"):
        inside(True, True, dialect="2.0")


def test_null_is_spelt_in_many_ways() -> None:
    for number in range(40):
        inner = scalar(random.Random(f"null {number}"))
        spellings = [
            {"anyOf": [inner, {"type": "null"}]},
            {"oneOf": [{"const": None}, {"allOf": [inner, {"not": {"type": "null"}}]}]},
            {"if": {"type": "null"}, "then": True, "else": inner},
            {"anyOf": [{"enum": [None]}, inner]},
        ]
        for spelling in spellings:
            assert equal(spellings[0], spelling) == (Safe(), Safe())


def test_documents_refer_to_each_other_by_uri() -> None:
    others = {"common.yaml": {"Id": {"type": "integer"}}, "https://example.test/x": {"type": "string"}}
    assert inside({"$ref": "common.yaml#/Id"}, {"type": "number"}, others=others) == Safe()
    assert inside({"$ref": "https://example.test/x"}, {"type": "number"}, others=others) == Breaking("")
