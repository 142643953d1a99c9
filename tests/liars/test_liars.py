"""Every rule has a liar that trips it, and only it, by drawn stories; the careful client trips none."""

from __future__ import annotations

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.check_client import DEFAULT_STORIES
from modelslab_contracts.kit.rules import client_rules

from .careful import Careful
from .conftest import Sweep
from .zoo import ZOO, Liar

#: Each liar is played on one endpoint, all of them in turn, and on every one of them in its turn of seeds.
ENDPOINTS = sorted(endpoints())
SEEDS = 20
QUIET_STORIES = 2_000
EXERCISED_AT_LEAST = 20


def test_every_rule_has_a_liar() -> None:
    assert {each.breaks for each in ZOO} == set(client_rules())


@pytest.mark.parametrize("liar", ZOO, ids=lambda each: each.__name__)
def test_drawn_stories_find_a_liar(liar: type[Liar], swept: Sweep) -> None:
    missed = []
    for seed in range(SEEDS):
        name = ENDPOINTS[seed % len(ENDPOINTS)]
        found = swept(liar(endpoints()[name]), name, DEFAULT_STORIES, seed, liar.breaks)
        assert not found.trouble
        if not found.broken[liar.breaks]:
            missed.append((name, seed))
    assert len(missed) <= SEEDS // 20, missed


@pytest.mark.parametrize("liar", ZOO, ids=lambda each: each.__name__)
def test_no_other_rule_fires_on_a_liar(liar: type[Liar], swept: Sweep) -> None:
    name = ENDPOINTS[ZOO.index(liar) % len(ENDPOINTS)]
    found = swept(liar(endpoints()[name]), name, DEFAULT_STORIES)
    strays = {rule: found.cases[rule][0] for rule in found.broken if rule not in (liar.breaks, *liar.also)}
    assert not strays


@pytest.mark.parametrize("name", ENDPOINTS)
def test_the_careful_client_breaks_no_rule_and_exercises_all(name: str, swept: Sweep) -> None:
    found = swept(Careful(endpoints()[name]), name, QUIET_STORIES)
    assert found.played == QUIET_STORIES
    assert not found.cases
    assert not found.trouble
    assert {rule: found.exercised[rule] for rule in client_rules() if found.exercised[rule] < EXERCISED_AT_LEAST} == {}
