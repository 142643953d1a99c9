"""A body that comes again is not read again; nobody can tell but by the time that it takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_contracts.body import Body, parse_body
from modelslab_contracts.contract import endpoints
from modelslab_contracts.profiles import PROFILES
from modelslab_mock.app import App
from modelslab_mock.engine.asked import asked_of
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

JSON = "application/json"
SAMPLES = sorted((Path(__file__).parent.parent / "fixtures").glob("pages/*/requests/*.json"))
PATHS = {name: each.submit.path for name, each in endpoints().items()}


def app_of(profile: str, **settings: Any) -> App:
    chosen = Settings(profile=profile, clock="frozen", **settings)
    return make_app(chosen, seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))


def told(app: App, path: str, body: bytes) -> tuple[int, bytes, Any]:
    """All that a client and the journal are told of a submit."""
    response = app.handle(Request("POST", path, {"content-type": JSON}, body), 0.0)
    assert response.exchange is not None
    return response.status, response.body, response.exchange


def test_a_short_body_that_comes_again_is_the_same_one() -> None:
    profile = PROFILES["documented"]
    raw = json.dumps({"key": "k", "prompt": "a fox"}).encode()
    first = parse_body(JSON, raw, "", profile)
    assert parse_body(JSON, bytes(bytearray(raw)), "", profile) is first
    assert parse_body(JSON, raw, "", PROFILES["strict"]) is not first, "a profile may read otherwise"
    assert parse_body("application/json; charset=latin-1", raw, "", profile) != first, "so may a media type"
    long = json.dumps({"key": "k", "prompt": "a fox" * 2_000}).encode()
    assert parse_body(JSON, long, "", profile) is not parse_body(JSON, long, "", profile), "long ones are not kept"


@pytest.mark.parametrize("file", SAMPLES, ids=lambda each: f"{each.parts[-3]}-{each.stem}")
def test_what_a_page_sends_is_answered_alike_whatever_read_it_before(file: Path) -> None:
    """One body, several emulators, profiles and settings, in turn: each answers as if it had never been sent before."""
    raw = json.dumps({**json.loads(file.read_bytes()), "key": "some-key", "not-on-the-page": 1}).encode()
    path = PATHS[file.parts[-3]]
    ways: list[tuple[str, dict[str, Any]]] = [("documented", {"unknown_fields": "refuse"}), *((each, {}) for each in PROFILES)]
    longer = raw + b" " * 5_000  # the same body, too long to be kept
    for profile, settings in [*ways, *ways[::-1]]:
        short_body, long_body = (told(app_of(profile, **settings), path, each) for each in (raw, longer))
        assert short_body == long_body


@given(st.data())
def test_a_server_that_saw_bodies_before_answers_like_one_that_did_not(data: st.DataObject) -> None:
    """Orders of all endpoints, few and so repeated, against the same ones each padded beyond what is kept."""
    field = st.sampled_from(["width", "samples", "temp", "base64", "negative_prompt", "webhook", "seed"])
    value = st.sampled_from([512, 1, "2", "yes", "no", True, None, "a", [1]])
    fields = st.dictionaries(field, value, max_size=2).map(lambda drawn: {"key": "k", "prompt": "a fox", **drawn})
    few = data.draw(st.lists(st.tuples(st.sampled_from(sorted(PATHS.values())), fields), min_size=1, max_size=3))
    sent = data.draw(st.lists(st.sampled_from(few), min_size=2, max_size=6))
    profile = data.draw(st.sampled_from(sorted(PROFILES)))
    kept, unkept = app_of(profile), app_of(profile)
    for path, body in sent:
        raw = json.dumps(body).encode()
        assert told(kept, path, raw) == told(unkept, path, raw + b" " * 5_000)


def test_whole_jobs_leave_the_body_as_it_came(minimal: Callable[[str], dict[str, Any]]) -> None:
    """Jobs, journals and webhooks share what was read once: nobody may change it."""
    app = app_of("documented")
    for name, path in PATHS.items():
        sent = {**minimal(name), "key": "mock-processing", "webhook": "http://127.0.0.1:9/hook", "track_id": "t"}
        raw = json.dumps(sent).encode()
        body = parse_body(JSON, raw, "", PROFILES["documented"])
        assert isinstance(body, Body)
        job = json.loads(told(app, path, raw)[1])["id"]
        order, asked = body.made[1]
        values = dict(order.values)
        fetch = endpoints()[name].fetch_by_path.address(job)
        for _ in range(3):
            app.handle(Request("POST", fetch, {"content-type": JSON}, b'{"key": "mock-processing"}'), 0.0)
        assert json.loads(told(app, path, raw)[1])["id"] != job
        assert (body.fields, dict(order.values), asked) == (sent, values, asked_of(values))
