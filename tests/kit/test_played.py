"""Every word that can be drawn for an endpoint has its say when the emulator plays it: some reply is not what it was."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.chance import Dice, Simplest
from modelslab_contracts.kit.deck import deck_of
from modelslab_contracts.kit.orders import draw_asked
from modelslab_contracts.kit.stories import story_table
from modelslab_contracts.kit.values import as_sent
from modelslab_contracts.story import Story, Turn
from modelslab_mock import steer
from modelslab_mock.app import App
from modelslab_mock.engine.inputs import Deliver
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

TWICE_A_DAY = 43_200.0
KEY = "a-key-of-some-length"
HEADERS = {"content-type": "application/json", "host": "127.0.0.1:4777"}
#: Words for what contracts and small orders come to anyway; some of them change something about some endpoint.
AS_EVER = {
    "submit: success",
    "submit: processing",
    "submit: fetch_result: same",
    "ends: success",
    "shape: id: number",
    "shape: eta: int",
    "shape: eta: float",
    "shape: output: list",
    "shape: proxy_links: list",
    "shape: nsfw: bool",
    "shape: base64: url",
    "shape: fetch_id: same",
    "webhook: once",
}
each_endpoint = pytest.mark.parametrize("name", sorted(endpoints()))


def new_app(profile: str = "documented") -> App:
    return make_app(Settings(profile=profile), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))


def played(endpoint: Endpoint, request: dict[str, Any], story: Story, app: App) -> list[Any]:
    """Everything that comes back from a client that comes twice a day, and looks at every picture a week later."""
    steer.queue_story(app, KEY, story)
    said: list[Any] = []

    def ask(method: str, path: str, fields: dict[str, Any], now: float = 0.0) -> int | None:
        reply = app.handle(Request(method, path, HEADERS, json.dumps(fields).encode()), now)
        calls = [each._replace(job=each.job._replace(story=Story())) for each in reply.effects if isinstance(each, Deliver)]
        said.append((reply._replace(exchange=None, effects=()), calls))
        return reply.exchange.job_id if reply.exchange else None

    asked = (ask("POST", endpoint.submit.path, {"key": KEY, **request}) for _ in range(len(story.submit) + 1))
    job = next((each for each in asked if each), None)
    path = next(each.path for each in endpoint.fetches if each.id_in == "path")
    for number in range((story.polls_before_end or 0) + 3 if job else 0):
        ask("POST", path.replace("{id}", str(job)), {"key": KEY}, number * TWICE_A_DAY)
    bodies = b"".join(reply.body for reply, _ in said)
    for link in dict.fromkeys(re.findall(rb"http://127\.0\.0\.1:4777(/(?:generations|base64)/[^\"\\]*)", bodies)):
        ask("GET", link.decode(), {}, 14 * TWICE_A_DAY)
    return said


def smallest(endpoint: Endpoint, **more: Any) -> dict[str, Any]:
    """The smallest order, with what is asked for besides where the endpoint has such a field."""
    fields = endpoint.field
    asked = {name: as_sent(fields[name], value) for name, value in more.items() if name in fields}
    return {**draw_asked(Simplest(), endpoint).request, **asked}


@each_endpoint
def test_every_word_has_its_say(name: str) -> None:
    endpoint, table = endpoints()[name], story_table(name)
    ever = [Story(), Story((Turn("success"),)), Story((Turn("processing"),))]
    silent = []
    for word in table.words:
        more = {"samples": 2} if word.startswith("pictures: ") else {"base64": True} if word.startswith("shape: base64") else {}
        request = smallest(endpoint, webhook="http://127.0.0.1:9/hook", **more)
        has_a_say = False
        for profile in ("documented", "observed"):  # some answers have a field in one dialect only
            known = [played(endpoint, request, story, new_app(profile)) for story in ever]
            stories = (table.draw(Dice(1, number), 2, must=word, most=0) for number in range(3))
            has_a_say = has_a_say or any(played(endpoint, request, each, new_app(profile)) not in known for each in stories)
        if not has_a_say and word not in AS_EVER:
            silent.append(word)
    assert silent == []


@each_endpoint
def test_the_emulator_plays_whatever_is_dealt(name: str) -> None:
    endpoint, app = endpoints()[name], new_app()
    for dealt in deck_of(name, 1).deals(200):
        steer.reset(app, KEY, ["stories"], 0.0)
        assert played(endpoint, dealt.asked.request, dealt.story, app)
