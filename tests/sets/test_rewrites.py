"""What is the same in other words is nothing, and the side of a request is the mirror of the side of an answer."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import settings

from modelslab_contracts.contract import SPECS, endpoints
from modelslab_contracts.diff.compare import Outcome, compare
from modelslab_contracts.diff.stems import PAIRS
from modelslab_contracts.findings import Finding, Severity
from modelslab_contracts.lint_subject import read_subject, subject_of

from .grammar import Rng, changed, drawn
from .rewrites import REWRITES, rewritten

pytestmark = pytest.mark.thorough
_THOROUGH = settings().max_examples > 1_000  # HYPOTHESIS_PROFILE=thorough
_DRAWN = 2_000 if _THOROUGH else 100
_OF_CONTRACTS = 100 if _THOROUGH else 3
#: A row of a request as the row of an answer; what is said of names is the same on both sides.
_MIRRORED = {f"diff/request-{asks}": f"diff/response-{answers}" for asks, answers in PAIRS.values()} | {
    f"diff/request-{each}": f"diff/response-{each}" for each in ("unproved", "field-renamed", "field-respelled")
}


def call(asks: Any = None, answers: Any = None, components: Any = None) -> dict[str, Any]:
    body = {} if asks is None else {"requestBody": {"content": {"application/json": {"schema": asks}}}}
    answer = {} if answers is None else {"200": {"description": "", "content": {"application/json": {"schema": answers}}}}
    return {
        "openapi": "3.1.0",
        "paths": {"/draw": {"post": {**body, "responses": answer}}},
        "components": {"schemas": components or {}},
    }


def compared(old: Any, new: Any) -> Outcome:
    return compare(*(subject_of(json.dumps(each).encode(), "t", "t.json") for each in (old, new)))


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("part", range(2))
def test_a_drawn_schema_in_other_words_is_nothing(part: int) -> None:
    different = 0
    for number in range(_DRAWN):
        rng = Rng(f"rewritten {part} {number}")
        schema, components = drawn(rng), dict[str, Any]()
        other = rewritten(rng, copy.deepcopy(schema), components)
        outcome = compared(call(schema, schema), call(other, other, components))
        assert outcome.findings == [], (schema, other, components)
        assert outcome.tally.safe == outcome.tally.compared == 2, (schema, other, components)
        different += json.dumps(schema) != json.dumps(other)
    assert different > _DRAWN / 2


@pytest.mark.parametrize("name", sorted(endpoints()))
def test_a_contract_in_other_words_is_nothing(name: str) -> None:
    old = read_subject(SPECS / f"{name}.yaml")
    for number in range(_OF_CONTRACTS):
        rng = Rng(f"rewritten {name} {number}")
        root, components = copy.deepcopy(dict(old.root)), dict[str, Any]()
        schemas = root["components"]["schemas"]
        for each in list(schemas):
            schemas[each] = rewritten(rng, schemas[each], components, 0.15)
        schemas |= components
        findings, tally, _ = compare(old, subject_of(json.dumps(root).encode(), name, "new.json"))
        assert findings == []
        assert tally.safe == tally.compared > 30


@pytest.mark.parametrize("name", REWRITES)
def test_every_rewriting_is_used(name: str) -> None:
    rng = Rng(name)
    used = (REWRITES[name](rng, schema) for _ in range(400) if isinstance(schema := drawn(rng), dict))
    assert any(each is not None for each in used)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("part", range(2))
def test_a_smaller_set_of_requests_is_told_as_a_larger_set_of_answers_is(part: int) -> None:
    told = 0
    for number in range(_DRAWN):
        rng = Rng(f"mirrored {part} {number}")
        one = drawn(rng)
        other = changed(rng, copy.deepcopy(one)) if rng.random() < 0.8 else drawn(rng)
        asks = compared(call(asks=one), call(asks=other)).findings
        answers = compared(call(answers=other), call(answers=one)).findings
        expected = sorted((_MIRRORED[each.rule], _at(each)) for each in asks if _counts(each))
        assert expected == sorted((each.rule, _at(each)) for each in answers if _counts(each)), (one, other)
        told += bool(expected)
    assert told > _DRAWN / 10


def _counts(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR or finding.rule.endswith("-unproved")


def _at(finding: Finding) -> str:
    return finding.where.partition(" application/json")[2].strip()
