"""What stories make of answers, below the socket: every row has its function, and no story breaks a server."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelslab_contracts.contract import endpoints
from modelslab_contracts.situations import CAN_BE_ASKED
from modelslab_contracts.story import Story, Turn, as_json, story_from_words
from modelslab_contracts.story_shape import Fate
from modelslab_contracts.story_shape_words import PICTURES, SHAPES
from modelslab_contracts.story_turn_words import FETCH_RESULTS, GARBLED, REDIRECTS, RESETS, RETRY_AFTER_AS, TARGETS
from modelslab_contracts.story_words import ENDS
from modelslab_mock import conversation, faults, staging
from modelslab_mock.app import App
from modelslab_mock.engine import picture_fates as fates
from modelslab_mock.engine import shape
from modelslab_mock.engine.choose import MAGIC_KEYS, PLAIN
from modelslab_mock.engine.ids import id_behind, other_id
from modelslab_mock.log import Log
from modelslab_mock.messages import Request, Response
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

ORIGIN = "http://127.0.0.1:4777"
KEY = "a-key-of-some-length"
stories: st.SearchStrategy[Story] = runpy.run_path(str(Path(__file__).parent / "test_story.py"))["stories"]


def app_of(**chosen: Any) -> App:
    return make_app(Settings(**{"clock": "frozen", **chosen}), seed=1, origin=ORIGIN, started=0.0, log=Log(quiet=True))


def post(app: App, path: str, fields: Mapping[str, Any], query: str = "") -> Response:
    headers = {"content-type": "application/json", "host": "127.0.0.1:4777"}
    return app.handle(Request("POST", path, headers, json.dumps(fields).encode(), query), 0.0)


def submit(app: App, path: str, **more: Any) -> Response:
    return post(app, path, {"key": KEY, "prompt": "a fox", "model_id": "flux", "width": 64, "height": 64, **more})


# --- rows and functions ------------------------------------------------------------------------------------------------

ROWS: dict[tuple[str, object], Any] = {
    **{("garbled", kind): row for kind, row in GARBLED.items()},
    **{("reset", kind): row for kind, row in RESETS.items()},
    **{("redirect", kind): row for kind, row in REDIRECTS.items()},
}


def says(function: Callable[..., Any]) -> str:
    """The docstring on one line."""
    return " ".join((function.__doc__ or "").split())


def test_every_fault_of_the_alphabet_has_a_function_and_every_function_a_row() -> None:
    assert set(faults.FAULTS) == set(ROWS)
    assert set(faults.TARGETS) == set(TARGETS)
    assert set(faults.RETRIES) == set(RETRY_AFTER_AS)
    assert set(fates.FATES) - {"http"} == {each for each in PICTURES if not each.isdigit()}


@pytest.mark.parametrize("key", ROWS, ids=str)
def test_a_fault_says_which_bug_it_exposes_as_its_row_does(key: tuple[str, object]) -> None:
    assert f"catches clients that {ROWS[key].exposes.split(', and')[0]}" in says(faults.FAULTS[key])
    assert ROWS[key].exposes in says(faults.FAULTS[key])


@pytest.mark.parametrize(
    ("function", "exposes"),
    [
        *((faults.TARGETS[each], TARGETS[each].exposes) for each in TARGETS if each != "same-host"),
        *((faults.RETRIES[each], RETRY_AFTER_AS[each].exposes) for each in RETRY_AFTER_AS),
        *((fates.FATES["http" if each.isdigit() else each], row.exposes) for each, row in PICTURES.items()),
        (shape.without_pictures, ENDS["empty"].exposes),
    ],
)
def test_what_else_misbehaves_says_it_too(function: Callable[..., Any], exposes: str) -> None:
    assert "catches clients that" in says(function)
    assert exposes in says(function)


def test_every_part_of_a_shape_has_a_function_and_every_word_a_value() -> None:
    assert set(shape.PARTS) == set(SHAPES)
    assert set(shape.ETAS) | {"absent"} == set(SHAPES["eta"])
    assert set(shape.IDS) == set(SHAPES["id"])
    assert set(shape.LINKS) - {"empty"} == set(SHAPES["output"])
    assert set(shape.LINKS) - {"text"} | {"absent"} == set(SHAPES["proxy_links"])
    assert set(shape.TURN_PARTS) == {"fetch_result", "output", "eta"}
    assert set(FETCH_RESULTS) == {"same", "changed", "elsewhere", "missing"}


def test_a_turn_without_a_fault_is_answered_by_the_contract_or_a_situation() -> None:
    for word in ("default", "success", "processing", "unknown-status", "not-found", *CAN_BE_ASKED):
        assert Turn(word).fault is None


# --- plain roads -------------------------------------------------------------------------------------------------------


def test_a_plain_answer_is_never_staged(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(conversation, "stage", never)
    monkeypatch.setattr(conversation, "scene_of", never)
    monkeypatch.setattr(conversation, "masked_text", lambda text, _: text)
    app = app_of()
    assert submit(app, "/api/v6/realtime/text2img").status == 200
    queued = json.loads(submit(app, "/api/v6/realtime/text2img", samples=4, width=1024, height=1024).body)
    assert queued["status"] == "processing"
    assert post(app, queued["fetch_result"].removeprefix(ORIGIN), {"key": KEY}).status == 200
    with pytest.raises(AssertionError):
        submit(app, "/api/v6/realtime/text2img", prompt="[[mock: success]]")


def test_every_magic_key_is_a_story_that_words_can_tell() -> None:
    for word, story in MAGIC_KEYS.items():
        assert story != PLAIN, word
        submits = json.dumps(as_json(story)["submit"])
        assert story_from_words(f"submit='{submits}' ends={story.ends}") == story


# --- any story ---------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@pytest.mark.parametrize("name", endpoints())
@given(story=stories, profile=st.sampled_from(["documented", "observed"]), base64=st.booleans(), hook=st.booleans())
def test_no_story_is_too_much_for_any_endpoint(name: str, story: Story, profile: str, base64: bool, hook: bool) -> None:
    endpoint = endpoints()[name]
    app = app_of(story=story, profile=profile)
    fields: dict[str, Any] = {"model_id": "pony" if endpoint.selector else "flux"}
    if base64 and "base64" in endpoint.field:
        fields["base64"] = True
    if hook:
        fields["webhook"] = "http://localhost:9/hook"
    for _ in range(3):
        reply = submit(app, endpoint.submit.path, **fields)
        assert reply.delivery in ("write", "cut", "reset")
        assert reply.exchange is not None
        if reply.exchange.job_id is None:
            continue
        job = app.store.read(reply.exchange.sandbox).jobs[reply.exchange.job_id]
        for _ in range(3):
            for path in ("/{id}", f"/{other_id(job.id)}"):
                fetched = post(app, endpoint.fetches[0].path.replace("/{id}", path.replace("{id}", str(job.id))), {"key": KEY})
                assert 200 <= fetched.status < 600
        for path in job_pictures(app, endpoint.name, job):
            picture = app.handle(Request("GET", path), 0.0)
            assert 200 <= picture.status < 600


def job_pictures(app: App, name: str, job: Any) -> list[str]:
    from modelslab_mock.engine.links import picture_paths

    return picture_paths(app.endpoints[name], job)


@given(job_id=st.integers(100_000_000, 2_099_999_999))
def test_the_second_id_of_a_job_leads_back_to_it(job_id: int) -> None:
    other = other_id(job_id)
    assert id_behind(other) == job_id
    assert other != job_id
    assert 100_000_000 <= other < 2_100_000_000


def test_only_what_the_contract_can_do_without_is_dropped_or_null() -> None:
    every = [each.name for each in endpoints()["images-flux-v6"].submit.answers["processing"].fields]
    for part in ("drop", "null"):
        app = app_of(story=story_from_words(f"processing shape={part}:" + f",{part}:".join(every[:20])))
        said = json.loads(submit(app, "/api/v6/images/text2img").body)
        required = endpoints()["images-flux-v6"].submit.answers["processing"].schema["required"]
        assert all(said[each] is not None for each in required)
        optional = set(every) - set(required)
        assert optional
        assert all(said.get(each) is None for each in optional)


def test_an_error_keeps_the_text_that_its_contract_needs() -> None:
    app = app_of(story=story_from_words("plan shape=drop:message,drop:messege,null:tip"))
    assert "premium" in json.loads(submit(app, "/api/v6/images/text2img").body)["messege"]


# --- where redirects lead ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "bound", "other"),
    [
        ("127.0.0.1:4777", ORIGIN, "http://localhost:4777"),
        ("localhost:81", ORIGIN, "http://127.0.0.1:81"),
        ("LocalHost", ORIGIN, "http://127.0.0.1"),
        ("[::1]:4777", ORIGIN, "http://localhost:4777"),
        ("modelslab.com", ORIGIN, ORIGIN),
        ("evil.example:80", ORIGIN, ORIGIN),
        ("", ORIGIN, ORIGIN),
        ("10.0.0.7:4777", "http://10.0.0.7:4777", "http://localhost:4777"),
    ],
)
def test_another_host_is_another_name_of_this_server(host: str, bound: str, other: str) -> None:
    assert staging.other_host("http", host, bound) == other


def test_a_key_in_the_query_of_a_redirect_is_masked_in_the_journal() -> None:
    app = app_of(story=story_from_words("redirect=307"))
    path = next(each.submit.path for each in endpoints().values() if each.submit.reads_query)
    reply = app.handle(Request("POST", path, {"host": "localhost"}, b"", f"key={KEY}&prompt=a+fox"), 0.0)
    assert dict(reply.headers)["location"] == f"{path}?key={KEY}&prompt=a+fox"
    assert reply.exchange is not None
    assert KEY not in str(reply.exchange)
    assert all(KEY not in str(each) for each in app.store.journal(reply.exchange.sandbox))


def test_statuses_without_a_body_have_none() -> None:
    for status in (204, 304):
        assert submit(app_of(story=story_from_words(f"http={status}")), "/api/v6/realtime/text2img").body == b""


def test_a_fate_beyond_the_list_is_that_of_any_picture() -> None:
    story = story_from_words("success pictures=404")
    assert story.pictures == (Fate("http", http=404),)
    app = app_of(story=story)
    links = json.loads(submit(app, "/api/v6/realtime/text2img", samples=2).body)["output"]
    paths = [each.removeprefix(ORIGIN) for each in links]
    assert [app.handle(Request("GET", path), 0.0).status for path in paths] == [404, 200]
