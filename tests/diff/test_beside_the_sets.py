"""What no schema decides, where a pair of documents does not say it all: versions, words for people, ranges, moved keys."""

from __future__ import annotations

from typing import Any

import pytest

from modelslab_contracts.findings import Severity

from .documents import compared, document, found, rules, witness
from .lives import DONE, FAILED, QUEUED, answer, job
from .services import KEY_IN_BODY, KEY_IN_HEADER
from .silences import asks, mock

ERROR = Severity.ERROR


def versioned(root: Any, version: str) -> Any:
    return {**root, "info": {"title": "T", "version": version}}


# --- versions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("1.2.0", "1.2.0", ["version-not-raised"]),
        ("1.2", "1.2.0", ["version-not-raised"]),
        ("1.2.0", "1.3.0", ["major-version-not-raised"]),
        ("1.2.0", "2.0.0", []),
        ("0.2.0", "0.3.0", []),
        ("7", "7", []),
        ("2026-11-01", "2026-11-01", []),
    ],
)
def test_a_version_that_says_how_much_changed_is_held_to_it(old: str, new: str, told: list[str]) -> None:
    wide, narrow = (asks({"maximum": most}) for most in (9, 8))
    expected = ["request-maximum-lowered", *told]
    assert rules(found(versioned(wide, old), versioned(narrow, new))) == expected
    assert rules(found(versioned(narrow, old), versioned(wide, new))) == []


# --- words for people ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"maximum": 1024}, "The width, up to 2048."),
        ({"minimum": 1}, "Between 4 and 9."),
        ({"maximum": 20}, "How many, maximum: 21"),
        ({"default": 512, "type": "integer"}, "Default: 768."),
        ({"default": "no"}, "Default is yes"),
        ({"enum": ["a", "b"]}, "One of a, b or c."),
    ],
)
def test_a_description_that_disagrees_with_its_schema_is_told_of_once(schema: Any, text: str) -> None:
    plain, drifted = asks(schema), asks({**schema, "description": text})
    (finding,) = found(plain, drifted)
    assert finding.rule == "diff/description-drifted"
    assert "the description says" in finding.got
    assert found(drifted, drifted) == []
    assert found(drifted, plain) == []


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"maximum": 1024}, "Up to 1024 pixels, or 2048 with a plan."),
        ({"maximum": 1024}, "Up to 4x faster."),
        ({"minimum": 1, "maximum": 4}, "From 1 to 4."),
        ({"exclusiveMaximum": 5, "type": "integer"}, "Up to 4."),
        ({"exclusiveMinimum": 0, "type": "number"}, "At least 0.1."),
        ({"default": 512}, "Defaults to 512."),
        ({"default": False}, "Default: false"),
        ({"default": "a b"}, "Default: a"),
        ({"enum": ["yes", "no"]}, "Either yes or no."),
        ({"default": "euler"}, "Default is the first one of the list."),
        ({"enum": ["yes", "no"]}, "Either way or another."),
        ({}, "Up to 7, default 8, one of 1, 2 or 3."),
    ],
)
def test_a_description_that_agrees_or_says_nothing_plain_is_no_finding(schema: Any, text: str) -> None:
    assert found(asks(schema), asks({**schema, "description": text})) == []


def test_a_bound_that_moves_away_from_its_description_is_told_of() -> None:
    old, new = (asks({"maximum": most, "description": "Up to 20."}) for most in (20, 30))
    assert rules(found(old, new)) == ["description-drifted"]


def test_an_example_that_its_own_schema_refuses_now_is_told_of() -> None:
    old, new = (asks({"type": "integer", "maximum": most, "examples": [5, 18]}) for most in (20, 10))
    assert rules(found(old, new)) == ["request-maximum-lowered", "example-no-longer-valid"]
    assert found(new, new) == []
    assert rules(found(new, old)) == []


def test_an_example_of_a_whole_body_is_looked_at() -> None:
    def of(most: int) -> Any:
        schema = {"properties": {"n": {"maximum": most}}}
        media = {"schema": schema, "examples": {"big": {"value": {"n": 15}}}, "example": {"n": 2}}
        return document(requestBody={"required": True, "content": {"application/json": media}})

    told = [each for each in found(of(20), of(10)) if each.rule == "diff/example-no-longer-valid"]
    assert [each.got for each in told] == ['the example {"n":15} is refused']


def test_an_example_that_is_new_beside_the_same_schema_is_looked_at() -> None:
    def of(value: int) -> Any:
        media = {"schema": {"maximum": 9}, "example": value}
        return document(requestBody={"required": True, "content": {"application/json": media}})

    assert rules(found(of(2), of(15))) == ["example-no-longer-valid"]
    assert found(of(15), of(2)) == []
    assert found(of(2), of(3)) == []


def test_other_words_for_people_are_counted_and_not_told_of() -> None:
    old = document(asks={"properties": {"description": {"description": "A."}, "b": {"title": "B"}}}, summary="Draw.")
    new = document(asks={"properties": {"description": {"description": "Z."}, "b": {}}}, summary="Paint.")
    outcome = compared(old, new)
    assert (outcome.findings, outcome.tally.retold) == ([], 3)
    assert compared(old, old).tally.retold == 0


# --- statuses -----------------------------------------------------------------------------------------------------------


