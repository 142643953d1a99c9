"""`modelslab_mock.check_client`: what a person gets who checks a client of theirs."""

from __future__ import annotations

import asyncio
import json
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import pytest
import requests

import modelslab_mock
from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.rules import client_rules
from modelslab_mock.checking import CheckError, ClientBroken

from .careful import Careful, ModelsLabError
from .careful_kinds import Async, Moody
from .zoo import ends, polls
from .zoo import requests as asking

FLUX = endpoints()["images-flux-v6"]


def check(generate: Any, **more: Any) -> Any:
    return modelslab_mock.check_client(generate, endpoint="images-flux-v6", **{"stories": 150, "level": "should", **more})


def test_a_careful_client_has_no_findings() -> None:
    report = check(Careful(FLUX))
    assert report.ok
    assert report.exit_code == 0
    assert str(report).startswith("images-flux-v6: 0 rules broken, ")
    in_question = {each.id for each in client_rules().values() if each.level != "may"}
    assert set(report.verified) | set(report.not_verified) == in_question


@pytest.mark.parametrize("profile", ["strict", "observed"])
def test_it_has_none_under_any_other_profile(profile: str) -> None:
    assert check(Careful(FLUX), profile=profile).findings == ()


def test_an_async_one_is_run_the_same_way() -> None:
    assert check(Async(FLUX), stories=60).findings == ()


def test_one_root_cause_is_one_finding_in_its_simplest_story_with_its_cause() -> None:
    report = check(ends.KnowsNoFailed(FLUX))
    (found,) = report.findings
    assert (found.rule, found.level) == ("client/does-not-know-failed", "must")
    assert found.replay["story"] == {"submit": ["processing"], "ends": "failed"}
    assert found.replay["request"] == {"model_id": "flux", "prompt": "a fox"}
    assert found.reduced.cause == 'if "the job ends in an error" in place of "the job ends in failed"'
    assert report.exit_code == 1
    assert 0 < found.stories < found.played == 150


def test_the_report_says_what_was_seen_and_what_was_wanted() -> None:
    text = str(check(polls.BuildsItsAddress(FLUX)))
    for part in (
        "SHOULD  client/does-not-follow-fetch-result",
        "Story: ",
        "fetch_result names another id",
        "POST /api/v6/images/text2img → 200 processing",
        "Want : the fetch must be POST /api/v6/images/fetch/",
        'Cause: it vanishes if "fetch_result names the id" in place of "fetch_result names another id"',
        "Why  : ",
        "images-flux-v6: 1 rule broken, ",
    ):
        assert part in text


def test_a_finding_plays_again_from_its_json() -> None:
    (found,) = check(ends.FirstOnly(FLUX)).findings
    again = check(ends.FirstOnly(FLUX), replay=json.loads(json.dumps(found.replay)))
    assert again.played == 1
    assert [each.rule for each in again.findings] == [found.rule]
    assert check(Careful(FLUX), replay=found.replay).findings == ()


def test_the_same_seed_gives_the_same_report() -> None:
    assert str(check(asking.SeedOrNothing(FLUX), seed=3)) == str(check(asking.SeedOrNothing(FLUX), seed=3))


def test_the_level_is_a_bar() -> None:
    assert check(polls.BuildsItsAddress(FLUX), level="must").findings == ()


def test_what_a_client_does_not_do_is_not_verified() -> None:
    report = check(Careful(FLUX), stories=20)
    assert report.not_verified["client/delivers-a-picture-that-is-gone"] == "the client has no downloads"
    assert report.not_verified.keys().isdisjoint(report.verified)


def test_a_breach_that_another_one_explains_is_no_finding_of_its_own() -> None:
    report = check(ends.AtMostThree(FLUX), stories=600)
    assert [each.rule for each in report.findings] == ["client/reports-a-success-as-failure"]
    assert "client/reports-a-success-as-failure" in report.not_verified.get("client/needs-one-type-of-value", "")


def test_what_does_not_come_back_is_flaky_and_no_finding() -> None:
    report = check(Moody(FLUX, 3))
    assert report.findings == ()
    (flaky,) = report.flaky
    assert flaky.rule == "client/loses-pictures"
    assert len(flaky.reduced.again) > 1
    text = str(report)
    assert "FLAKY  client/loses-pictures" in text
    assert "the client returned no picture" in text
    assert "the client returned 1 picture" in text or "the client returned 4 pictures" in text
    assert "client/loses-pictures" not in report.verified


