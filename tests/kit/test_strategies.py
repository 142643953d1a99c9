"""The strategies: Hypothesis draws from the same tables, and shrinks to what is simplest."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.deviations import deviations
from modelslab_contracts.kit.orders import KINDS
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.request import read_request
from modelslab_contracts.story import Story, as_json, as_sentence, story_of
from modelslab_mock import strategies

PAGE = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text(encoding="utf-8")
SHRINK = settings(max_examples=20_000, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
names = st.sampled_from(sorted(endpoints()))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])  # machines stall
@given(st.data(), names, st.sampled_from(sorted(PROFILES)), st.sampled_from(sorted(KINDS)))
def test_hypothesis_draws_requests_that_read_as_they_are_meant(data: st.DataObject, name: str, profile: str, kind: Any) -> None:
    asked = data.draw(strategies.orders(name, profile=profile, kind=kind))
    read = read_request(endpoints()[name], asked.request, PROFILES[profile])
    assert [(each.where[1:], each.rule) for each in read.problems] == ([asked.about] if kind == "invalid" else [])


@settings(max_examples=150)
@given(st.data(), st.none() | names)
def test_hypothesis_draws_stories(data: st.DataObject, name: str | None) -> None:
    story = data.draw(strategies.stories(name))
    assert story_of(as_json(story)) == story


@pytest.mark.parametrize(
    ("wanted", "shrunk"),
    [
        (lambda _: True, "the job goes well"),
        (lambda story: story.ends == "never", "the submit is queued; the job never ends"),
        (lambda story: story.shape.eta == "huge", "the submit is queued; eta is huge"),
        (
            lambda story: "submit: reset: mid-body" in deviations(story),
            "the submit loses its connection in the middle of the body",
        ),
        (lambda story: story.polls == 3, "the submit is queued; 3 fetches say processing"),
        (lambda story: len(story.pictures) > 1 and story.pictures[1].word == "html", "picture 1 is a page of HTML"),
    ],
)
def test_a_story_shrinks_to_the_plain_one_and_what_is_wanted(wanted: Callable[[Story], bool], shrunk: str) -> None:
    assert as_sentence(find(strategies.stories("images-flux-v6"), wanted, settings=SHRINK)) == shrunk


@pytest.mark.parametrize(
    ("kind", "wanted", "shrunk"),
    [
        ("valid", lambda _: True, {"model_id": "pony-realism", "prompt": "a cat"}),
        ("valid", lambda asked: asked.request.get("seed"), {"model_id": "pony-realism", "prompt": "a cat", "seed": 1}),
        (
            "edge",
            lambda asked: asked.about == ("width", "maximum"),
            {"model_id": "pony-realism", "prompt": "a cat", "width": 2048},
        ),
        ("invalid", lambda asked: asked.about == ("prompt", "request/wrong-type"), {"model_id": "pony-realism", "prompt": 5}),
        ("unknown", lambda _: True, {"model_id": "pony-realism", "prompt": "a cat", "modelId": 1}),
    ],
)
def test_a_request_shrinks_to_the_smallest_one(kind: Any, wanted: Callable[[Any], bool], shrunk: dict[str, Any]) -> None:
    assert find(strategies.orders("images-pony-v6", kind=kind), wanted, settings=SHRINK).request == shrunk


def test_a_failing_test_is_shrunk_as_a_whole() -> None:
    seen = []

    @settings(max_examples=5_000, database=None, derandomize=True, phases=[Phase.generate, Phase.shrink])
    @given(strategies.orders("realtime-v6"), strategies.stories("realtime-v6"))
    def fails_for_a_seed_and_a_job_without_end(asked: strategies.Asked, story: Story) -> None:
        if story.ends == "never" and "seed" in asked.request:
            seen.append((asked.request, as_sentence(story)))
            raise AssertionError

    with pytest.raises(AssertionError):
        fails_for_a_seed_and_a_job_without_end()
    request, sentence = seen[-1]
    assert request.keys() == {"prompt", "seed"}
    assert sentence == "the submit is queued; the job never ends"


def test_what_cannot_be_drawn_is_said_when_it_is_asked_for() -> None:
    with pytest.raises(strategies.DrawError, match="did you mean 'realtime-v6'"):
        strategies.orders("realtime-v7")
    with pytest.raises(strategies.DrawError, match="did you mean 'webhook'"):
        strategies.stories(only=["webhooks"])


WITHOUT_HYPOTHESIS = "import sys; sys.modules['hypothesis'] = None\nfrom modelslab_mock import strategies"


def test_whoever_has_no_hypothesis_is_told_what_to_install(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_HYPOTHESIS], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    last = ended.stderr.splitlines()[-1]
    assert last == "ModuleNotFoundError: modelslab_mock.strategies needs Hypothesis: pip install 'modelslab-mock[kit]'"


def test_nothing_but_the_strategies_loads_hypothesis(tmp_path: Path) -> None:
    code = "import sys, modelslab_mock, modelslab_contracts.kit.deck; print('hypothesis' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert ended.stdout == "False\n"


def test_the_examples_of_the_page_run(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    shown = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "docs/strategies.md", "exec"), names)
    printed = capsys.readouterr().out
    assert len(blocks) >= 4
    for each in shown:
        assert each in printed
    for name in [each for each in names if each.startswith("test_")]:
        names[name]()
