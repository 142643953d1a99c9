"""Words for people that are others: counted, never told of one by one, for they change nothing."""

from __future__ import annotations

from typing import Any

from ..lint_subject import METHODS, Subject, mapping

#: Keys that describe, in every object that OpenAPI has.
_ABOUT = frozenset({
    "$comment", "contact", "description", "example", "examples", "externalDocs", "license", "summary", "tags", "title",
})  # fmt: skip
#: Mappings whose keys are names that somebody chose, so that none of them describes.
_NAMES = frozenset({
    "callbacks", "content", "definitions", "$defs", "dependentSchemas", "examples", "headers", "links", "parameters", "paths",
    "patternProperties", "properties", "requestBodies", "responses", "schemas", "securitySchemes", "variables", "webhooks",
})  # fmt: skip


def retold(old: Subject, new: Subject) -> int:
    """How many texts for people that stand in the same place of both documents differ, or stand in one only."""
    return _count(old.root, new.root, named=False)


def _count(one: Any, other: Any, *, named: bool) -> int:
    if isinstance(one, list) and isinstance(other, list):
        return sum(_count(*each, named=False) for each in zip(one, other, strict=False))
    found = 0
    for key in dict.fromkeys((*mapping(one), *mapping(other))):
        was, became = mapping(one).get(key), mapping(other).get(key)
        if not named and key in _ABOUT and not (key == "tags" and _is_call(one)):
            found += was != became
        elif isinstance(one, dict) and isinstance(other, dict) and key in one and key in other:
            found += _count(was, became, named=key in _NAMES and not named)
    return found


def _is_call(node: Any) -> bool:
    return "responses" in mapping(node) or any(each in mapping(node) for each in METHODS)
