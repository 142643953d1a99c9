"""Whole documents: nothing between a document and itself, one finding for one cause, and what a witness is worth."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from modelslab_contracts.contract import SPECS, endpoint_of, endpoints
from modelslab_contracts.diff.compare import compare
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.findings import Finding, Severity
from modelslab_contracts.lint_subject import Subject, read_subject, subject_of
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.request import read_request

from .documents import compared, document, found, rules, witness

NAMES = sorted(endpoints())


def shipped(name: str) -> Subject:
    return read_subject(SPECS / f"{name}.yaml")


def edited(root: Any) -> Subject:
    return subject_of(json.dumps(root).encode(), "new", "new.json")


def place(finding: Finding) -> str:
    """The pointer into the value."""
    return finding.where.rpartition(" ")[2]


# --- nothing ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_breaks_nothing_of_itself(name: str) -> None:
    findings, tally, _ = compare(shipped(name), shipped(name))
    assert findings == []
    assert tally.compared == tally.safe > 30


@pytest.mark.parametrize("name", NAMES)
def test_neither_words_for_people_nor_the_order_of_things_nor_references_matter(name: str) -> None:
    def retold(node: Any) -> Any:
        if isinstance(node, dict):
            kept = {
                key: retold(each) for key, each in reversed(node.items()) if key not in ("description", "summary", "x-mock")
            }
            return {**kept, "description": "Told anew."} if "type" in node and isinstance(node["type"], str) else kept
        return [retold(each) for each in node] if isinstance(node, list) else node

    root = retold(shipped(name).root)
    schemas = root["components"]["schemas"]
    schemas |= {f"{each}Itself": schemas[each] for each in schemas}
    schemas |= {
        each: {"allOf": [{"$ref": f"#/components/schemas/{each}"}]} for each in list(schemas) if f"{each}Itself" in schemas
    }
    for each in list(schemas):
        if each.endswith("Itself"):
            schemas[each.removesuffix("Itself")] = {"allOf": [{"$ref": f"#/components/schemas/{each}"}]}
    findings, tally, _ = compare(shipped(name), edited(root))
    assert findings == []
    assert tally.safe == tally.compared


# --- witnesses ----------------------------------------------------------------------------------------------------------


def refused(endpoint: Endpoint, body: Mapping[str, Any]) -> set[str]:
    """The pointers that the emulator refuses under strict."""
    return {each.where for each in read_request(endpoint, body, PROFILES["strict"]).problems}


def narrowed(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each field of a request schema narrowed by one keyword; without its default, which might be refused then."""
    for name, whole in schema["properties"].items():
        if name == "key" or "format" in whole:  # which the emulator asserts, and no set does
            continue
        each = {key: value for key, value in whole.items() if key != "default"}
        if "maximum" in each:
            yield name, {**each, "maximum": each["maximum"] - 1}
        if "minimum" in each:
            yield name, {**each, "minimum": each["minimum"] + 1}
        if each.get("type") == "integer" and "multipleOf" not in each:
            yield name, {**each, "multipleOf": 2}
        if len(each.get("enum", ())) > 2:
            yield name, {**each, "enum": each["enum"][:-1]}
        if each.get("type") == "string" and not {"enum", "pattern", "x-mock"} - {"x-mock"} & each.keys():
            yield name, {**each, "pattern": "^[a-f]{3}$"}


@pytest.mark.parametrize("name", NAMES)
def test_the_emulator_refuses_the_witness_of_every_narrowed_field(name: str) -> None:
    tried = 0
    for field, schema in narrowed(shipped(name).root["components"]["schemas"]["Request"]):
        root = copy.deepcopy(dict(shipped(name).root))
        root["components"]["schemas"]["Request"]["properties"][field] = schema
        new = edited(root)
        broken = [each for each in compare(shipped(name), new).findings if each.severity is Severity.ERROR]
        assert {place(each) for each in broken} == {f"/{field}"}, schema
        for each in broken:
            assert f"/{field}" not in refused(endpoints()[name], witness(each))
            assert f"/{field}" in refused(endpoint_of(new.document), witness(each))
        tried += 1
    assert tried >= 5


def test_what_flux_takes_and_pony_does_not_is_refused_by_pony() -> None:
    old, new = shipped("images-flux-v6"), shipped("images-pony-v6")
    broken = [each for each in compare(old, new).findings if each.rule.startswith("diff/request-")]
    broken = [each for each in broken if each.severity is Severity.ERROR]
    assert len(broken) >= 8
    for each in broken:
        assert place(each) not in refused(endpoints()["images-flux-v6"], witness(each))
        assert place(each) in refused(endpoints()["images-pony-v6"], witness(each)), each


# --- one cause, one finding ---------------------------------------------------------------------------------------------


