"""Whatever can go wrong in a client is judged by a rule, or excused; and every rule has its guard, liar and cases."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from modelslab_contracts.document import parse_yaml
from modelslab_contracts.kit.rules import client_rules

from .test_guards import GUARDS
from .zoo import ZOO

FILE = Path(__file__).parents[2] / "fixtures" / "client_mistakes.yaml"
MISTAKES: list[dict[str, Any]] = list(parse_yaml(FILE.read_bytes(), FILE.name))
#: How many ids each letter of the survey has: requests, submission, polling, terminal answers, downloads, security, webhooks,
#: resources.
IDS = {"Q": 9, "S": 4, "P": 20, "T": 15, "D": 5, "L": 6, "W": 7, "R": 4}


def test_every_mistake_of_the_survey_is_there_once() -> None:
    assert [each["id"] for each in MISTAKES] == [f"{letter}{n}" for letter, last in IDS.items() for n in range(1, last + 1)]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: each["id"])
def test_a_mistake_is_judged_or_excused_and_not_both(mistake: dict[str, Any]) -> None:
    assert ("rules" in mistake) != ("why-not" in mistake)
    assert set(mistake.get("rules", [])) <= set(client_rules())
    assert mistake.get("why-not", "Yes.").endswith(".")


def test_every_rule_judges_one_of_them_and_has_a_liar_and_a_case_on_each_side_of_its_guard() -> None:
    judged = {rule for each in MISTAKES for rule in each.get("rules", [])}
    assert judged == set(client_rules()) == {each.breaks for each in ZOO} == set(GUARDS)
    for rule in client_rules().values():
        assert rule.guard, rule.id
        judges, does_not = GUARDS[rule.id]
        assert judges != does_not, rule.id


def test_every_liar_makes_one_of_them_and_each_that_is_judged_is_made() -> None:
    """So none can go unnoticed, though another one breaks the same rule."""
    breaks = {each.__name__: each.breaks for each in ZOO}
    assert Counter(liar for each in MISTAKES for liar in each.get("liars", [])) == Counter(breaks.keys())
    for each in MISTAKES:
        assert bool(each.get("liars")) == ("rules" in each), each["id"]
        assert {breaks[liar] for liar in each.get("liars", [])} <= set(each.get("rules", [])), each["id"]


def test_what_explains_a_rule_is_another_rule_and_no_two_explain_each_other() -> None:
    rules = client_rules()
    for each in rules.values():
        for other in each.masked_by:
            assert other != each.id
            assert each.id not in rules[other].masked_by, (each.id, other)
