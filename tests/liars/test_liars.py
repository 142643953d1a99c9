"""Every rule has a liar that trips it, and only it, by drawn stories; the careful clients trip none."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import settings

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.check_client import DEFAULT_STORIES, check, dealt
from modelslab_contracts.kit.rules import client_rules
from modelslab_contracts.kit.sweep import Player, sweep
from modelslab_mock.playhouse import InProcessStage

from .conftest import Sweep
from .quiet import AT_LEAST, CAREFUL, ENDPOINTS, STORIES, to_exercise
from .zoo import ZOO, Liar
from .zoo.downloads import NoMirrors

pytestmark = pytest.mark.thorough
THOROUGH = settings().max_examples > 1_000  # HYPOTHESIS_PROFILE=thorough
#: Seeds per liar, stories per careful client, and how often each rule must have been exercised in them; the larger figures are
#: those that are claimed (`make thorough`), the smaller ones are what CI has time for.
SEEDS, QUIET_STORIES, EXERCISED_AT_LEAST = (20, STORIES, AT_LEAST) if THOROUGH else (2, 300, 1)
CHECKED = DEFAULT_STORIES if THOROUGH else 50
QUIET = [(kind, name) for kind, row in CAREFUL.items() for name in (ENDPOINTS if THOROUGH else row[2])]


def test_every_rule_has_a_liar() -> None:
    assert {each.breaks for each in ZOO} == set(client_rules())


@pytest.mark.parametrize("liar", ZOO, ids=lambda each: each.__name__)
def test_drawn_stories_find_a_liar(liar: type[Liar], swept: Sweep) -> None:
    names, missed = liar.endpoints or ENDPOINTS, []
    for seed in range(SEEDS):
        name = names[seed % len(names)]
        found = swept(liar(endpoints()[name]), name, DEFAULT_STORIES, seed, liar.breaks, liar.does)
        assert not found.trouble
        if not found.broken[liar.breaks]:
            missed.append((name, seed))
    assert len(missed) <= max(1, SEEDS // 20), missed


def naming_mirrors(profile: str) -> set[str]:
    """The endpoints whose success names mirrors under a profile."""
    return {
        name
        for name, contract in endpoints().items()
        for call in (contract.submit, *contract.fetches)
        if any(each.fact == "proxy_links" and each.dialect in (None, profile) for each in call.answers["success"].fields)
    }


def test_who_tries_no_mirror_is_found_on_every_endpoint_that_names_some() -> None:
    assert naming_mirrors("documented") == set(NoMirrors.endpoints)
    assert naming_mirrors("observed") == {*NoMirrors.endpoints, "images-flux-v6"}
    missed = []
    with InProcessStage(profile="observed") as stage:
        for name in sorted(naming_mirrors("observed")):
            client, contract = NoMirrors(endpoints()[name]), endpoints()[name]
            for seed in range(SEEDS // 2):
                player = Player(client, contract, stage, NoMirrors.does, "observed")
                drawn = dealt(contract, DEFAULT_STORIES, seed, "observed", NoMirrors.does)
                if not sweep(player, drawn, NoMirrors.breaks).broken[NoMirrors.breaks]:
                    missed.append((name, seed))
    assert not missed


@pytest.mark.parametrize("liar", ZOO, ids=lambda each: each.__name__)
def test_one_root_cause_is_one_finding(liar: type[Liar], stages: Mapping[bool, InProcessStage]) -> None:
    """A whole check at the lowest level: what else the mistake breaks is explained by the one rule that it is told as."""
    names = liar.endpoints or ENDPOINTS
    name = names[ZOO.index(liar) % len(names)]
    client, stage = liar(endpoints()[name]), stages[liar.does.webhooks]
    report = check(client, lambda *_: stage, endpoint=name, stories=CHECKED, level="may", capabilities=liar.does)
    # In few stories the one that explains another may be missing.
    expected = {liar.breaks} if THOROUGH else {liar.breaks, *liar.also}
    assert {each.rule: str(each.finding) for each in report.findings if each.rule not in expected} == {}
    assert report.explained.keys() <= {*liar.also}
    assert not report.flaky
    assert not report.trouble
    if THOROUGH:
        assert [each.rule for each in report.findings] == [liar.breaks]


@pytest.mark.parametrize(("kind", "name"), QUIET)
def test_a_careful_client_breaks_no_rule_and_exercises_all(kind: str, name: str, swept: Sweep) -> None:
    make, does, _ = CAREFUL[kind]
    contract = endpoints()[name]
    found = swept(make(contract), name, QUIET_STORIES, 0, "", does)
    assert found.played == QUIET_STORIES
    assert not found.cases
    assert not found.trouble
    assert not found.unsteady
    rules = to_exercise(kind, name)
    assert {rule: found.exercised[rule] for rule in rules if found.exercised[rule] < EXERCISED_AT_LEAST} == {}
