"""Every rule of a server has a wrong one that drawn requests find, and no other rule fires on it; the emulator breaks none."""

from __future__ import annotations

import pytest
from hypothesis import settings

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.servers.budget import Budget
from modelslab_contracts.kit.servers.check import DEFAULT_PROBES
from modelslab_contracts.kit.servers.drive import Driver
from modelslab_contracts.kit.servers.line import Line
from modelslab_contracts.kit.servers.probes import probes_of
from modelslab_contracts.kit.servers.rules import all_rules
from modelslab_contracts.kit.servers.sweep import Swept, sweep
from modelslab_contracts.profiles import PROFILES

from .servers import SERVERS, Wrong
from .servers.line import KEY, InProcessLine

pytestmark = pytest.mark.thorough
THOROUGH = settings().max_examples > 1_000  # HYPOTHESIS_PROFILE=thorough
CONTRACTS = sorted(endpoints())
#: Seeds per wrong server; probes in which no other rule may fire on one; probes of the emulator, and how often each rule must
#: have been exercised in them. The larger figures are those that are claimed (`make thorough`), CI has time for the others.
SEEDS, STRAY_PROBES, QUIET_PROBES, EXERCISED_AT_LEAST = (20, DEFAULT_PROBES, 2_000, 20) if THOROUGH else (1, 40, 120, 2)
#: The profiles under which the emulator is checked on each contract.
QUIET = [(name, profile) for name in CONTRACTS for profile in (PROFILES if THOROUGH else ["documented"])]
if not THOROUGH:
    QUIET += [("images-pony-v6", "strict"), ("text2img-v3", "observed")]


def swept(line: Line, name: str, probes: int, seed: int = 0, until: str = "", profile: str = "documented") -> Swept:
    """What a sweep counts, until a rule is broken."""
    endpoint = endpoints()[name]
    driver = Driver(endpoint, line, KEY, Budget(10**6, 10**6), profile)
    return sweep(driver, probes_of(endpoint, seed, profile).probes(probes), until=until)


def test_every_rule_of_a_server_has_a_wrong_one() -> None:
    assert {each.breaks for each in SERVERS} == set(all_rules())


@pytest.mark.parametrize("server", SERVERS, ids=lambda each: each.__name__)
def test_drawn_requests_find_a_wrong_server(server: type[Wrong]) -> None:
    names, missed = server.contracts or CONTRACTS, []
    for seed in range(SEEDS):
        name = names[(seed + SERVERS.index(server)) % len(names)]
        found = swept(server(InProcessLine(), endpoints()[name]), name, DEFAULT_PROBES, seed, server.breaks)
        assert not found.trouble
        if server.breaks not in found.rules:
            missed.append((name, seed))
    assert len(missed) <= SEEDS // 20, missed


@pytest.mark.parametrize("server", SERVERS, ids=lambda each: each.__name__)
def test_no_other_rule_fires_on_a_wrong_server(server: type[Wrong]) -> None:
    names = server.contracts or CONTRACTS
    name = names[SERVERS.index(server) % len(names)]
    found = swept(server(InProcessLine(), endpoints()[name]), name, STRAY_PROBES)
    strays = {cause: found.cases[cause][0].finding for cause in found.broken if cause.rule not in (server.breaks, *server.also)}
    assert not strays


@pytest.mark.parametrize(("name", "profile"), QUIET)
def test_the_emulator_breaks_no_rule_and_exercises_all(name: str, profile: str) -> None:
    found = swept(InProcessLine(profile=profile), name, QUIET_PROBES, profile=profile)
    assert found.sent == QUIET_PROBES
    assert not found.cases
    assert not found.trouble
    facts = {each.fact for each in endpoints()[name].submit.answers["processing"].fields}
    beyond = set() if "future_links" in facts else {"server/delivers-what-it-did-not-announce"}
    few = {rule: found.exercised[rule] for rule in set(all_rules()) - beyond if found.exercised[rule] < EXERCISED_AT_LEAST}
    assert not few
