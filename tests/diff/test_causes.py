"""Several causes in one position: each is told of, none hides another, and none is made up."""

from __future__ import annotations

from typing import Any

import jsonschema

from .documents import document, found, rules, witness


def accepts(schema: Any, value: Any) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(value)


def test_a_field_that_is_new_and_required_is_one_finding() -> None:
    old = {"type": "object", "properties": {"a": {}}}
    new = {"type": "object", "properties": {"a": {}, "b": {"type": "string"}}, "required": ["b"]}
    (finding,) = found(document(asks=old), document(asks=new))
    assert finding.rule == "diff/request-field-required"
    assert (finding.expected, finding.got) == ("not spoken of", "required")
    (finding,) = found(document(answers=new), document(answers=old))
    assert (finding.rule, finding.expected, finding.got) == ("diff/response-field-optional", "required", "not spoken of")


def test_what_one_alternative_refuses_and_another_accepts_is_no_witness() -> None:
    def of(n: int, p: int) -> Any:
        return {"type": "object", "properties": {"n": {"maximum": n}, "p": {"maximum": p}}}

    old, new = {"anyOf": [of(50, 7), of(100, 5)]}, {"anyOf": [of(5, 5), of(100, 5)]}
    findings = found(document(asks=old), document(asks=new))
    assert findings
    for each in findings:
        assert accepts(old, witness(each))
        assert not accepts(new, witness(each)), each


def test_a_closed_member_of_all_of_does_not_know_its_neighbours() -> None:
    old = {"properties": {"a": {"maximum": 9}, "b": {}}, "additionalProperties": False}
    new = {"allOf": [{"properties": {"a": {"maximum": 8}}, "additionalProperties": False}, {"properties": {"b": {}}}]}
    assert rules(found(document(asks=old), document(asks=new))) == ["request-maximum-lowered", "request-field-refused"]
    assert rules(found(document(answers=new), document(answers=old))) == [
        "response-maximum-raised",
        "response-field-unannounced",
    ]


def test_what_is_unevaluated_is_compared_as_a_whole() -> None:
    old = {"properties": {"a": {"maximum": 9}}}
    new = {"properties": {"a": {"maximum": 8}}, "unevaluatedProperties": False}
    assert rules(found(document(asks=old), document(asks=new))) == ["request-accepts-less"]


def test_a_type_that_changed_hides_neither_another_field_nor_is_told_of_twice() -> None:
    old = {"properties": {"seed": {"type": "string", "enum": ["a"]}, "width": {"minimum": 1}}}
    new = {"properties": {"seed": {"type": "integer", "enum": [1]}, "width": {"minimum": 8}}}
    assert rules(found(document(asks=old), document(asks=new))) == ["request-type-changed", "request-minimum-raised"]
