"""Each row of the catalogue by a pair that trips it and nothing else, and by the same pair the other way round."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import jsonschema
import pytest

from modelslab_contracts.diff import stems, stems_beside
from modelslab_contracts.diff.promises import PROMISE_OF, PROMISES, USUAL, counts
from modelslab_contracts.diff.stems import PAIRS
from modelslab_contracts.findings import RULES, Severity

from .documents import NOTHING, compared, document, found, rules, witness
from .envelopes import ENVELOPES
from .lives import LIVES
from .pairs import CHANGED, OF_A_FIELD, SAME, SHORT
from .services import SAME_SERVICES, SERVICES
from .silences import RENAMES, SAME_WORDS, SILENCES
from .waivers import ELSEWHERE, WAIVED

ERROR = Severity.ERROR


def field(schema: Any) -> dict[str, Any]:
    return {"type": "object", "required": ["x"], "properties": {"x": schema}}


def words(row: Any) -> str:
    return json.dumps(row)[:70]


@pytest.mark.parametrize(("keyword", "more", "less"), OF_A_FIELD, ids=words)
def test_a_request_that_may_hold_less_is_told_of_and_one_that_may_hold_more_is_not(keyword: str, more: Any, less: Any) -> None:
    (finding,) = found(document(asks=field(more)), document(asks=field(less)))
    assert finding.rule == f"diff/request-{PAIRS[keyword][0]}"
    assert " /draw POST body application/json /x" in finding.where
    jsonschema.validate(witness(finding), field(more))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(witness(finding), field(less))
    assert rules(found(document(asks=field(less)), document(asks=field(more))), ERROR) == []


@pytest.mark.parametrize(("keyword", "more", "less"), OF_A_FIELD, ids=words)
def test_an_answer_that_may_hold_more_is_told_of_and_one_that_may_hold_less_is_not(keyword: str, more: Any, less: Any) -> None:
    (finding,) = found(document(answers=field(less)), document(answers=field(more)))
    assert finding.rule == f"diff/response-{PAIRS[keyword][1]}"
    assert " /draw POST 200 application/json /x" in finding.where
    jsonschema.validate(witness(finding), field(more))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(witness(finding), field(less))
    assert rules(found(document(answers=field(more)), document(answers=field(less))), ERROR) == []


@pytest.mark.parametrize(("keyword", "one", "other"), CHANGED, ids=words)
def test_what_is_neither_more_nor_less_breaks_both_sides_both_ways(keyword: str, one: Any, other: Any) -> None:
    for old, new in ((one, other), (other, one)):
        assert rules(found(document(asks=field(old)), document(asks=field(new)))) == [f"request-{PAIRS[keyword][0]}"]
        assert rules(found(document(answers=field(old)), document(answers=field(new)))) == [f"response-{PAIRS[keyword][1]}"]


@pytest.mark.parametrize(("one", "other"), SAME, ids=words)
def test_the_same_in_other_words_is_nothing(one: Any, other: Any) -> None:
    for old, new in ((one, other), (other, one)):
        outcome = compared(
            document(asks=field(old), answers=field(old), components=SHORT),
            document(asks=field(new), answers=field(new), components=SHORT),
        )
        assert outcome.findings == []
        assert outcome.tally.safe == outcome.tally.compared == 2


ALL = [*ENVELOPES, *SERVICES, *LIVES, *SILENCES, *RENAMES]


@pytest.mark.parametrize(("rule", "old", "new", "mirror"), ALL, ids=lambda each: each if isinstance(each, str) else "")
def test_a_row_beside_the_sets_and_its_mirror(rule: str, old: Any, new: Any, mirror: str) -> None:
    assert rules(found(old, new)) == [rule]
    assert rules(found(new, old)) == ([mirror] if mirror else [])
    assert mirror or WAIVED[rule]


@pytest.mark.parametrize(("one", "other"), [*SAME_SERVICES, *SAME_WORDS], ids=words)
def test_the_same_beside_the_sets_is_nothing(one: Any, other: Any) -> None:
    assert found(one, other) == []
    assert found(other, one) == []


def test_a_row_without_a_mirror_is_waived_with_a_reason_and_no_other_is() -> None:
    mirrored = {rule for rule, _, _, mirror in ALL if mirror} | {mirror for *_, mirror in ALL}
    mirrored |= {f"{side}-{row[number]}" for row in PAIRS.values() for number, side in enumerate(("request", "response"))}
    known = {each.removeprefix("diff/") for each in RULES if each.startswith("diff/")}
    assert known - mirrored == set(WAIVED)
    assert all(len(reason) > 20 for reason in WAIVED.values())


def test_every_row_of_the_catalogue_has_a_pair() -> None:
    tried = {f"diff/request-{PAIRS[each][0]}" for each, *_ in (*OF_A_FIELD, *CHANGED)}
    tried |= {f"diff/response-{PAIRS[each][1]}" for each, *_ in (*OF_A_FIELD, *CHANGED)}
    tried |= {f"diff/{each}" for rule, _, _, mirror in ALL for each in (rule, mirror) if each}
    assert tried | {f"diff/{each}" for each in ELSEWHERE} == {each for each in RULES if each.startswith("diff/")}
    tables = [each for room in (stems, stems_beside) for each in (room.BREAKING, room.WARNINGS, room.NOTES)]
    assert sum(map(len, tables)) == len(tried) + len(ELSEWHERE - {each.removeprefix("diff/") for each in tried})
    assert NOTHING == {"type": "object"}


def test_every_row_of_the_catalogue_is_about_a_promise() -> None:
    assert PROMISE_OF.keys() == {each for each in RULES if each.startswith("diff/")}
    assert USUAL in PROMISES


def test_a_promise_holds_those_before_it() -> None:
    told = [{rule for rule in PROMISE_OF if counts(rule, promise)} for promise in PROMISES]
    assert all(less <= more for less, more in pairwise(told))
    assert told[-1] == PROMISE_OF.keys()


def test_what_refuses_a_request_or_was_not_decided_is_about_the_least_promise() -> None:
    refused = {f"diff/request-{row}" for row, _ in PAIRS.values()} | {"diff/request-unproved", "diff/response-unproved"}
    assert {PROMISE_OF[each] for each in refused} == {next(iter(PROMISES))}
