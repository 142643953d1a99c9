"""Every rule has a liar that trips it, and only it, by drawn stories; the careful clients trip none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import settings

from modelslab_contracts.contract import endpoints
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.check_client import DEFAULT_STORIES, check
from modelslab_contracts.kit.judge import able
from modelslab_contracts.kit.rules import client_rules
from modelslab_contracts.kit.run import POLLS, Capabilities
from modelslab_contracts.kit.sweep import Generate
from modelslab_mock.playhouse import InProcessStage

from .careful import Careful
from .careful_kinds import Async, Downloading, Retrying, Saving, Threaded
from .careful_webhooks import Listening
from .conftest import Sweep
from .zoo import ZOO, Liar

pytestmark = pytest.mark.thorough
THOROUGH = settings().max_examples > 1_000  # HYPOTHESIS_PROFILE=thorough
ENDPOINTS = sorted(endpoints())
#: Seeds per liar, stories per careful client, and how often each rule must have been exercised in them; the larger figures are
#: those that are claimed (`make thorough`), the smaller ones are what CI has time for.
SEEDS, QUIET_STORIES, EXERCISED_AT_LEAST = (20, 2_000, 20) if THOROUGH else (2, 300, 1)
CHECKED = DEFAULT_STORIES if THOROUGH else 50
Make = Callable[[Endpoint], Generate]
#: Careful clients, each with what it does and the endpoints that it is played on here; `make thorough` plays all on all five.
CAREFUL: dict[str, tuple[Make, Capabilities, list[str]]] = {
    "sync": (Careful, POLLS, ENDPOINTS),
    "async": (Async, POLLS, ["images-flux-v6"]),
    "with a thread": (Threaded, POLLS, ["images-pony-v6"]),
    "with retries": (Retrying, Capabilities(retries=True), ["realtime-v6"]),
    "with downloads": (Downloading, Capabilities(downloads=True, flags=True), ["images-flux-v6"]),
    "with webhooks": (Listening, Capabilities(webhooks=True), ["enterprise-v1"]),
    "with files": (Saving, Capabilities(downloads=True, flags=True, files=True), ["text2img-v3"]),
}
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
    rules = {each.id for each in client_rules().values() if able(each, does) and each.level != "may"}
    rules -= beyond(contract)
    if does.webhooks:  # whoever may be told need not ask at once
        rules -= {"client/never-polls"}
    if kind != "async":
        rules -= OF_COROUTINES
    assert {rule: found.exercised[rule] for rule in rules if found.exercised[rule] < EXERCISED_AT_LEAST} == {}


#: Rules about event loops and tasks.
OF_COROUTINES = {"client/holds-its-event-loop-up", "client/asks-on-after-its-caller-left"}
#: Facts of a job of which some contract's answers say nothing, each with the rules about it.
ABOUT = {
    "future_links": {"client/returns-links-to-what-is-not-there-yet"},
    "nsfw": {"client/hides-that-a-picture-is-flagged"},
}


def beyond(contract: Endpoint) -> set[str]:
    """Rules about what the answers or the orders of a contract do not have."""
    answers = contract.submit.answers.values()
    facts = {each.fact for answer in answers for each in answer.fields if each.dialect is None}
    about = {rule for fact, rules in ABOUT.items() if fact not in facts for rule in rules}
    return about | ({"client/confuses-base64-with-an-address"} if "base64" not in contract.field else set())
