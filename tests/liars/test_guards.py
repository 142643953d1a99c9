"""Every guard from both sides: one story in which its rule judges the careful client, and one in which it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.findings import RULES
from modelslab_contracts.kit.judge import judge
from modelslab_contracts.kit.orders import Asked
from modelslab_contracts.kit.rules import client_rules
from modelslab_contracts.kit.run import Capabilities, Run
from modelslab_contracts.kit.sweep import Generate, Player
from modelslab_contracts.story import story_from_text
from modelslab_mock.playhouse import InProcessStage

from .careful_kinds import Downloading, Retrying

FLUX = endpoints()["images-flux-v6"]
ASKED: Mapping[str, Any] = {"model_id": "flux", "prompt": "a fox"}
#: Stands for a client that refuses by itself, so that nothing is sent.
SILENT = "-"
#: Stands for a request that the kit asks for though it is wrong.
INVALID = "invalid"

#: rule -> a story in which it is exercised, and one in which it is not.
GUARDS = {
    "client/sends-what-the-contract-refuses": ("success", INVALID),
    "client/loses-or-changes-what-was-asked": ("success", INVALID),
    "client/sends-what-nobody-asked-for": ("success", INVALID),
    "client/changes-the-prompt": (INVALID, SILENT),
    "client/sends-no-clean-json": (INVALID, SILENT),
    "client/submits-without-its-key": (INVALID, SILENT),
    "client/puts-its-key-into-an-address": (INVALID, SILENT),
    "client/asks-at-an-address-that-is-no-call": ("success", "redirect success"),
    "client/submits-again-after-a-valid-reply": ("success", "http=503"),
    "client/repeats-what-was-refused-for-good": ("error", "http=503"),
    "client/submits-again-though-its-order-was-taken": ("reset=mid-body", "reset"),
    "client/never-polls": ("processing eta=30", "processing eta=31"),
    "client/does-not-follow-fetch-result": ("processing shape=fetch_id:other", "processing"),
    "client/fetches-without-its-key": ("processing", "success"),
    "client/loses-the-fetch-address": ("processing polls=1", "processing polls=0"),
    "client/polls-after-the-end": ("ends=error", "ends=failed"),
    "client/stops-before-the-end": ("polls=1", "ends=never"),
    "client/polls-before-the-eta": ("processing eta=30", "processing eta=31"),
    "client/hammers": ("polls=4", "polls=3"),
    "client/has-no-deadline": ("ends=never", "polls=100 eta=1"),
    "client/reports-a-timeout-as-pictures": ("polls=100 eta=1", "polls=4 eta=1"),
    "client/gives-up-after-one-bad-poll": ("polls=http=502", "polls=http=502,http=502"),
    "client/takes-an-unknown-status-for-success": ("polls=unknown-status+status=odd", "polls=processing"),
    "client/reports-a-failure-as-success": ("http=503", "garbled=bom"),
    "client/reports-a-success-as-failure": ("success", "success shape=drop:tip"),
    "client/does-not-know-failed": ("ends=failed", "polls=not-found"),
    "client/loses-the-servers-words": ("ends=failed", "http=503"),
    "client/has-no-word-for-a-refusal": ("error", "http=503"),
    "client/loses-pictures": ("success", "success shape=output:text"),
    "client/invents-pictures": ("success", "success shape=output:text"),
    "client/needs-an-optional-member": ("success shape=drop:tip", "success shape=drop:tip,id:text"),
    "client/needs-one-type-of-value": ("success shape=id:text", "success shape=id:text,add:odd"),
    "client/crashes-on-a-garbled-reply": ("garbled=gzip-lie", "garbled=bom"),
    "client/cannot-take-an-empty-success": ("ends=empty", "ends=empty shape=id:text"),
    "client/obeys-any-eta": ("processing shape=eta:negative", "processing shape=eta:float"),
    "client/waits-for-ever-for-a-broken-server": ("ends=500", "ends=404"),
    "client/comes-back-before-retry-after": ("http=429+retry_after=5 success", "http=429 success"),
    "client/returns-links-to-what-is-not-there-yet": ("processing", "processing shape=drop:future_links,drop:proxy_links"),
    "client/returns-pictures-of-an-unfinished-job": ("polls=processing+output=partial", "polls=processing"),
    "client/delivers-a-picture-that-is-gone": ("success pictures=404", "success pictures=html"),
    "client/accepts-what-is-no-picture": ("success pictures=truncated", "success pictures=404"),
    "client/sends-its-key-to-another-host": ("redirect=308+to=other-host success", "redirect=308 success"),
    "client/shows-its-key": ("error", "success"),
}


class DoesAll(Downloading, Retrying):
    """A careful client with all capabilities."""


def silent(base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
    raise ValueError("refused before anything was sent")


def played(stage: InProcessStage, case: str) -> Run:
    generate: Generate = silent if case == SILENT else DoesAll(FLUX)
    words, asked = ("success", Asked({**ASKED, "width": 9999}, "invalid")) if case == INVALID else (case, Asked({**ASKED}))
    story = story_from_text("success" if case == SILENT else words)
    run = Player(generate, FLUX, stage, Capabilities(downloads=True)).run(story, asked)
    assert isinstance(run, Run)
    return run


def test_every_rule_is_shown_from_both_sides() -> None:
    assert set(GUARDS) == set(client_rules()) == {each for each in RULES if each.startswith("client/")}


@pytest.mark.parametrize("rule", GUARDS)
def test_a_guard_says_when_its_rule_judges(rule: str, entered: InProcessStage) -> None:
    judges, does_not = GUARDS[rule]
    assert rule in judge(played(entered, judges)).exercised
    assert rule not in judge(played(entered, does_not)).exercised


@pytest.mark.parametrize("case", sorted({each for both in GUARDS.values() for each in both}))
def test_the_careful_client_breaks_nothing_in_any_of_them(case: str, entered: InProcessStage) -> None:
    if case != SILENT:
        judgement = judge(played(entered, case))
        assert not judgement.findings
        assert not judgement.shadows


@pytest.mark.parametrize("each", client_rules().values(), ids=lambda each: each.id)
def test_a_row_says_all_that_a_reader_needs(each: Any) -> None:
    assert each.level in ("must", "should", "may")
    assert each.sentence.startswith("The client")
    assert each.sentence.endswith(".")
    assert each.guard
    assert each.basis
    assert set(each.masked_by) <= set(client_rules())
