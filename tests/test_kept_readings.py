"""A request that comes again is not read again; nobody can tell but by the time that it takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_contracts.contract import endpoints
from modelslab_contracts.profiles import PROFILES
from modelslab_mock.app import App
from modelslab_mock.engine.account import UNLIMITED, Account
from modelslab_mock.engine.asked import asked_of
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.engine.inputs import FetchInput, Outcome, Reply, SubmitInput
from modelslab_mock.engine.sandbox import AccountSet, ProfileSet
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.reading import Reading, read
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


SUBMIT = Request(
    "POST", PATHS["realtime-v6"], {"content-type": JSON, "host": "127.0.0.1:1"}, b'{"key": "a-key", "prompt": "a fox"}'
)
OTHERS: dict[str, Any] = {
    "method": "PUT",
    "path": PATHS["text2img-v3"],
    "headers": {"content-type": JSON, "host": "127.0.0.1:2"},
    "scheme": "https",
    "body": b'{"key": "a-key", "prompt": "a cat"}',
}


def read_by(app: App, request: Request) -> Reading:
    match = app.routes.find(request.path)
    assert match is not None
    return read(app, request, match)[1]


def test_a_submit_that_comes_again_is_not_read_again() -> None:
    app = app_of("documented")
    first = read_by(app, SUBMIT)
    assert isinstance(first.given, SubmitInput)
    again = SUBMIT._replace(headers=dict(SUBMIT.headers), body=bytes(bytearray(SUBMIT.body)))
    assert read_by(app, again) is first
    assert read_by(app_of("documented"), SUBMIT) is not first, "each emulator keeps its own"
    broken = SUBMIT._replace(body=b'{"key": "a-key"}')
    assert isinstance(read_by(app, broken).given, Reply)
    assert read_by(app, broken) is read_by(app, broken), "what is refused is kept too"
    fetch = SUBMIT._replace(path="/api/v6/realtime/fetch/5", body=b'{"key": "a-key"}')
    assert isinstance(read_by(app, fetch).given, FetchInput)
    assert read_by(app, fetch) is read_by(app, fetch)


@pytest.mark.parametrize("name", OTHERS)
def test_a_submit_that_differs_in_anything_is_read(name: str) -> None:
    app = app_of("documented")
    first = read_by(app, SUBMIT)
    changed = SUBMIT._replace(**{name: OTHERS[name]})
    assert read_by(app, changed) == read_by(app_of("documented"), changed) != first
    assert read_by(app, SUBMIT) == first


def test_what_may_read_otherwise_the_next_time_is_read_again() -> None:
    app = app_of("documented")
    first = read_by(app, SUBMIT)
    name = sandbox_name("a-key")
    app.commit(name, lambda *_: Outcome([ProfileSet(PROFILES["strict"])], None, []))
    strict = read_by(app, SUBMIT)
    assert strict is not first
    app.commit(name, lambda *_: Outcome([AccountSet(Account(revoked=True))], None, []))
    assert isinstance(read_by(app, SUBMIT).given, Reply)
    app.commit(name, lambda *_: Outcome([AccountSet(UNLIMITED)], None, []))
    assert isinstance(read_by(app, SUBMIT).given, SubmitInput)
    long = SUBMIT._replace(body=SUBMIT.body + b" " * 5_000)
    assert read_by(app, long) is not read_by(app, long), "long ones are not kept"
    hook = SUBMIT._replace(body=b'{"key": "a-key", "prompt": "a fox", "webhook": "http://127.0.0.1:9/hook"}')
    assert read_by(app, hook) is not read_by(app, hook), "its outbox must learn what it masks, after every reset"


def test_what_is_kept_is_bounded() -> None:
    app = app_of("documented")
    for n in range(1_000):
        read_by(app, SUBMIT._replace(body=b'{"key": "a-key", "prompt": "a fox %d"}' % n))
    assert 0 < len(app.readings) <= 256


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


def test_whole_jobs_leave_the_reading_as_it_was(minimal: Callable[[str], dict[str, Any]]) -> None:
    """Jobs, journals and webhooks share what was read once: nobody may change it."""
    app = app_of("documented")
    for name, path in PATHS.items():
        raw = json.dumps({**minimal(name), "key": "mock-processing", "track_id": "t"}).encode()
        job = json.loads(told(app, path, raw)[1])["id"]
        reading = app.readings[path, raw].reading
        values = dict(reading.given.order.values)
        fetch = endpoints()[name].fetch_by_path.address(job)
        for _ in range(3):
            app.handle(Request("POST", fetch, {"content-type": JSON}, b'{"key": "mock-processing"}'), 0.0)
        assert json.loads(told(app, path, raw)[1])["id"] != job
        assert app.readings[path, raw].reading is reading
        assert (dict(reading.given.order.values), reading.given.asked) == (values, asked_of(values))
