"""Every guard from both sides: one story in which its rule judges the careful client, and one in which it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.findings import RULES
from modelslab_contracts.kit.judge import able, judge
from modelslab_contracts.kit.orders import Asked, Kind
from modelslab_contracts.kit.rules import client_rules
from modelslab_contracts.kit.run import POLLS, Capabilities, Run
from modelslab_contracts.kit.sweep import Generate, Player
from modelslab_contracts.story import story_from_text
from modelslab_mock.playhouse import InProcessStage

from .careful_kinds import Async, Downloading, Retrying, Saving
from .careful_webhooks import Listening

REALTIME = endpoints()["realtime-v6"]
ASKED: Mapping[str, Any] = {"prompt": "a fox"}


class Case(NamedTuple):
    """A story in words, with what is asked for beside the prompt, by whom, and of which client."""

    story: str
    more: Mapping[str, Any] = {}
    later: tuple[float, ...] = ()
    left_after: float | None = None
    client: str = "does all"
    kind: Kind = "valid"


#: A client that refuses by itself, so that nothing is sent.
SILENT = Case("success", client="silent")
#: A request that the kit asks for though it is wrong.
INVALID = Case("success", {"width": 9999}, kind="invalid")
BASE64 = {"base64": True}


def _told(story: str) -> Case:
    return Case(story, client="listening")


#: rule -> a story in which it is exercised, and one in which it is not.
GUARDS: Mapping[str, tuple[str | Case, str | Case]] = {
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
    "client/reports-a-failure-as-success": ("http=503", "garbled=gzip-lie"),
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
    "client/confuses-base64-with-an-address": (Case("success shape=base64:inline", BASE64), "success"),
    "client/mixes-up-its-jobs": (Case("processing", later=(0.5,)), Case("error", later=(0.5,))),
    "client/ignores-its-base-url": ("success", SILENT),
    "client/follows-an-address-to-another-host": ("processing+fetch_result=elsewhere", "processing+fetch_result=changed"),
    "client/waits-for-ever-for-an-unknown-status": ("ends=unknown-status", "polls=unknown-status"),
    "client/hides-that-a-picture-is-flagged": ("success nsfw", "success"),
    "client/downloads-without-end": ("success pictures=404", "success"),
    "client/overwrites-its-files": (
        Case("success", later=(0.5,), client="saving"),
        Case("error", later=(0.5,), client="saving"),
    ),
    "client/holds-its-event-loop-up": (Case("processing", client="async"), "processing"),
    "client/asks-on-after-its-caller-left": (
        Case("processing eta=5", left_after=1.0, client="async"),
        Case("success", left_after=1.0, client="async"),
    ),
    "client/takes-a-second-webhook-for-more": (_told("processing webhook=twice"), _told("processing")),
    "client/takes-a-webhook-and-a-fetch-for-two": (_told("polls=0"), _told("processing")),
    "client/believes-a-webhook-of-another-job": (_told("processing webhook=foreign"), _told("processing")),
    "client/ignores-a-webhook-that-says-failed": (_told("ends=failed"), _told("webhook=failed")),
    "client/loses-a-webhook-that-is-early": (_told("processing webhook=before-reply"), _told("processing")),
    "client/has-no-fallback-for-a-lost-webhook": (_told("processing webhook=lost"), _told("processing eta=31 webhook=lost")),
    "client/gives-up-before-the-eta": ("processing eta=30", "processing eta=61"),
    "client/retries-at-a-constant-rate": ("ends=500", "polls=http=500,http=500,http=500"),
    "client/does-not-retry-what-passes": ("http=429+retry_after=30 success", "http=429+retry_after=31 success"),
    "client/lets-its-librarys-error-out": ("reset", "success"),
    "client/tries-no-mirror": ("success pictures=mirror", "success pictures=404"),
    "client/puts-its-prompt-into-a-header": ("success", Case("success", {"prompt": "fox"})),
}


CASES = {str(each): each for both in GUARDS.values() for each in both}


class DoesAll(Downloading, Retrying):
    """A careful client with all capabilities but files."""


def silent(base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
    raise ValueError("refused before anything was sent")


DOES = Capabilities(downloads=True, retries=True, flags=True)
CLIENTS: Mapping[str, tuple[Generate, Capabilities]] = {
    "does all": (DoesAll(REALTIME), DOES),
    "silent": (silent, DOES),
    "saving": (Saving(REALTIME), Capabilities(downloads=True, files=True)),
    "async": (Async(REALTIME), POLLS),
    "listening": (Listening(REALTIME), Capabilities(webhooks=True)),
}


def played(stages: Mapping[bool, InProcessStage], given: str | Case) -> Run:
    case = Case(given) if isinstance(given, str) else given
    generate, does = CLIENTS[case.client]
    asked = Asked({**ASKED, **case.more}, case.kind, later=case.later, left_after=case.left_after)
    with stages[does.webhooks] as stage:
        run = Player(generate, REALTIME, stage, does).run(story_from_text(case.story), asked)
    assert isinstance(run, Run)
    return run


def test_every_rule_is_shown_from_both_sides() -> None:
    assert set(GUARDS) == set(client_rules()) == {each for each in RULES if each.startswith("client/")}


@pytest.mark.parametrize("rule", GUARDS)
def test_a_guard_says_when_its_rule_judges(rule: str, stages: Mapping[bool, InProcessStage]) -> None:
    judges, does_not = (played(stages, each) for each in GUARDS[rule])
    assert rule in judge(judges).exercised
    assert rule not in judge(does_not).exercised
    row = client_rules()[rule]
    assert does_not.kind in row.of, "it is the guard that holds the rule back, and nothing else"
    assert able(row, does_not.capabilities)


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_careful_client_breaks_nothing_in_any_of_them(name: str, stages: Mapping[bool, InProcessStage]) -> None:
    case = CASES[name]
    if case != SILENT:
        judgement = judge(played(stages, case))
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