def statuses(**answers: Any) -> Any:
    return document(
        responses={
            name[1:]: {"description": "An answer.", "content": {"application/json": {"schema": {"maximum": most}}}}
            for name, most in answers.items()
        }
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"_200": 9}, {"_2XX": 9}, ["success-status-added"]),
        ({"_2XX": 9}, {"_200": 9, "_202": 9}, []),
        ({"_2XX": 9}, {"_200": 9, "_202": 10}, ["response-maximum-raised"]),
        ({"_200": 9, "_4XX": 9}, {"_200": 9, "_404": 9, "_429": 8}, []),
        ({"_200": 9, "_404": 9}, {"_200": 9, "_4XX": 10}, ["error-status-added", "response-maximum-raised"]),
        ({"_200": 9, "_default": 9}, {"_200": 9, "_default": 9, "_429": 9}, []),
        ({"_200": 9, "_default": 9}, {"_200": 9, "_default": 9, "_429": 10}, ["response-maximum-raised"]),
        ({"_200": 9}, {"_202": 10}, ["success-status-changed", "response-maximum-raised"]),
    ],
)
def test_a_status_is_found_in_a_range_and_in_the_default(old: Any, new: Any, told: list[str]) -> None:
    assert rules(found(statuses(**old), statuses(**new))) == told


# --- keys and caps ------------------------------------------------------------------------------------------------------


def test_a_key_that_moves_from_the_body_to_a_header_is_told_of() -> None:
    findings = found(KEY_IN_BODY, KEY_IN_HEADER)
    assert rules(findings, ERROR) == ["key-moved"]
    assert (findings[0].expected, findings[0].got) == ("the key in the body as 'key'", "the key in the header as 'x-key'")
    assert rules(found(KEY_IN_HEADER, KEY_IN_BODY), ERROR) == ["key-moved"]


def test_another_cap_is_told_of_beside_the_bound_that_it_is() -> None:
    old, new = (asks(mock({"type": "integer", "maximum": most}, **{"above-maximum": "cap"})) for most in (20, 10))
    assert rules(found(old, new)) == ["request-maximum-lowered", "cap-changed"]
    assert rules(found(new, old)) == ["cap-changed"]


# --- jobs ---------------------------------------------------------------------------------------------------------------


def test_an_end_that_is_new_keeps_its_witness() -> None:
    (finding,) = found(job(), job(DONE, QUEUED, FAILED))
    assert finding.got == "a job may end as 'failed'"
    assert witness(finding)["status"] == "failed"


def test_a_status_that_ends_a_job_or_no_longer_does() -> None:
    ended: Any = {"type": "object", "required": ["status"], "properties": {"status": {"const": "checked"}}}
    waits = {**ended, "properties": {**ended["properties"], "eta": {"type": "number"}}}
    there, back = (
        found(job(fetched=(DONE, one)), job(fetched=(DONE, other))) for one, other in ((waits, ended), (ended, waits))
    )
    assert rules(there, ERROR) == ["job-status-ends-now"]
    assert rules(back, ERROR) == ["job-status-ends-no-longer"]
    assert (back[0].expected, back[0].got) == ("'checked' an end", "'checked' under way")


def test_the_statuses_of_a_call_that_is_no_job_are_alternatives() -> None:
    old, new = (document(answers={"oneOf": list(each)}) for each in ((DONE, QUEUED), (DONE, QUEUED, FAILED)))
    assert rules(found(old, new)) == ["response-alternative-added"]


def test_a_webhook_of_a_job_may_end_it_otherwise() -> None:
    def of(*told: Any) -> Any:
        body = {"content": {"application/json": {"schema": {"oneOf": list(told)}}}}
        root = job()
        root["paths"]["/draw"]["post"]["callbacks"] = {
            "ended": {"{$request.body#/hook}": {"post": {"requestBody": body, "responses": {}}}}
        }
        return root

    assert rules(found(of(DONE, FAILED), of(DONE, FAILED, answer("cancelled")))) == ["job-end-added"]


def test_a_rename_is_one_finding_and_shows_the_witness_that_there_is() -> None:
    text = {"type": "string", "description": "Told once."}
    old: Any = {"properties": {"a": text, "n": {"maximum": 9}}, "required": ["a"]}
    new = {"properties": {"b": text, "n": {"maximum": 8}}, "required": ["b"]}
    outcome = compared(document(asks=old), document(asks=new))
    assert rules(outcome.findings) == ["request-maximum-lowered", "request-field-renamed"]
    assert witness(outcome.findings[1]) == {"a": ""}
    assert outcome.tally.broken == 1


def test_fields_that_are_merely_alike_are_not_renamed() -> None:
    old = {"properties": {"a": {"type": "string"}, "image1": {"type": "string", "maxLength": 3, "pattern": "^a"}}}
    new = {"properties": {"b": {"type": "string"}, "image2": {"type": "string", "maxLength": 3, "pattern": "^a"}}}
    told = rules(found(document(asks=old), document(asks=new)))
    assert not any("renamed" in each or "respelled" in each for each in told)


def test_security_that_is_said_for_all_calls_is_told_of_once() -> None:
    def of(place: str) -> Any:
        root = document()
        paths = {**root["paths"], "/stop": {"post": {"responses": {"200": {"description": "Stopped."}}}}}
        scheme = {"k": {"type": "apiKey", "in": place, "name": "k"}}
        return {**root, "paths": paths, "security": [{"k": []}], "components": {"securitySchemes": scheme}}

    (told,) = found(of("query"), of("header"))
    assert told.rule == "diff/key-moved"
    assert told.where.endswith(" /security")
    assert told.hint == "the same in 1 more place"


def test_the_parameter_of_a_path_that_moved_is_compared_on() -> None:
    def of(path: str, name: str, kind: str) -> Any:
        root = job()
        fetch = root["paths"].pop("/fetch/{id}")
        fetch["post"]["parameters"] = [{"name": name, "in": "path", "required": True, "schema": {"type": kind}}]
        return {**root, "paths": {**root["paths"], path: fetch}}

    told = rules(found(of("/fetch/{id}", "id", "integer"), of("/v2/fetch/{job}", "job", "string")))
    assert told == ["operation-moved", "request-type-changed"]
