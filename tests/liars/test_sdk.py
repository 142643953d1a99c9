"""What the kit finds in the vendor's own SDK: nothing beyond what clients/sdk.toml lists, and each entry of that is found."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import modelslab_mock
from modelslab_contracts.kit.accepting import read_known

from .clients import sdk

pytestmark = pytest.mark.skipif(importlib.util.find_spec("modelslab_py") is None, reason="modelslab_py is not installed")

KNOWN = Path(__file__).parent / "clients" / "sdk.toml"
FLUX = "images-flux-v6"
#: For each rule of the file a story that shows it, as a report gives it for a replay.
STORIES: dict[str, dict[str, Any]] = {
    "client/polls-before-the-eta": {"submit": ["processing"]},
    "client/does-not-follow-fetch-result": {"submit": [{"answer": "processing", "fetch_result": "changed"}]},
    "client/does-not-know-failed": {"submit": ["processing"], "ends": "failed"},
    "client/polls-after-the-end": {"submit": ["processing"], "ends": "error"},
    "client/gives-up-after-one-bad-poll": {"submit": ["processing"], "polls": ["rate-limited"]},
    "client/crashes-on-a-garbled-reply": {"submit": [{"garbled": "html"}]},
    "client/sends-its-key-to-another-host": {"submit": ["processing"], "polls": [{"redirect": 307, "to": "other-host"}]},
    "client/sends-what-the-contract-refuses": {},
    "client/ignores-its-base-url": {},
}
REQUEST = {"model_id": "flux", "prompt": "a fox"}
ASKED = {"client/sends-what-the-contract-refuses": {**REQUEST, "lora_strength": "0"}}


@pytest.mark.parametrize(
    ("endpoint", "make"), [(FLUX, sdk.community), ("realtime-v6", sdk.realtime)], ids=["community", "realtime"]
)
def test_drawn_stories_find_what_is_known_of_it_and_nothing_else(endpoint: str, make: Callable[[], sdk.Sdk]) -> None:
    report = modelslab_mock.check_client(make(), endpoint=endpoint, level="should", stories=120, known=KNOWN)
    assert not report.trouble, report
    assert not report.findings, report
    found = {each.rule for each, _ in report.accepted}
    assert len(found) >= 5, report
    assert {"client/never-polls", "client/loses-pictures", "client/has-no-deadline"} <= set(report.verified)


@pytest.mark.parametrize("rule", STORIES)
def test_what_is_listed_is_there(rule: str) -> None:
    replay = {"story": STORIES[rule], "request": ASKED.get(rule, REQUEST)}
    report = modelslab_mock.check_client(sdk.community(), endpoint=FLUX, level="should", replay=replay)
    assert rule in {each.rule for each in report.findings}, report


def test_every_entry_has_its_story() -> None:
    assert {each.rule for each in read_known(str(KNOWN))} == set(STORIES)


def test_a_body_that_is_handed_on_as_it_came_has_lost_no_words() -> None:
    replay = {"story": {"submit": [{"http": 403}], "message": 'the "easel" fell over'}, "request": REQUEST}
    report = modelslab_mock.check_client(sdk.community(), endpoint=FLUX, level="should", replay=replay)
    assert "client/loses-the-servers-words" in report.verified, report
