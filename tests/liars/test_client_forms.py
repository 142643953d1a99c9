"""Reports on clients in the forms of other tools: what could not be judged is never told as if all were well."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import modelslab_mock
from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.client_forms import in_form
from modelslab_contracts.kit.client_report import Report
from modelslab_contracts.report import FORMATS

from .careful import Careful
from .careful_kinds import Moody
from .zoo import ends

FLUX = endpoints()["images-flux-v6"]
RULE = "client/does-not-know-failed"
REPLAY = {"story": {"submit": ["processing"], "ends": "failed"}, "request": {"model_id": "flux", "prompt": "a fox"}}
FOR_PROGRAMS = [each for each in FORMATS if each not in ("text", "json")]


def told(form: str, *reports: Report) -> str:
    return in_form(form, reports, lambda _: "again!", "check-client x:y")


def returns_an_object(base_url: str, key: str, request: Mapping[str, Any]) -> dict[str, Any]:
    return {"output": []}


def refuses(base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
    raise RuntimeError("not today")


@pytest.fixture(scope="module")
def not_judged() -> Report:
    report = modelslab_mock.check_client(returns_an_object, endpoint=FLUX.name, stories=10)
    assert report.exit_code == 3
    return report


@pytest.fixture(scope="module")
def nothing_verified() -> Report:
    report = modelslab_mock.check_client(refuses, endpoint=FLUX.name, stories=5)
    assert report.exit_code == 5
    return report


@pytest.fixture(scope="module")
def broken() -> Report:
    return modelslab_mock.check_client(ends.KnowsNoFailed(FLUX), endpoint=FLUX.name, replay=REPLAY)


@pytest.mark.parametrize("form", FOR_PROGRAMS)
def test_what_could_not_be_judged_is_a_row_that_says_why(form: str, not_judged: Report) -> None:
    said = unescape(told(form, not_judged))
    assert "check/not-judged" in said
    assert "10 stories of which nothing can be said" in said
    assert "generate must return the pictures' addresses or bytes as a list" in said
    assert "no findings" not in said.lower()


@pytest.mark.parametrize("form", FOR_PROGRAMS)
def test_that_nothing_was_verified_is_a_row_that_says_why(form: str, nothing_verified: Report) -> None:
    said = unescape(told(form, nothing_verified))
    assert "check/nothing-verified" in said
    assert "in no story was it true that" in said
    assert "no findings" not in said.lower()


def test_whoever_reads_junit_or_sarif_sees_it_fail(not_judged: Report, nothing_verified: Report) -> None:
    for each in (not_judged, nothing_verified):
        assert ET.fromstring(told("junit", each)).get("failures") == "1"
        (run,) = json.loads(told("sarif", each))["runs"]
        assert run["invocations"] == [{"executionSuccessful": False}]


def test_a_page_tells_the_story_of_a_finding_and_what_was_verified(broken: Report) -> None:
    page = unescape(told("html", broken))
    for part in (
        "<h1>The client breaks 1 rule</h1>",
        "check-client x:y",
        "images-flux-v6: 1 rule broken, ",
        "The client asks on about a job that has failed.",
        "the submit is queued; the job ends in failed",
        "model_id='flux', 'a fox'",
        "0.0 s  POST /api/v6/images/text2img → 200 processing\n",
        'it vanishes if "the job ends in an error"',
        "<code>again!</code>",
        f"Verified: {len(broken.verified)} rules at images-flux-v6",
        "because",
    ):
        assert part in page, part


def test_the_head_of_a_page_says_what_came_of_it(broken: Report, not_judged: Report, nothing_verified: Report) -> None:
    kept = modelslab_mock.check_client(Careful(FLUX), endpoint=FLUX.name, replay=REPLAY)
    heads = {
        "The client breaks 1 rule": (broken, kept),
        "The client could not be judged": (not_judged,),
        "Nothing was verified": (nothing_verified,),
        f"The client keeps {len(kept.verified)} rules": (kept,),
    }
    for head, reports in heads.items():
        assert f"<h1>{head}</h1>" in told("html", *reports)


@pytest.mark.parametrize("moods", [(2,), (2, 3)], ids=["kept at once", "kept when it is reduced"])
def test_both_journals_of_what_is_flaky_are_told(moods: tuple[int, ...]) -> None:
    report = modelslab_mock.check_client(Moody(FLUX, *moods), endpoint=FLUX.name, stories=8)
    (flaky,) = report.flaky
    (value,) = json.loads(told("json", report))[0]["flaky"]
    assert (flaky.rule, value["rule"]) == ("client/loses-pictures", "client/loses-pictures")
    first, *others = value["runs"]
    assert (first["broken"], first["outcome"]) == (True, "the client returned no picture")
    assert not all(each["broken"] for each in others)
    for each in value["runs"]:
        assert each["journal"][0]["path"] == FLUX.submit.path
        assert json.loads(each["journal"][0]["request_body"])["key"] == "***"
    for text in (str(report), unescape(told("html", report))):
        assert "Time 1, broken" in text
        assert ", kept" in text
    assert "client/loses-pictures" in told("junit", report)
