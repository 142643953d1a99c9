"""Documents with drawn schemas, and small changes of them: no break is passed by, nothing safe is told of."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import settings

from modelslab_contracts.diff.compare import Outcome, compare
from modelslab_contracts.diff.sets import Breaking, Safe, inside
from modelslab_contracts.findings import Finding, Severity
from modelslab_contracts.lint_subject import subject_of

from .grammar import Rng, changed, drawn

_PAIRS = 2_000 if settings().max_examples > 1_000 else 100  # HYPOTHESIS_PROFILE=thorough


def body(schema: Any) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def answer(schema: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": "An answer.", "content": {"application/json": {"schema": schema}}}}}


def compared(*calls: Any) -> Outcome:
    roots = ({"openapi": "3.1.0", "paths": {"/draw": {"post": each}}} for each in calls)
    return compare(*(subject_of(json.dumps(each).encode(), "t", "t.json") for each in roots))


def witness(finding: Finding) -> Any:
    return json.JSONDecoder().raw_decode(finding.hint.partition(": ")[2])[0]


def accepts(schema: Any, value: Any) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(value)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("part", range(4))
def test_what_is_told_of_drawn_schemas_is_what_the_sets_say(part: int) -> None:
    breaks = safe = 0
    for number in range(_PAIRS):
        rng = Rng(f"{part} {number}")
        one = drawn(rng)
        other = changed(rng, copy.deepcopy(one)) if rng.random() < 0.8 else drawn(rng)
        verdict = inside(one, other)
        for outcome in (
            compared(body(one), body(other)),
            compared(answer(other), answer(one)),
        ):
            errors = [each for each in outcome.findings if each.severity is Severity.ERROR]
            for each in errors:
                assert accepts(one, witness(each)), (one, other, each)
                assert not accepts(other, witness(each)), (one, other, each)
            if isinstance(verdict, Safe):
                assert outcome.tally.safe == 1, (one, other, outcome)
            elif isinstance(verdict, Breaking):
                assert outcome.tally.broken == 1 or outcome.tally.free == 1, (one, other, outcome)
        breaks += isinstance(verdict, Breaking)
        safe += isinstance(verdict, Safe)
    assert min(breaks, safe) > _PAIRS / 10
