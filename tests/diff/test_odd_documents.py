"""Documents of another dialect, that lead back to themselves, or that are not well formed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings

from .documents import compared, document, found, rules
from .everything import JUNK, everything, places, spoiled

THOROUGH = settings().max_examples > 1_000  # HYPOTHESIS_PROFILE=thorough


def test_the_same_in_openapi_3_0_and_3_1_is_nothing() -> None:
    old = {
        "properties": {
            "a": {"type": "string", "nullable": True},
            "n": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
        }
    }
    new = {"properties": {"a": {"type": ["string", "null"]}, "n": {"type": "integer", "exclusiveMinimum": 0}}}
    assert found(document(asks=old, answers=old, version="3.0.3"), document(asks=new, answers=new)) == []
    flat = {"properties": {"a": {"type": "string"}, "n": old["properties"]["n"]}}
    assert rules(found(document(asks=old, version="3.0.3"), document(asks=flat, version="3.0.3"))) == ["request-null-refused"]


def test_schemas_that_refer_to_themselves_end() -> None:
    def tree(least: int) -> Any:
        node = {
            "type": "object",
            "properties": {"n": {"minimum": least}, "kids": {"items": {"$ref": "#/components/schemas/Node"}}},
        }
        return document(asks={"$ref": "#/components/schemas/Node"}, components={"Node": node})

    assert found(tree(1), tree(1)) == []
    (finding,) = found(tree(1), tree(2))
    assert (finding.rule, finding.where.rpartition(" ")[2]) == ("diff/request-minimum-raised", "/n")


@pytest.mark.parametrize(
    "broken",
    [
        {"parameters": 7},
        {"parameters": [5, {"in": "query"}], "callbacks": 3},
        {"requestBody": 5, "responses": []},
        {"responses": {"200": {"headers": [1], "content": {"application/json": 7}}}},
    ],
    ids=str,
)
def test_a_document_that_is_not_well_formed_is_compared_as_far_as_it_goes(broken: Any) -> None:
    part = document(**broken)
    assert found(part, part) == []
    there, back = compared(document(), part).tally, compared(part, document()).tally  # without a traceback
    assert (there.compared, there.one_sided) == (back.compared, back.one_sided)


@pytest.mark.parametrize(
    "schema", [5, {"allOf": 3}, {"required": [3]}, {"type": 9}, {"properties": 7}, {"items": [1]}, {"oneOf": [1, {}]}], ids=str
)
@pytest.mark.parametrize("version", ["3.1.0", "3.0.3"])
def test_what_is_no_schema_is_never_called_safe(schema: Any, version: str) -> None:
    outcome = compared(document(asks={"maximum": 9}, version=version), document(asks=schema, version=version))
    assert rules(outcome.findings) == ["request-unproved"]
    assert outcome.tally.unproved == 1


@pytest.mark.thorough
@pytest.mark.parametrize("part", range(len(JUNK)), ids=lambda part: str(JUNK[part]))
def test_junk_in_any_place_of_a_document_ends_in_no_traceback(part: int) -> None:
    root = everything()
    tried = 0
    for number, path in enumerate(places(root)):
        if path != ("openapi",) and (THOROUGH or number % (5 * len(JUNK)) == 5 * part):
            other = spoiled(root, path, JUNK[part])
            assert [each for each in found(other, other) if not each.rule.endswith(("-unproved", "-followed"))] == []
            there, back = compared(root, other).tally, compared(other, root).tally
            assert (there.compared, there.one_sided) == (back.compared, back.one_sided), path
            tried += 1
    assert tried >= 5