def naps_elsewhere(base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
    """Polls with a pause that nobody can see into."""
    reply = requests.post(base_url + FLUX.submit.path, json={"key": key, **request}, timeout=9, allow_redirects=False).json()
    url = reply.get("fetch_result")
    while reply["status"] == "processing":
        select.select([], [], [], 0.0)
        reply = requests.post(url, json={"key": key}, timeout=9, allow_redirects=False).json()
    if reply["status"] != "success":
        raise ModelsLabError(reply["message"])
    return list(reply["output"])


def test_a_client_whose_clock_stands_still_is_the_kits_trouble_and_no_finding() -> None:
    replay = {"story": {"submit": ["processing"]}, "request": {"model_id": "flux", "prompt": "a fox"}}
    report = check(naps_elsewhere, replay=replay)
    assert report.findings == ()
    (trouble,) = report.trouble
    assert "1000 times while its clock stood still" in trouble
    assert "it sleeps by select.select, which the kit cannot see" in trouble
    assert "time.sleep" in trouble
    assert report.exit_code == 3
    assert not report.ok


def test_a_generate_that_returns_something_else_is_told_in_one_sentence() -> None:
    report = check(returns_an_object)
    assert [*report.trouble] == [
        "generate must return the pictures' addresses or bytes as a list, or raise; what it returned was never that",
    ]
    assert report.findings == ()
    assert report.exit_code == 3


def test_a_generate_that_returns_something_else_once_in_a_while_breaks_a_rule() -> None:
    class AsItCame(Careful):
        def pictures(self, reply: Mapping[str, Any]) -> Any:
            return reply["output"]

    (found,) = check(AsItCame(FLUX), stories=300).findings
    assert found.rule == "client/needs-one-type-of-value"
    assert "returned a dict" in str(found.finding)


def returns_an_object(base_url: str, key: str, request: Mapping[str, Any]) -> dict[str, Any]:
    return {"output": []}


def test_nothing_verified_is_not_fine() -> None:
    report = check(Careful(FLUX), replay={"story": {}, "request": {"model_id": "flux", "prompt": "a fox"}}, level="must")
    assert report.ok
    never = check(refuses, stories=5)
    assert (never.verified, never.exit_code) == ((), 5)
    assert not never.ok


def test_a_coroutine_within_a_running_loop_is_told_in_one_sentence() -> None:
    async def main() -> Any:
        return check(Async(FLUX), stories=1)

    (trouble,) = asyncio.run(main()).trouble
    assert "asyncio.to_thread" in trouble


def test_a_thread_may_check_while_a_loop_runs() -> None:
    async def main() -> Any:
        return await asyncio.to_thread(check, Async(FLUX), stories=5)

    assert asyncio.run(main()).ok


def refuses(base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
    raise ModelsLabError("not today")


def test_findings_can_be_raised() -> None:
    check(Careful(FLUX), stories=20).raise_for_findings()
    with pytest.raises(ClientBroken, match="client/loses-pictures") as raised:
        check(ends.FirstOnly(FLUX), stories=60).raise_for_findings()
    assert raised.value.report.findings


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"endpoint": "image-flux-v6"}, "unknown endpoint 'image-flux-v6'; did you mean 'images-flux-v6'?"),
        ({"level": "shoud"}, "unknown level 'shoud'; did you mean 'should'?"),
        ({"profile": "stict"}, "unknown profile 'stict'; did you mean 'strict'?"),
        ({"stories": 0}, "stories must be a whole number from 1 to 1000000, got 0"),
        ({"replay": {"story": {}}}, 'replay: must be an object with "story" and "request", such as a finding has'),
        ({"replay": {"story": {}, "request": {}, "storry": 1}}, "replay: unknown word 'storry'; did you mean 'story'?"),
        (
            {"replay": {"story": {}, "request": {}, "endpoint": "text2img-v3"}},
            "replay: its endpoint is 'text2img-v3', and 'images-flux-v6' is asked for",
        ),
        ({"replay": {"story": {"end": "failed"}, "request": {}}}, "did you mean 'ends'?"),
    ],
)
def test_wrong_words_are_told_with_the_nearest(wrong: dict[str, Any], says: str) -> None:
    given: dict[str, Any] = {"endpoint": "images-flux-v6", **wrong}
    with pytest.raises(CheckError) as raised:
        modelslab_mock.check_client(Careful(FLUX), **given)
    assert says in str(raised.value)


def test_time_is_the_clients_own_and_none_passes() -> None:
    lasted = list[float]()

    class Timed(Careful):
        def __call__(self, base_url: str, key: str, request: Mapping[str, Any]) -> Any:
            began = time.monotonic()
            try:
                return super().__call__(base_url, key, request)
            finally:
                lasted.append(time.monotonic() - began)

    real = time.perf_counter()
    assert check(Timed(FLUX), stories=100).ok
    assert max(lasted) >= 100
    assert time.perf_counter() - real < max(lasted) < sum(lasted)


async def coroutine_with_a_timeout(base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
    async with asyncio.timeout(100):
        return await Async(FLUX)(base_url, key, request)


def test_a_timeout_of_asyncio_is_a_deadline_too() -> None:
    replay = {"story": {"ends": "never"}, "request": {"model_id": "flux", "prompt": "a fox"}}
    report = check(coroutine_with_a_timeout, replay=replay)
    assert report.ok
    assert "client/has-no-deadline" in report.verified


def test_the_kit_is_loaded_only_when_it_is_used() -> None:
    code = "import sys, modelslab_mock; print([each for each in sys.modules if 'kit' in each or each == 'httpx'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
