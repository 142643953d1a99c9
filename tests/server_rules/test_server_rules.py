"""The rules of a server: silent on the emulator, and each broken by the smallest change that breaks it and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.exchange import Exchange
from modelslab_contracts.kit.road import Road
from modelslab_contracts.kit.server_judge import judge_road
from modelslab_contracts.kit.server_rule import server_rules
from modelslab_contracts.profiles import PROFILES

from .emulated import Emulated, answering, asking

KEYS = ("some-key-123456", "mock-processing", "mock-failed", "mock-error", "mock-no-credits", "mock-invalid-key")
#: What only whoever drove the server can bring about.
_DRIVEN = {"server/gives-a-job-to-another-key", "server/knows-a-job-that-there-is-not"}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_emulator_breaks_no_rule_and_exercises_all(profile: str, minimal: Callable[[str], dict[str, Any]]) -> None:
    emulated = Emulated(profile)
    for name, endpoint in endpoints().items():
        for key in KEYS:
            for more in ({}, {"width": 99_999}, {"samples": 2}, {"samples": 2, "temp": "yes"}, {"prompt": None}):
                emulated.job(endpoint, {**minimal(name), "key": f"{key}--{name}" if "mock" in key else key, **more})
        for call in endpoint.plain:
            emulated.post(call.path, {"key": "some-key-123456"})
    judged = emulated.judged()
    assert [each.finding for one in judged for each in (*one.findings, *one.shadows)] == []
    exercised = Counter(rule for one in judged for rule in one.exercised)
    assert {each for each in server_rules() if not exercised[each]} == _DRIVEN


@pytest.fixture(scope="module")
def emulated() -> Emulated:
    """One job on realtime: its order, a poll, its end, and the end again."""
    made = Emulated()
    order = {"key": "mock-processing--one", "prompt": "a fox", "samples": 2, "width": 64, "height": 64}
    made.job(endpoints()["realtime-v6"], order, fetches=4)
    return made


def test_the_sample_is_what_the_cases_think_it_is(emulated: Emulated) -> None:
    (road,) = emulated.roads()
    assert [each.word for each in road.told] == ["processing", "processing", "success", "success", "success"]
    assert (road.samples, len(road.steps[2].links or ())) == (2, 2)
    assert all(each.exchange.sandbox == road.steps[0].exchange.sandbox for each in road.steps)


Change = Callable[[list[Exchange]], Any]


def at(n: int, change: Callable[[dict[str, Any]], Any]) -> Change:
    """Change the n-th answer."""

    def make(exchanges: list[Exchange]) -> None:
        exchanges[n] = answering(exchanges[n], change)

    return make


def order(**members: Any) -> Change:
    """Change the order."""

    def make(exchanges: list[Exchange]) -> None:
        exchanges[0] = asking(exchanges[0], **members)

    return make


def replaced(n: int, **fields: Any) -> Change:
    """Change the n-th exchange itself."""

    def make(exchanges: list[Exchange]) -> None:
        exchanges[n] = exchanges[n]._replace(**fields)

    return make


def refused(message: str, **members: Any) -> Change:
    """An order that is answered with 400, and nothing after it."""

    def make(exchanges: list[Exchange]) -> None:
        exchanges[0] = asking(exchanges[0], **members)._replace(status=400)
        exchanges[0] = answering(exchanges[0], lambda body: _only(body, status="error", message=message))
        del exchanges[1:]

    return make


def _only(body: dict[str, Any], **members: Any) -> None:
    body.clear()
    body.update(members)


#: rule -> a change that breaks it, and one beside it that does not.
CASES: Mapping[str, tuple[Change, Change]] = {
    "server/answers-with-no-json": (
        replaced(1, reply_body=b"<html>oops</html>"),
        replaced(1, reply_body=b"<html>oops</html>", answer="reset"),
    ),
    "server/answers-with-an-undeclared-status": (replaced(4, status=418), replaced(4, status=200)),
    "server/says-an-unknown-status-word": (at(1, lambda b: b.update(status="queued")), at(1, lambda b: b.update(tip="x"))),
    "server/leaves-out-a-required-member": (at(0, lambda b: b.pop("eta")), at(0, lambda b: b.pop("tip"))),
    "server/answers-a-value-of-another-type": (at(0, lambda b: b.update(eta="2")), at(0, lambda b: b.update(eta=2))),
    "server/answers-a-value-that-breaks-its-clause": (
        at(0, lambda b: b.update(output=["x"])),
        at(0, lambda b: b.update(eta=0)),
    ),
    "server/answers-in-another-media-type": (
        replaced(0, reply_headers=(("content-type", "text/html"),)),
        replaced(0, reply_headers=()),
    ),
    "server/adds-a-member-that-no-page-has": (at(2, lambda b: b.update(news=1)), at(2, lambda b: b.pop("proxy_links", 0))),
    "server/refuses-what-the-contract-accepts": (
        refused("width must be at least 128", width=64),
        refused("Your prompt was flagged", width=64),
    ),
    "server/accepts-what-the-contract-refuses": (order(width=9999), order(width=1024)),
    "server/changes-the-end-of-a-job": (
        at(3, lambda b: _only(b, status="processing", message="wait", output="")),
        replaced(3, status=429, reply_body=b'{"status": "error", "message": "slow"}'),
    ),
    "server/changes-what-it-delivered": (
        at(3, lambda b: b.update(output=b["output"][::-1])),
        at(3, lambda b: b.update(output=[f"{each}?token=1" for each in b["output"]])),
    ),
    "server/makes-another-number-of-pictures": (order(samples=3), order(samples="2")),
    "server/delivers-what-it-did-not-announce": (
        at(0, lambda b: b.update(future_links=b["future_links"][:1])),
        at(0, lambda b: b.update(future_links=[f"{each}?token=1" for each in b["future_links"]])),
    ),
    "server/announces-an-eta-that-is-no-time": (at(0, lambda b: b.update(eta=-1)), at(0, lambda b: b.update(eta=0))),
    "server/changes-the-id-of-a-job": (at(2, lambda b: b.update(id=b["id"] + 1)), at(2, lambda b: b.pop("proxy_links", 0))),
    "server/names-an-address-that-is-no-fetch": (
        at(0, lambda b: b.update(fetch_result="https://modelslab.com/api/v6/realtime/fetch/1")),
        at(0, lambda b: b.update(fetch_result=b["fetch_result"].replace("127.0.0.1:4777", "modelslab.com"))),
    ),
    "server/gives-a-job-to-another-key": (
        replaced(4, sandbox="sb-00000000"),
        replaced(4, sandbox="sb-none"),
    ),
}  # fmt: skip


def rules(emulated: Emulated, change: Change) -> set[str]:
    exchanges = list(emulated.exchanges)
    change(exchanges)
    return {each.finding.rule for judged in emulated.judged(exchanges) for each in judged.findings}


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_is_broken_by_its_case_alone_and_kept_by_the_one_beside_it(emulated: Emulated, rule: str) -> None:
    breaks, keeps = CASES[rule]
    assert rules(emulated, breaks) == {rule}
    assert rules(emulated, keeps) == set()


def test_a_refusal_with_http_200_is_no_other_end_of_a_job(emulated: Emulated) -> None:
    def slow_down(exchanges: list[Exchange]) -> None:
        at(3, lambda b: _only(b, status="error", message="Rate limit exceeded"))(exchanges)

    assert rules(emulated, slow_down) == set()
    assert rules(emulated, at(1, lambda b: _only(b, status="error", message="Rate limit exceeded"))) == set()


def test_every_rule_has_a_case() -> None:
    assert CASES.keys() | {"server/knows-a-job-that-there-is-not"} == server_rules().keys()


def test_a_job_that_was_made_up_is_not_to_be_known(emulated: Emulated) -> None:
    (road,) = emulated.roads()
    made_up = Road(road.steps[2:], road.id, is_made_up=True)
    assert [each.finding.rule for each in judge_road(made_up).findings] == ["server/knows-a-job-that-there-is-not"]
    assert judge_road(Road(road.steps[2:], road.id)).findings == ()


def test_an_order_that_is_refused_for_no_field_is_the_servers_fault_only_where_nothing_else_can_be() -> None:
    emulated = Emulated()
    emulated.post("/api/v6/realtime/text2img", {"key": "mock-error", "prompt": "a fox"})
    (road,) = emulated.roads()
    assert judge_road(road).findings == ()
    (seen,) = judge_road(Road(road.steps, "", is_driven=True)).findings
    assert (seen.finding.rule, seen.finding.where) == ("server/refuses-what-the-contract-accepts", "")


def test_a_shadow_is_kept_apart(emulated: Emulated) -> None:
    exchanges = list(emulated.exchanges)
    exchanges[0] = answering(exchanges[0], lambda body: body.update(fetch_result="nowhere"))
    (judged,) = emulated.judged(exchanges)
    assert [each.finding.rule for each in judged.findings] == ["server/answers-a-value-of-another-type"]
    assert [each.finding.rule for each in judged.shadows] == ["server/names-an-address-that-is-no-fetch"]


def test_a_job_of_which_the_order_was_not_recorded_is_judged_by_what_is_there(emulated: Emulated) -> None:
    (road,) = emulated.roads(emulated.exchanges[1:])
    assert (road.submit, road.samples, len(road.fetches)) == (None, None, 4)
    assert judge_road(road).findings == ()


def test_a_body_that_the_journal_has_cut_is_not_judged() -> None:
    emulated = Emulated()
    emulated.job(endpoints()["realtime-v6"], {"key": "some-key-123456", "prompt": "fox " * 20_000})
    (road,) = emulated.roads()
    assert judge_road(road).findings == ()


def test_a_fetch_speaks_the_dialect_of_its_job(minimal: Callable[[str], dict[str, Any]]) -> None:
    emulated = Emulated()
    pony = endpoints()["images-pony-v6"]
    emulated.job(pony, {**minimal(pony.name), "key": "mock-processing"})
    (road,) = emulated.roads()
    assert {each.endpoint.name for each in road.steps} == {pony.name}


STORIES = {
    "processing polls=3": "", "processing ends=failed": "", "processing ends=error": "", "processing ends=never": "",
    "nsfw": "",
    "rate-limited": "", "unavailable success": "", "no-credits": "", "error": "", "reset": "", "processing ends=500": "",
    "processing polls=unavailable": "",
    "processing ends=empty": "makes-another-number-of-pictures",
    "redirect": "answers-with-an-undeclared-status",
    "http=418": "answers-with-an-undeclared-status",
    "garbled": "answers-with-no-json",
    "processing shape=eta:text": "answers-a-value-of-another-type",
    "processing shape=eta:absent": "leaves-out-a-required-member",
    "processing shape=eta:negative": "announces-an-eta-that-is-no-time",
    "processing shape=fetch_id:other": "names-an-address-that-is-no-fetch",
    "shape=id:text": "answers-a-value-of-another-type",
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_a_story_that_leaves_the_contract_is_found_and_one_that_keeps_it_is_not(story: str) -> None:
    emulated = Emulated()
    emulated.job(endpoints()["realtime-v6"], {"key": "some-key-123456", "prompt": f"a fox [[mock: {story}]]"})
    found = {each.finding.rule.removeprefix("server/") for one in emulated.judged() for each in one.findings}
    assert found == ({STORIES[story]} if STORIES[story] else set())
