"""What is the same in both documents is seen at once, and nothing else is taken for it."""

from __future__ import annotations

from typing import Any

import pytest

from modelslab_contracts.diff.unchanged import Unchanged
from modelslab_contracts.diff.walk import Standing

from .documents import compared, document, subject
from .pairs import CHANGED, OF_A_FIELD

AT = "#/components/schemas/"
ROOTS: dict[str, Any] = {"asks": {"$ref": f"{AT}Twig"}, "answers": {"$ref": f"{AT}Ring"}}
TREE = {
    "Leaf": {"maximum": 1},
    "Twig": {"properties": {"leaf": {"$ref": f"{AT}Leaf"}}},
    "Ring": {"items": {"$ref": f"{AT}Ring"}},
}


def is_same(one: Any, other: Any, old: Any = TREE, new: Any = TREE, **other_document: Any) -> bool:
    unchanged = Unchanged(
        subject(document(components=old, **ROOTS)), subject(document(components=new, **ROOTS, **other_document))
    )
    return unchanged.is_same(Standing("/x", one), Standing("/y", other))


def test_order_is_no_change_and_all_else_is() -> None:
    assert is_same({"type": "integer", "maximum": 3}, {"maximum": 3, "type": "integer"})
    for one, other in (({"default": 1}, {"default": True}), ({"maximum": 1}, {"maximum": 1.5}), ({"title": "A"}, {})):
        assert not is_same(one, other)
    assert not is_same({"maximum": 2**70}, {"maximum": 2**70})  # what cannot be written down is compared at length
    assert not is_same(True, None)


@pytest.mark.parametrize("name", ["Leaf", "Twig", "Ring"])
def test_a_reference_is_as_unchanged_as_all_that_it_leads_to(name: str) -> None:
    schema = {"$ref": AT + name}
    assert is_same(schema, schema)
    changed = {**TREE, "Leaf": {"maximum": 2}}
    assert is_same(schema, schema, new=changed) == (name == "Ring")


def test_a_reference_to_nowhere_and_words_that_move_references_are_compared_at_length() -> None:
    for reference in (f"{AT}Nobody", "other.yaml#/x"):
        assert not is_same({"$ref": reference}, {"$ref": reference})
    moved = {**TREE, "Leaf": {"$id": "urn:leaf", "maximum": 1}}
    assert not is_same({"$ref": f"{AT}Leaf"}, {"$ref": f"{AT}Leaf"}, old=moved, new=moved)


def test_the_same_words_in_another_version_of_openapi_are_not_the_same() -> None:
    assert not is_same({"minimum": 1}, {"minimum": 1}, version="3.0.3")


@pytest.mark.parametrize("row", [*OF_A_FIELD[::3], *CHANGED], ids=str)
def test_looking_at_everything_finds_no_more(row: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, one, other = row

    def root(leaf: Any) -> Any:
        parts = {"Leaf": leaf, "Twig": {"properties": {"a": {"$ref": f"{AT}Leaf"}, "b": {"type": "string"}}, "required": ["a"]}}
        return document(asks={"$ref": f"{AT}Twig"}, answers={"items": {"$ref": f"{AT}Twig"}}, components=parts)

    quick = compared(root(one), root(other))
    monkeypatch.setattr(Unchanged, "is_same", lambda *_: False)
    assert compared(root(one), root(other)) == quick