def test_a_schema_that_three_positions_refer_to_is_told_of_once() -> None:
    body = {"$ref": "#/components/schemas/Body"}
    media = {
        kind: {"schema": body} for kind in ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")
    }

    def of(most: int) -> Any:
        fields = {"width": {"type": "integer", "maximum": most}}
        return document(requestBody={"content": media, "required": True}, components={"Body": {"properties": fields}})

    outcome = compared(of(1024), of(512))
    (finding,) = outcome.findings
    assert finding.rule == "diff/request-maximum-lowered"
    assert finding.hint.endswith("; the same in 2 more places")
    assert outcome.tally.broken == 3


def test_a_finding_names_the_line_and_the_keyword_on_both_sides() -> None:
    text = "openapi: 3.1.0\npaths:\n  /draw:\n    post:\n      requestBody:\n        content:\n          application/json:\n"
    text += "            schema:\n              properties:\n                width:\n                  type: integer\n"
    old = subject_of(f"{text}                  maximum: 1024\n".encode(), "api", "old.yaml")
    new = subject_of(f"# newer\n{text}                  maximum: 512\n".encode(), "api", "new.yaml")
    assert compare(old, new).findings == [
        Finding(
            "diff/request-maximum-lowered",
            "new.yaml:13 /draw POST body application/json /width",
            "maximum 1024",
            "maximum 512",
            "old.yaml:12",
            'accepted before, refused now: {"width":513}',
        )
    ]


def test_two_fields_on_one_line_are_two_findings() -> None:
    old = subject_of(json.dumps(document(asks={"properties": {n: {"maximum": 9} for n in "ab"}})).encode(), "o", "o.json")
    new = subject_of(json.dumps(document(asks={"properties": {n: {"maximum": 8} for n in "ab"}})).encode(), "n", "n.json")
    assert [place(each) for each in compare(old, new).findings] == ["/a", "/b"]


def answer(status: str, **fields: Any) -> dict[str, Any]:
    return {"type": "object", "required": ["status", *fields], "properties": {"status": {"const": status}, **fields}}


def test_alternatives_are_paired_by_their_constant_not_by_their_place() -> None:
    done, queued = answer("success", output={"type": "array"}), answer("processing", eta={"type": "number"})
    old = document(answers={"oneOf": [done, queued]})
    (finding,) = found(old, document(answers={"oneOf": [answer("processing", eta={"type": ["number", "null"]}), done]}))
    assert (finding.rule, place(finding)) == ("diff/response-null-possible", "/eta")
    assert witness(finding) == {"status": "processing", "eta": None}
    (finding,) = found(old, document(answers={"oneOf": [done, answer("refused"), queued]}))
    assert finding.rule == "diff/response-alternative-added"
    assert witness(finding) == {"status": "refused"}


# --- what no set shows --------------------------------------------------------------------------------------------------


def test_another_default_of_a_request_is_a_warning_and_of_an_answer_nothing() -> None:
    one, other = ({"properties": {"steps": {"type": "integer", "default": each}}} for each in (20, 30))
    (finding,) = found(document(asks=one), document(asks=other))
    assert (finding.rule, finding.expected, finding.got) == ("diff/request-default-changed", "default 20", "default 30")
    assert found(document(answers=one), document(answers=other)) == []
    assert rules(found(document(asks=one, version="3.0.3"), document(asks=other, version="3.0.3"))) == [
        "request-default-changed"
    ]


def test_a_field_that_comes_or_goes_in_an_open_object_breaks_nothing_and_is_told_of() -> None:
    with_it, without = ({"type": "object", "properties": {"a": {}, **more}} for more in ({"hint": {"type": "string"}}, {}))
    outcome = compared(document(asks=without), document(asks=with_it))
    assert rules(outcome.findings) == ["request-field-added"]
    assert (outcome.tally.free, outcome.tally.safe, outcome.tally.broken) == (1, 1, 0)
    assert rules(found(document(asks=with_it), document(asks=without))) == ["request-field-ignored"]
    assert rules(found(document(answers=with_it), document(answers=without))) == ["response-field-unspoken"]
    assert found(document(answers=without), document(answers=with_it)) == []


def test_what_cannot_be_decided_is_said_so_and_counted() -> None:
    twice, told = ({"type": "string", "pattern": each} for each in (r"^(a)\1$", "^aa$"))
    wide, narrow = ({"properties": {"x": each}} for each in (twice, told))
    for side, outcome in {
        "request": compared(document(asks=wide), document(asks=narrow)),
        "response": compared(document(answers=narrow), document(answers=wide)),
    }.items():
        assert rules(outcome.findings) == [f"{side}-unproved"]
        assert outcome.tally.unproved == 1
        assert "not decided: " in outcome.findings[0].hint


def test_a_reference_that_leads_out_of_the_document_is_never_called_safe() -> None:
    away = document(asks={"$ref": "other.yaml#/Body"})
    outcome = compared(away, away)
    assert "reference-not-followed" in rules(outcome.findings)
    assert outcome.tally.safe == 1
    assert outcome.tally.unproved == 1
