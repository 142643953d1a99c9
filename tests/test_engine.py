"""Jobs, clocks, stories, sandboxes and links, below the socket: a request in, a response out, at a time we name."""

import base64
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule
from PIL import Image

from modelslab_contracts.contract import endpoints
from modelslab_contracts.story import Story, Submit, story_from_text
from modelslab_mock.app import App
from modelslab_mock.engine import submit as submit_module
from modelslab_mock.engine.choose import MAGIC_KEYS
from modelslab_mock.engine.clock import Clock, clock_from_text
from modelslab_mock.engine.ids import Draw, draw, sandbox_name
from modelslab_mock.engine.inputs import Deliver, Nudge, NudgeInput, Outcome, TickInput
from modelslab_mock.engine.job import status
from modelslab_mock.engine.links import TEMP_LINK_S, PictureLink, read_path
from modelslab_mock.engine.sandbox import ClockMoved, Sandbox
from modelslab_mock.log import Log
from modelslab_mock.messages import Request, Response
from modelslab_mock.pictures import draw as draw_picture
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

KEY = "a-key-of-the-tests"
ORIGIN = "http://127.0.0.1:4777"
SUBMIT = {name: endpoint.submit.path for name, endpoint in endpoints().items()}
MODEL = {"images-pony-v6": "pony_realism"}
each_endpoint = pytest.mark.parametrize("name", sorted(SUBMIT))


def app_of(*, seed: int = 1, log: Log | None = None, **chosen: Any) -> App:
    """An emulator whose clocks stand still at 0 unless a test says otherwise."""
    given = Settings(**{"clock": "frozen", **chosen})
    return make_app(given, seed=seed, origin=ORIGIN, started=0.0, log=log or Log(quiet=True))


def post(app: App, path: str, body: Mapping[str, Any], now: float = 0.0, headers: Mapping[str, str] | None = None) -> Response:
    return app.handle(
        Request("POST", path, {"content-type": "application/json", **(headers or {})}, json.dumps(body).encode()), now
    )


def order(name: str = "realtime-v6", **fields: Any) -> dict[str, Any]:
    return {"key": KEY, "prompt": "a fox", "model_id": MODEL.get(name, "flux"), **fields}


def submit(app: App, name: str = "realtime-v6", *, now: float = 0.0, **fields: Any) -> dict[str, Any]:
    """The body of the answer to a submit."""
    return cast("dict[str, Any]", json.loads(post(app, SUBMIT[name], order(name, **fields), now).body))


def queued(app: App, words: str = "", name: str = "realtime-v6", *, now: float = 0.0, **fields: Any) -> dict[str, Any]:
    """The answer to a submit whose prompt asks for a place in the queue."""
    said = submit(app, name, now=now, **{"prompt": f"a fox [[mock: processing {words}]]", **fields})
    assert said["status"] == "processing", said
    return said


def fetch(app: App, said: Mapping[str, Any], *, now: float = 0.0, key: str = KEY) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(post(app, urlsplit(said["fetch_result"]).path, {"key": key}, now).body))


def fetch_status(app: App, said: Mapping[str, Any], *, now: float = 0.0) -> str:
    return cast("str", fetch(app, said, now=now)["status"])


def look(app: App, link: str, *, now: float = 0.0) -> Response:
    """What a GET for a picture finds; whoever holds the socket would draw it."""
    return app.handle(Request("GET", urlsplit(link).path), now)


def clock_of(app: App, key: str = KEY) -> Clock:
    return app.store.read(sandbox_name(key)).clock


def move_clock(app: App, moment: float, *, key: str = KEY, now: float = 0.0) -> list[Deliver]:
    """Move the clock of a key, as its owner may, and return the webhooks that became due."""
    name = sandbox_name(key)
    app.commit(name, lambda held: Outcome([ClockMoved(held.clock.moved_to(moment, now))], None, []))
    return [each for each in app.tick(name, TickInput(), now) if isinstance(each, Deliver)]


def link_of(url: str) -> PictureLink:
    link = read_path(urlsplit(url).path)
    assert link is not None
    return link


# --- jobs and time -----------------------------------------------------------------------------------------------------


def test_a_job_is_processing_until_its_time_has_come() -> None:
    app = app_of(clock="real")
    said = queued(app, "eta=4", now=100.0)
    assert fetch_status(app, said, now=103.9) == "processing"
    assert fetch_status(app, said, now=104.0) == "success"


@given(eta=st.integers(0, 86_400_000).map(lambda ms: ms / 1000), start=st.floats(0, 2e9))
def test_eta_is_the_time_to_the_end(eta: float, start: float) -> None:
    app = app_of(clock="real")
    said = queued(app, f"eta={eta:.3f}", now=start)
    assert said["eta"] == eta
    end = start + eta
    if start + eta / 2 < end:
        assert fetch_status(app, said, now=start + eta / 2) == "processing"
    assert fetch_status(app, said, now=end) == "success"


@each_endpoint
def test_without_a_story_eta_is_what_the_order_takes(name: str) -> None:
    app = app_of(clock="real")
    said = submit(app, name, width=1024, height=1024, samples=4)
    assert said["status"] == "processing"
    assert said["eta"] > 5
    assert fetch_status(app, said, now=said["eta"] - 0.01) == "processing"
    assert fetch_status(app, said, now=said["eta"]) == "success"


@pytest.mark.parametrize("polls", [0, 1, 3])
def test_with_polls_so_many_fetches_say_processing_and_the_next_one_is_the_end(polls: int) -> None:
    app = app_of()
    said = queued(app, f"polls={polls}")
    assert [fetch_status(app, said) for _ in range(polls + 3)] == ["processing"] * polls + ["success"] * 3


def test_a_road_walked_by_polls_is_not_walked_by_time() -> None:
    app = app_of(clock="real")
    said = queued(app, "eta=1 polls=2")
    assert [fetch_status(app, said, now=1e6) for _ in range(3)] == ["processing", "processing", "success"]


@pytest.mark.parametrize("ends", ["failed", "error"])
@pytest.mark.parametrize("road", ["eta=3", "polls=1"])
def test_a_job_ends_as_its_story_says(ends: str, road: str) -> None:
    app = app_of(clock="real")
    said = queued(app, f"{road} ends={ends}")
    assert fetch_status(app, said, now=1.0) == "processing"
    assert fetch_status(app, said, now=3.0) == ends


@pytest.mark.parametrize("road", ["", "eta=0", "polls=0"])
def test_a_job_that_never_ends_never_ends(road: str) -> None:
    app = app_of(clock="real")
    said = queued(app, f"{road} ends=never")
    assert {fetch_status(app, said, now=moment) for moment in (0.0, 10.0, 1e9)} == {"processing"}


def test_an_eta_of_nothing_is_over_at_once_even_when_the_clock_stands_still() -> None:
    app = app_of()
    said = queued(app, "eta=0")
    assert said["eta"] == 0
    assert fetch_status(app, said) == "success"


def test_a_failed_job_says_why_in_the_words_of_its_story() -> None:
    app = app_of()
    said = queued(app, "polls=0 ends=failed message='out of paint'")
    assert fetch(app, said)["message"] == "out of paint"


def test_instant_response_is_always_processing() -> None:
    assert submit(app_of(), instant_response=True)["status"] == "processing"


@pytest.mark.parametrize("clock", ["real", "scaled:20", "frozen", "auto"])
@pytest.mark.parametrize("words", ["", "success", "success ends=failed", "success ends=never", "success polls=3 eta=9"])
def test_an_immediate_job_is_finished_at_submission_and_moves_no_clock(clock: str, words: str) -> None:
    app = app_of(clock=clock)
    before = clock_of(app)
    said = submit(app, "images-flux-v6", prompt=f"a fox [[mock: {words or 'default'}]]", webhook="http://localhost/hook")
    assert said["status"] == "success"
    assert clock_of(app) == before
    assert look(app, said["output"][0]).status == 200
    response = post(app, f"/api/v6/images/fetch/{said['id']}", {"key": KEY})
    assert json.loads(response.body)["status"] == "success"
    assert clock_of(app) == before


def test_the_webhook_of_an_immediate_job_goes_out_after_its_answer() -> None:
    response = post(app_of(), SUBMIT["realtime-v6"], order(webhook="http://localhost/hook"))
    (effect,) = response.effects
    assert isinstance(effect, Deliver)
    assert effect.answer == "success"


def test_asking_for_the_status_twice_changes_nothing() -> None:
    app = app_of()
    said = queued(app, "polls=1")
    held = app.store.read(sandbox_name(KEY))
    job, fetches = held.jobs[said["id"]], held.fetches.setdefault(said["id"], [])
    assert status(job, fetches, 0.0) == status(job, fetches, 0.0) == "processing"
    assert held.version == app.store.read(sandbox_name(KEY)).version


@pytest.mark.parametrize("road", ["eta=0", "polls=1", "eta=0 ends=failed"])
def test_fetching_a_job_that_has_ended_changes_nothing(road: str) -> None:
    app = app_of()
    said = queued(app, road)
    for _ in range(2):
        fetch(app, said)
    before = app.store.read(sandbox_name(KEY)).version
    for _ in range(5):
        fetch(app, said)
    assert app.store.read(sandbox_name(KEY)).version == before


def test_looking_at_a_picture_is_no_poll() -> None:
    app = app_of()
    said = queued(app, "polls=1")
    for _ in range(5):
        assert look(app, said["future_links"][0]).status == 404
    assert fetch_status(app, said) == "processing"
    assert fetch_status(app, said) == "success"


def test_asking_for_the_load_is_no_poll() -> None:
    app = app_of()
    said = queued(app, "polls=1", "text2img-v3")
    for _ in range(5):
        load = json.loads(post(app, "/api/v3/system_load", {"key": KEY}).body)
        assert (load["status"], load["queue_num"]) == ("ok", 1)
    assert fetch_status(app, said) == "processing"


roads = st.builds(
    "{} {} ends={}".format,
    st.just("") | st.integers(0, 50).map("eta={}".format),
    st.just("") | st.integers(0, 5).map("polls={}".format),
    st.sampled_from(["success", "failed", "error", "never"]),
)


@given(
    words=roads,
    mode=st.sampled_from(["real", "scaled:3", "auto"]),
    moments=st.lists(st.floats(0, 100), max_size=12).map(sorted),
)
def test_a_job_that_has_ended_stays_as_it_is(words: str, mode: str, moments: list[float]) -> None:
    app = app_of(clock=mode)
    said = queued(app, words)
    told = [fetch_status(app, said, now=moment) for moment in moments]
    ended = [each for each in told if each != "processing"]
    assert told == ["processing"] * (len(told) - len(ended)) + ended
    assert len(set(ended)) <= 1


# --- clocks ------------------------------------------------------------------------------------------------------------


def test_a_scaled_clock_runs_faster() -> None:
    app = app_of(clock="scaled:20")
    said = queued(app, "eta=40")
    assert fetch_status(app, said, now=1.9) == "processing"
    assert fetch_status(app, said, now=2.0) == "success"


def test_a_frozen_clock_stands_still_until_it_is_moved() -> None:
    app = app_of()
    said = queued(app, "eta=40")
    assert fetch_status(app, said, now=1e9) == "processing"
    move_clock(app, 39.0)
    assert fetch_status(app, said) == "processing"
    move_clock(app, 40.0)
    assert fetch_status(app, said) == "success"


def test_a_clock_belongs_to_one_key() -> None:
    app = app_of()
    mine, other = queued(app, "eta=40"), queued(app, "eta=40", key="another-key")
    move_clock(app, 40.0)
    assert fetch_status(app, mine) == "success"
    assert fetch(app, other, key="another-key")["status"] == "processing"


def test_in_auto_the_first_fetch_says_processing_and_the_second_is_the_end() -> None:
    app = app_of(clock="auto")
    said = queued(app, "eta=3000")
    assert [fetch_status(app, said) for _ in range(3)] == ["processing", "success", "success"]
    assert clock_of(app).now(0.0) == 3000.0


def test_in_auto_the_first_fetch_moves_the_clock_to_just_before_the_end() -> None:
    app = app_of(clock="auto")
    said = queued(app, "eta=3000")
    fetch(app, said)
    assert 2999 < clock_of(app).now(0.0) < 3000


def test_in_auto_a_road_walked_by_polls_moves_no_clock() -> None:
    app = app_of(clock="auto")
    said = queued(app, "eta=3000 polls=2")
    assert [fetch_status(app, said) for _ in range(3)] == ["processing", "processing", "success"]
    assert clock_of(app).now(0.0) == 0.0


def test_in_auto_a_job_that_never_ends_moves_no_clock() -> None:
    app = app_of(clock="auto")
    said = queued(app, "ends=never")
    fetch(app, said)
    assert clock_of(app).now(0.0) == 0.0


def test_in_auto_the_clock_never_goes_back_when_jobs_are_fetched_out_of_order() -> None:
    app = app_of(clock="auto")
    late, early = queued(app, "eta=3000"), queued(app, "eta=5")
    shown = []
    for said in (late, early, late, early):
        fetch(app, said)
        shown.append(clock_of(app).now(0.0))
    assert shown == sorted(shown)
    assert fetch_status(app, early) == "success"


def test_in_auto_a_job_with_a_webhook_that_nobody_fetches_is_nudged_to_its_end() -> None:
    app = app_of(clock="auto")
    response = post(app, SUBMIT["realtime-v6"], order(prompt="[[mock: processing eta=70]]", webhook="http://localhost/hook"))
    (nudge,) = response.effects
    assert isinstance(nudge, Nudge)
    assert nudge.after_s == 0.05
    (effect,) = app.tick(sandbox_name(KEY), NudgeInput(nudge.job_id), 0.0)
    assert isinstance(effect, Deliver)
    assert clock_of(app).now(0.0) == 70.0


def test_a_nudge_does_nothing_for_a_job_that_was_fetched() -> None:
    app = app_of(clock="auto")
    said = queued(app, "eta=70", webhook="http://localhost/hook")
    fetch(app, said)
    moved_to = clock_of(app)
    assert app.tick(sandbox_name(KEY), NudgeInput(said["id"]), 0.0) == []
    assert clock_of(app) == moved_to


def test_a_webhook_goes_out_once_when_its_time_has_come() -> None:
    app = app_of()
    said = queued(app, "eta=70", webhook="http://localhost/hook")
    assert move_clock(app, 69.0) == []
    assert [each.job.id for each in move_clock(app, 71.0)] == [said["id"]]
    assert move_clock(app, 1000.0) == []
    fetch(app, said)
    assert move_clock(app, 2000.0) == []


def test_webhooks_that_are_due_together_go_out_in_order_of_time() -> None:
    app = app_of()
    late, early = (queued(app, f"eta={eta}", webhook="http://localhost/hook") for eta in (9, 4))
    assert [each.job.id for each in move_clock(app, 10.0)] == [early["id"], late["id"]]


def test_the_fetch_that_ends_a_job_by_polls_sends_its_webhook() -> None:
    app = app_of()
    said = queued(app, "polls=1 ends=failed", webhook="http://localhost/hook")
    path = urlsplit(said["fetch_result"]).path
    sent = [[each.answer for each in post(app, path, {"key": KEY}).effects if isinstance(each, Deliver)] for _ in range(4)]
    assert sent == [[], ["failed"], [], []]


def test_a_job_that_never_ends_sends_no_webhook() -> None:
    app = app_of()
    queued(app, "ends=never", webhook="http://localhost/hook")
    assert move_clock(app, 1e9) == []


modes = st.sampled_from(["scaled:0.5", "scaled:20", "frozen", "auto"])


@given(mode=modes, moves=st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e6, 1e6)), max_size=8))
def test_a_clock_never_goes_backwards(mode: str, moves: list[tuple[float, float]]) -> None:
    clock, real, shown = clock_from_text(mode, 0.0), 0.0, 0.0
    for later, by in moves:
        real += later
        clock = clock.moved_to(clock.now(real) + by, real)
        assert clock.now(real) >= shown
        shown = clock.now(real)


def test_a_real_clock_shows_the_real_time_and_cannot_be_moved() -> None:
    clock = clock_from_text("real", 5.0)
    assert clock.moved_to(1000.0, 7.0).now(7.0) == 7.0


@pytest.mark.parametrize(("mode", "seconds"), [("real", 6.0), ("scaled:3", 2.0), ("frozen", None), ("auto", None)])
def test_a_clock_knows_the_real_seconds_until_a_moment(mode: str, seconds: float | None) -> None:
    assert clock_from_text(mode, 0.0).real_seconds_until(6.0, 0.0) == seconds
    assert clock_from_text(mode, 10.0).real_seconds_until(6.0, 10.0) == 0.0


@pytest.mark.parametrize(
    "text", ["", "fast", "real:2", "frozen:1", "scaled:0", "scaled:-1", "scaled:x", "scaled:nan", "scaled:inf"]
)
def test_a_clock_that_cannot_be_is_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="clock"):
        clock_from_text(text, 0.0)


# --- whose job it is ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["images-flux-v6", "images-pony-v6"])
def test_a_fetch_on_the_shared_url_speaks_the_dialect_of_the_job(name: str) -> None:
    app = app_of()
    told = fetch(app, queued(app, "", name))
    fields = endpoints()[name].fetches[0].answers["processing"].fields
    assert list(told) == [each.name for each in fields if each.dialect in (None, "documented")]


@each_endpoint
def test_a_job_is_fetched_by_its_id_as_a_number_and_as_its_digits(name: str) -> None:
    app = app_of()
    said = queued(app, "eta=0", name)
    for call in endpoints()[name].fetches:
        for job_id in (said["id"], str(said["id"])):
            response = post(app, call.path.replace("{id}", str(job_id)), {"key": KEY, "request_id": job_id})
            assert json.loads(response.body)["status"] == "success"


@each_endpoint
def test_another_keys_job_is_not_found(name: str) -> None:
    app = app_of()
    told = fetch(app, queued(app, "", name), key="another-key")
    assert (told["status"], told["message"]) == ("failed", "Request not found")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("realtime-v6", "/api/v6/images/fetch/{id}"),
        ("images-flux-v6", "/api/v6/realtime/fetch/{id}"),
        ("images-pony-v6", "/api/v6/realtime/fetch/{id}"),
        ("text2img-v3", "/api/v1/enterprise/fetch/{id}"),
        ("enterprise-v1", "/api/v3/fetch/{id}"),
    ],
)
def test_a_job_of_one_family_is_not_found_through_the_url_of_another(name: str, path: str) -> None:
    app = app_of()
    said = queued(app, "eta=0", name)
    told = json.loads(post(app, path.replace("{id}", str(said["id"])), {"key": KEY}).body)
    assert told["message"] == "Request not found"
    assert fetch_status(app, said) == "success"


def test_a_fetch_that_finds_nothing_changes_nothing() -> None:
    app = app_of()
    said = queued(app, "polls=1")
    before = app.store.read(sandbox_name(KEY)).version
    post(app, "/api/v6/realtime/fetch/1", {"key": KEY})
    assert app.store.read(sandbox_name(KEY)).version == before
    assert fetch_status(app, said) == "processing"


# --- chance ------------------------------------------------------------------------------------------------------------


@given(others=st.lists(st.sampled_from(["other-1", "other-2", "mock-failed", ""]), max_size=10), seed=st.integers(0, 2**32))
def test_a_run_of_one_key_is_the_same_whatever_other_keys_do(others: list[str], seed: int) -> None:
    alone, crowded = app_of(seed=seed), app_of(seed=seed)
    quiet = [submit(alone) for _ in range(3)]
    for key in others:
        post(crowded, SUBMIT["text2img-v3"], order(key=key))
    busy = []
    for _ in range(3):
        busy.append(submit(crowded))
        for key in others[:2]:
            post(crowded, SUBMIT["realtime-v6"], order(key=key))
    assert busy == quiet


def test_other_seeds_give_other_ids_seeds_and_files() -> None:
    first, second = submit(app_of(seed=1)), submit(app_of(seed=2))
    assert first["id"] != second["id"]
    assert first["meta"]["seed"] != second["meta"]["seed"]
    assert first["meta"]["file_prefix"] != second["meta"]["file_prefix"]


def test_other_keys_get_other_ids() -> None:
    app = app_of()
    assert submit(app)["id"] != submit(app, key="another-key")["id"]


def test_ids_and_file_prefixes_are_unique_in_a_sandbox() -> None:
    app = app_of()
    said = [submit(app) for _ in range(300)]
    assert len({each["id"] for each in said}) == 300
    assert len({each["meta"]["file_prefix"] for each in said}) == 300


def test_an_id_that_is_taken_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def crowded(seed: int, sandbox: str, n: int, attempt: int = 0) -> Draw:
        return draw(seed, sandbox, n, attempt)._replace(job_id=100 + attempt)

    monkeypatch.setattr(submit_module, "draw", crowded)
    app = app_of()
    assert [submit(app)["id"] for _ in range(4)] == [100, 101, 102, 103]


def test_an_id_has_nine_or_ten_digits_and_fits_32_bits_with_a_sign() -> None:
    drawn = [draw(seed, "sb", n) for seed in range(20) for n in range(50)]
    assert all(10**8 <= each.job_id < 2**31 for each in drawn)
    assert all(0 <= each.picture_seed < 2**32 for each in drawn)
    assert all(0 <= each.fraction < 1 for each in drawn)


def a_day(app: App) -> Iterator[bytes]:
    """Everything that one long run of requests gets back."""
    for turn, name in enumerate(list(SUBMIT) * 2):
        for key in (KEY, "mock-failed", "mock-unavailable-once", "another-key"):
            response = post(app, SUBMIT[name], order(name, key=key, samples=2, webhook="http://localhost/hook"), turn)
            yield json.dumps([response.status, list(response.headers), response.body.decode()]).encode()
            said = json.loads(response.body)
            if "fetch_result" in said:
                for later in (0.1, 5.0):
                    yield post(app, urlsplit(said["fetch_result"]).path, {"key": key}, turn + later).body
            yield repr(response.exchange).encode()


@pytest.mark.parametrize("clock", ["real", "scaled:20", "frozen", "auto"])
def test_the_same_seed_gives_the_same_run_byte_for_byte(clock: str) -> None:
    assert list(a_day(app_of(clock=clock, seed=7))) == list(a_day(app_of(clock=clock, seed=7)))


# --- what happens: keys, directives, precedence ------------------------------------------------------------------------

OF_MAGIC_KEYS = {
    "mock-success": (200, "success", "success"),
    "mock-processing": (200, "processing", "success"),
    "mock-failed": (200, "processing", "failed"),
    "mock-never": (200, "processing", "processing"),
    "mock-error": (400, "error", ""),
    "mock-invalid-key": (401, "error", ""),
    "mock-no-credits": (402, "error", ""),
    "mock-plan": (403, "error", ""),
    "mock-rate-limited": (429, "error", ""),
    "mock-rate-limited-once": (429, "error", ""),
    "mock-server-error": (500, "error", ""),
    "mock-unavailable": (503, "error", ""),
    "mock-unavailable-once": (503, "error", ""),
    "mock-slow": (200, "success", "success"),
}


def test_every_magic_key_of_the_design_is_known() -> None:
    assert set(MAGIC_KEYS) == {*OF_MAGIC_KEYS, "mock-garbled", "mock-reset"}


@pytest.mark.parametrize("suffix", ["", "--ci7", "--a--b"])
@pytest.mark.parametrize("key", OF_MAGIC_KEYS)
def test_a_magic_key_does_what_its_name_says(key: str, suffix: str) -> None:
    app = app_of(clock="real")
    code, said_first, said_last = OF_MAGIC_KEYS[key]
    response = post(app, SUBMIT["realtime-v6"], order(key=key + suffix))
    said = json.loads(response.body)
    assert (response.status, said["status"]) == (code, said_first)
    assert response.exchange is not None
    assert f"(key {key})" in response.exchange.reason
    if said_last:
        told = json.loads(post(app, f"/api/v6/realtime/fetch/{said['id']}", {"key": key + suffix}, 1e6).body)
        assert told["status"] == said_last


@pytest.mark.parametrize("key", ["mock-rate-limited-once", "mock-unavailable-once"])
def test_a_key_that_refuses_once_takes_the_second_attempt_and_every_later_one(key: str) -> None:
    app = app_of()
    assert [submit(app, key=key)["status"] for _ in range(4)] == ["error", "success", "success", "success"]


def test_a_suffix_keeps_sandboxes_apart() -> None:
    app = app_of()
    assert [submit(app, key=f"mock-unavailable-once--{n}")["status"] for n in (1, 2, 1)] == ["error", "error", "success"]


def test_the_garbled_key_cuts_the_answer_in_its_middle() -> None:
    response = post(app_of(), SUBMIT["realtime-v6"], order(key="mock-garbled"))
    assert response.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.body)


def test_the_reset_key_cuts_the_connection_before_any_answer() -> None:
    response = post(app_of(), SUBMIT["realtime-v6"], order(key="mock-reset"))
    assert (response.delivery, response.body) == ("reset", b"")


def test_the_slow_key_takes_its_time() -> None:
    assert post(app_of(), SUBMIT["realtime-v6"], order(key="mock-slow")).delay_s == 10


@pytest.mark.parametrize(
    ("key", "nearest"),
    [("mock-procesing", "mock-processing"), ("mock-fail", "mock-failed"), ("mock-sucess--ci", "mock-success")],
)
def test_a_key_that_is_almost_magic_is_a_plain_key_and_the_log_names_the_nearest(key: str, nearest: str) -> None:
    response = post(app_of(), SUBMIT["realtime-v6"], order(key=key))
    assert json.loads(response.body)["status"] == "success"
    assert response.exchange is not None
    assert response.exchange.reason.endswith(f"the nearest magic key is {nearest}")


@pytest.mark.parametrize("key", [None, "", "  ", 5, [], {"a": 1}])
def test_nothing_overrides_a_missing_key(key: Any) -> None:
    app = app_of(story=story_from_text("success"))
    response = post(app, SUBMIT["realtime-v6"], order(key=key, prompt="[[mock: success]]"))
    assert (response.status, json.loads(response.body)["message"]) == (401, "Invalid API key")


def test_only_accepted_keys_are_taken_when_some_are_named() -> None:
    app = app_of(accept_key=("the-one",))
    assert post(app, SUBMIT["realtime-v6"], order(key="the-one")).status == 200
    assert post(app, SUBMIT["realtime-v6"], order(key="another")).status == 401


@pytest.mark.parametrize(
    ("prompt", "said", "told"),
    [
        ("a fox [[mock: processing eta=0]]", "processing", "success"),
        ("[[mock: processing polls=0 ends=failed]] a fox", "processing", "failed"),
        ("a [[mock:ends=error polls=0]] fox", "processing", "error"),
        ("a fox [[ mock : processing\npolls=1 ]]", "processing", "processing"),
        ("a fox [[mock: ends=never]]", "processing", "processing"),
        ("a fox [[mock: eta=0]]", "processing", "success"),
        ("a fox [[mock: success]]", "success", "success"),
        ("a fox [[mock:]]", "success", "success"),
        ("a fox [[other: words]]", "success", "success"),
        ("a fox [mock: processing]", "success", "success"),
    ],
)
def test_a_directive_anywhere_in_the_prompt_is_the_story(prompt: str, said: str, told: str) -> None:
    app = app_of()
    answer = submit(app, prompt=prompt)
    assert answer["status"] == said
    assert json.loads(post(app, f"/api/v6/realtime/fetch/{answer['id']}", {"key": KEY}).body)["status"] == told


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        ("procesing", "processing"),
        ("pols=3", "polls"),
        ("ends=fail", "failed"),
        ("unavailabel", "unavailable"),
        ("htpp=503", "http"),
    ],
)
def test_an_unknown_word_in_a_directive_is_an_error_that_names_the_nearest(words: str, nearest: str) -> None:
    response = post(app_of(), SUBMIT["realtime-v6"], order(prompt=f"a fox [[mock: {words}]]"))
    assert response.status == 400
    assert f"did you mean '{nearest}'?" in json.loads(response.body)["message"]


@pytest.mark.parametrize(
    "words", ["polls=-1", "polls=many", "eta=-1", "eta=1e9", "http=99", "ends=", "'", "nsfw=maybe", "retry_after=3", "ends={}"]
)
def test_a_directive_with_a_bad_value_is_refused(words: str) -> None:
    response = post(app_of(), SUBMIT["realtime-v6"], order(prompt=f"a fox [[mock: {words}]]"))
    assert response.status == 400
    assert "[[mock: …]]" in json.loads(response.body)["message"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.com"])
def test_directives_are_words_like_any_other_when_bound_beyond_loopback(host: str) -> None:
    said = submit(app_of(host=host), prompt="[[mock: processing]]")
    assert said["status"] == "success"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
def test_directives_are_read_on_loopback(host: str) -> None:
    assert submit(app_of(host=host), prompt="[[mock: processing]]")["status"] == "processing"


@pytest.mark.parametrize(
    ("prompt", "key", "story", "code", "why"),
    [
        ("[[mock: error]]", "mock-no-credits", "plan", 400, "(directive [[mock: error]])"),
        ("a fox", "mock-no-credits", "plan", 402, "(key mock-no-credits)"),
        ("a fox", "some-key", "plan", 403, "(--story)"),
        ("a fox", "some-key", None, 200, "fits the 5 s wait; send key mock-processing to make it poll"),
    ],
    ids=["directive", "key", "config", "default"],
)
def test_a_directive_goes_before_a_key_before_the_config_before_the_default(
    prompt: str, key: str, story: str | None, code: int, why: str
) -> None:
    app = app_of(story=story_from_text(story) if story else None)
    response = post(app, SUBMIT["realtime-v6"], order(prompt=prompt, key=key))
    assert response.status == code
    assert response.exchange is not None
    assert response.exchange.reason.endswith(why)


def test_a_source_replaces_the_whole_story() -> None:
    app = app_of(story=Story((Submit("processing"),), ends="failed", eta=0.0))
    assert fetch_status(app, queued(app, "eta=0")) == "success"


def test_attempts_are_answered_in_order_and_the_last_answer_stays() -> None:
    app = app_of(story=story_from_text("unavailable http=429 default"))
    codes = [post(app, SUBMIT["realtime-v6"], order()).status for _ in range(5)]
    assert codes == [503, 429, 200, 200, 200]


def test_attempts_are_counted_per_key_and_per_story() -> None:
    app = app_of(story=story_from_text("unavailable default"))
    assert [submit(app, key=key)["status"] for key in ("k-1", "k-2", "k-1")] == ["error", "error", "success"]
    directive = "[[mock: error default]]"
    assert [submit(app, key="k-1", prompt=directive)["status"] for _ in range(2)] == ["error", "success"]


def test_a_refused_attempt_makes_no_job() -> None:
    app = app_of(story=story_from_text("unavailable"))
    submit(app)
    assert not app.store.read(sandbox_name(KEY)).jobs


def test_a_refusal_of_the_story_is_literal_and_carries_its_retry_after() -> None:
    app = app_of(story=story_from_text("http=503 retry_after=7"))
    response = post(app, SUBMIT["realtime-v6"], order())
    assert response.status == 503
    assert dict(response.headers)["retry-after"] == "7"
    assert json.loads(response.body)["retry_after"] == 7


# --- bounds ------------------------------------------------------------------------------------------------------------


def test_the_oldest_job_is_forgotten_when_there_are_too_many() -> None:
    app = app_of(max_jobs=2)
    first, second, third = (queued(app, "eta=0") for _ in range(3))
    assert fetch(app, first)["message"] == "Request not found"
    assert fetch_status(app, second) == fetch_status(app, third) == "success"


def test_the_pictures_of_a_forgotten_job_are_still_there() -> None:
    app = app_of(max_jobs=1)
    first = submit(app)
    submit(app)
    assert look(app, first["output"][0]).status == 200


def test_a_forgotten_job_sends_no_webhook() -> None:
    app = app_of(max_jobs=1)
    queued(app, "eta=5", webhook="http://localhost/hook")
    kept = queued(app, "eta=9", webhook="http://localhost/hook")
    assert [each.job.id for each in move_clock(app, 100.0)] == [kept["id"]]


def test_the_least_recently_used_sandbox_is_forgotten_and_the_log_says_so() -> None:
    stream = io.StringIO()
    log = Log(stream=stream)
    app = app_of(max_sandboxes=2, log=log)
    mine = queued(app, "eta=0", key="k-1")
    other = queued(app, "eta=0", key="k-2")
    assert fetch(app, mine, key="k-1")["status"] == "success"  # so k-2 is now the one that was not used for longest
    third = queued(app, "eta=0", key="k-3")
    assert fetch(app, mine, key="k-1")["status"] == fetch(app, third, key="k-3")["status"] == "success"
    log.flush()
    assert f"sandbox {sandbox_name('k-2')} was the least recently used of 2" in stream.getvalue()
    assert fetch(app, other, key="k-2")["message"] == "Request not found"


def test_the_journal_keeps_the_last_exchanges_and_counts_the_ones_it_let_go() -> None:
    app = app_of(max_exchanges=3)
    for n in range(5):
        submit(app, prompt=f"fox {n}")
    journal = app.store.journal(sandbox_name(KEY))
    assert [json.loads(each.request_body)["prompt"] for each in journal] == ["fox 2", "fox 3", "fox 4"]
    assert journal.forgotten == 2


def test_a_long_body_is_cut_in_the_journal() -> None:
    app = app_of()
    submit(app, prompt="x" * 100_000)
    (exchange,) = app.store.journal(sandbox_name(KEY))
    for body in (exchange.request_body, exchange.reply_body):
        assert 64 * 1024 - 1_000 < len(body) <= 64 * 1024


def test_a_sandbox_counts_attempts_of_so_many_stories_and_no_more() -> None:
    app = app_of()
    for n in range(1_100):
        submit(app, prompt=f"[[mock: error default message={n}]]")
    assert len(app.store.read(sandbox_name(KEY)).attempts) == 1_000


# --- pictures ----------------------------------------------------------------------------------------------------------

HAS_A_TYPE = [name for name, endpoint in endpoints().items() if "safety_checker_type" in endpoint.field]


def treatments(said: Mapping[str, Any]) -> set[str]:
    return {link_of(each).picture.treatment for each in said["output"]}


@each_endpoint
@pytest.mark.parametrize("prompt", ["a nude fox", "NSFW", "some Gore here"])
def test_a_flagged_prompt_is_treated_when_the_safety_checker_is_on(name: str, prompt: str) -> None:
    said = submit(app_of(), name, prompt=prompt, safety_checker="yes", samples=2)
    stated = endpoints()[name].field.get("safety_checker_type")
    assert treatments(said) == {stated.default if stated else "blank"}


@pytest.mark.parametrize("name", HAS_A_TYPE)
@pytest.mark.parametrize("treatment", ["blur", "sensitive_content_text", "pixelate", "black"])
def test_a_flagged_picture_is_treated_as_the_order_asks(name: str, treatment: str) -> None:
    said = submit(app_of(), name, prompt="a nude fox", safety_checker="yes", safety_checker_type=treatment)
    assert treatments(said) == {treatment}


@each_endpoint
def test_nothing_is_flagged_when_the_safety_checker_is_off(name: str) -> None:
    assert treatments(submit(app_of(), name, prompt="a nude fox", safety_checker="no")) == {"plain"}


@pytest.mark.parametrize("prompt", ["a fox", "a denuded hill", "nudes"])
def test_only_whole_words_are_flagged(prompt: str) -> None:
    assert treatments(submit(app_of(), prompt=prompt, safety_checker=True)) == {"plain"}


def test_the_words_that_are_flagged_are_a_setting() -> None:
    app = app_of(flagged_word=("fox",))
    assert treatments(submit(app, prompt="a fox", safety_checker=True)) == {"blank"}
    assert treatments(submit(app, prompt="a nude", safety_checker=True)) == {"plain"}


def test_no_words_flag_nothing() -> None:
    assert treatments(submit(app_of(flagged_word=()), prompt="a nude", safety_checker=True)) == {"plain"}


@pytest.mark.parametrize(("words", "treatment"), [("nsfw", "blank"), ("nsfw=true", "blank"), ("nsfw=false", "plain")])
def test_the_story_decides_over_the_prompt(words: str, treatment: str) -> None:
    prompt = "a fox" if treatment == "blank" else "a nude"
    said = submit(app_of(), prompt=f"{prompt} [[mock: {words}]]", safety_checker=treatment == "plain")
    assert treatments(said) == {treatment}
    assert said["nsfw_content_detected"] == (treatment == "blank")


@pytest.mark.parametrize("name", [n for n, e in endpoints().items() if "temp" in e.field])
def test_a_temp_link_ends_after_24_hours_of_clock(name: str) -> None:
    app = app_of()
    said = submit(app, name, temp="yes")
    assert "/temp/" in said["output"][0]
    move_clock(app, TEMP_LINK_S - 1)
    assert look(app, said["output"][0]).status == 200
    move_clock(app, TEMP_LINK_S)
    assert look(app, said["output"][0]).status == 404


def test_a_temp_link_of_a_queued_job_ends_24_hours_after_its_end() -> None:
    app = app_of()
    said = queued(app, "eta=1000", "images-flux-v6", temp="yes")
    move_clock(app, TEMP_LINK_S)
    assert look(app, said["future_links"][0]).status == 200
    move_clock(app, TEMP_LINK_S + 1000)
    assert look(app, said["future_links"][0]).status == 404


def test_other_links_do_not_end() -> None:
    app = app_of()
    said = submit(app, "images-flux-v6")
    move_clock(app, 100 * TEMP_LINK_S)
    assert look(app, said["output"][0]).status == 200


@pytest.mark.parametrize("name", ["realtime-v6", "images-flux-v6", "images-pony-v6", "enterprise-v1"])
def test_future_links_are_404_until_the_job_is_done(name: str) -> None:
    app = app_of()
    said = queued(app, "eta=9", name, samples=2)
    assert len(said["future_links"]) == 2
    assert {look(app, each).status for each in said["future_links"]} == {404}
    move_clock(app, 9.0)
    assert {look(app, each).status for each in said["future_links"]} == {200}
    assert fetch(app, said)["output"] == said["future_links"]


@pytest.mark.parametrize("ends", ["failed", "error"])
def test_the_pictures_of_a_job_that_broke_are_never_there(ends: str) -> None:
    app = app_of()
    said = queued(app, f"eta=9 ends={ends}")
    move_clock(app, 1000.0)
    response = look(app, said["future_links"][0])
    assert (response.status, response.body) == (404, f"never made: the job ended in {ends}\n".encode())


@pytest.mark.parametrize("name", [n for n, e in endpoints().items() if "upscale" in e.field])
def test_upscale_doubles_the_picture_and_meta_keeps_the_size_that_was_asked_for(name: str) -> None:
    said = submit(app_of(), name, width=64, height=32, upscale="yes")
    picture = link_of(said["output"][0]).picture
    assert (picture.width, picture.height) == (128, 64)
    assert [said["meta"].get(big, said["meta"].get(small)) for big, small in (("W", "width"), ("H", "height"))] == [64, 32]
    with Image.open(io.BytesIO(draw_picture(picture))) as drawn:
        assert drawn.size == (128, 64)


@pytest.mark.parametrize("name", [n for n, e in endpoints().items() if "base64" in e.field])
def test_a_base64_order_gets_links_to_text(name: str) -> None:
    plain, text = (submit(app_of(), name, base64=flag)["output"][0] for flag in ("no", "yes"))
    assert (link_of(plain).as_base64, link_of(text).as_base64) == (False, True)
    assert link_of(plain).picture == link_of(text).picture


@each_endpoint
def test_links_survive_a_restart(name: str) -> None:
    said = submit(app_of(), name, samples=2)
    fresh = app_of(seed=99)
    for link in said["output"]:
        response = look(fresh, link)
        assert response.status == 200
        assert response.picture == link_of(link)


@each_endpoint
def test_every_sample_is_another_picture_of_another_file(name: str) -> None:
    said = submit(app_of(), name, key="mock-success", samples=4)
    assert len({link_of(each).picture for each in said["output"]}) == 4
    assert len({urlsplit(each).path.rpartition("/")[2] for each in said["output"]}) == 4


def test_a_proxy_link_leads_to_the_same_picture() -> None:
    app = app_of()
    said = submit(app)
    assert look(app, said["proxy_links"][0]).picture == look(app, said["output"][0]).picture


@pytest.mark.parametrize(
    "path",
    [
        "/generations/",
        "/generations/x/y.png",
        "/generations/AQACAAIAAAAAAAAAAAEAAGEgZm94/../x.png",
        "/temp/" + "A" * 500 + "/x.png",
        "/base64/generations/%00/x.png",
        "/proxy/proxy/generations/x/y.png",
    ],
)
def test_a_path_that_leads_to_no_picture_is_404(path: str) -> None:
    assert app_of().handle(Request("GET", path), 0.0).status == 404


@given(body=st.binary(max_size=60))
def test_a_made_up_token_is_404_or_a_picture(body: bytes) -> None:
    token = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
    assert app_of().handle(Request("GET", f"/generations/{token}/x.png"), 0.0).status in (200, 404)


def test_a_picture_is_only_got() -> None:
    app = app_of()
    path = urlsplit(submit(app)["output"][0]).path
    assert app.handle(Request("HEAD", path), 0.0).status == 200
    assert app.handle(Request("POST", path), 0.0).status == 405


# --- where links point -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "scheme", "origin"),
    [
        ("127.0.0.1:9999", "http", "http://127.0.0.1:9999"),
        ("localhost", "http", "http://localhost"),
        ("localhost:8080", "https", "https://localhost:8080"),
        ("[::1]:4777", "http", "http://[::1]:4777"),
        ("[::1]", "http", "http://[::1]"),
        ("modelslab.com", "https", "https://modelslab.com"),
        ("MODELSLAB.com", "https", "https://modelslab.com"),
        ("stablediffusionapi.com:443", "https", "https://stablediffusionapi.com:443"),
        ("evil.example", "http", ORIGIN),
        ("evil.example:4777", "http", ORIGIN),
        ("modelslab.com.evil.example", "http", ORIGIN),
        ("localhost.evil.example", "http", ORIGIN),
        ("localhost:80@evil.example", "http", ORIGIN),
        ("evil.example/localhost:80", "http", ORIGIN),
        ("", "http", ORIGIN),
    ],
)
def test_links_point_to_the_host_of_the_submit_when_it_is_one_of_ours(host: str, scheme: str, origin: str) -> None:
    headers = {"content-type": "application/json", "host": host}
    body = json.dumps(order(key="mock-processing")).encode()
    said = json.loads(app_of().handle(Request("POST", SUBMIT["realtime-v6"], headers, body, scheme=scheme), 0.0).body)
    for link in (*said["future_links"], said["fetch_result"]):
        assert link.startswith(origin + "/")


def test_the_public_base_url_goes_before_any_host() -> None:
    app = app_of(public_base_url="https://mock.test:8443/")
    said = json.loads(post(app, SUBMIT["realtime-v6"], order(), headers={"host": "localhost:1"}).body)
    assert said["output"][0].startswith("https://mock.test:8443/generations/")


def test_the_origin_of_links_is_fixed_per_job() -> None:
    app = app_of()
    said = json.loads(post(app, SUBMIT["realtime-v6"], order(), headers={"host": "localhost:1"}).body)
    told = json.loads(post(app, f"/api/v6/realtime/fetch/{said['id']}", {"key": KEY}, headers={"host": "127.0.0.1:2"}).body)
    assert told["output"] == said["output"]


# --- a model -----------------------------------------------------------------------------------------------------------


class Expected(NamedTuple):
    """What the model knows of a job: the number of its fetches is counted beside it."""

    key: str
    said: Mapping[str, Any]
    at: float
    eta: float
    polls: int | None
    ends: str
    is_queued: bool


class Conversations(RuleBasedStateMachine):
    """Submits, fetches, looks and clock moves in any order, against a model in a few lines of plain Python."""

    jobs: Bundle[Expected] = Bundle("jobs")
    keys = st.sampled_from(["key-one", "key-two", "mock-processing--three"])

    def __init__(self) -> None:
        super().__init__()
        self.app = app_of(max_jobs=6)
        self.clock: dict[str, float] = {}
        self.kept: dict[str, list[int]] = {}
        self.polled: dict[int, int] = {}
        self.seen: dict[int, str] = {}

    def expected_status(self, job: Expected) -> str:
        """The rule of the whole engine: a finished job is one whose time, or whose poll, has come."""
        if not job.is_queued:
            return "success"
        polled = self.polled.get(job.said["id"], 0)
        over = polled > job.polls if job.polls is not None else self.clock.get(job.key, 0.0) >= job.at + job.eta
        return job.ends if over and job.ends != "never" else "processing"

    @rule(
        target=jobs,
        key=keys,
        name=st.sampled_from(sorted(SUBMIT)),
        eta=st.integers(0, 9),
        polls=st.none() | st.integers(0, 3),
        ends=st.sampled_from(["success", "failed", "error", "never"]),
        is_queued=st.sampled_from([True, True, False]),
    )
    def submits(self, key: str, name: str, eta: int, polls: int | None, ends: str, is_queued: bool) -> Expected:
        by_polls = "" if polls is None else f"polls={polls}"
        words = f"{'processing' if is_queued else 'success'} eta={eta} {by_polls} ends={ends}"
        said = submit(self.app, name, key=key, prompt=f"[[mock: {words}]]")
        assert said["status"] == ("processing" if is_queued else "success")
        self.kept.setdefault(key, []).append(said["id"])
        self.kept[key] = self.kept[key][-6:]
        fetch_path = endpoints()[name].fetches[0].path.replace("{id}", str(said["id"]))
        said.setdefault("fetch_result", ORIGIN + fetch_path)
        assert said["fetch_result"] == ORIGIN + fetch_path
        return Expected(key, said, self.clock.get(key, 0.0), eta, polls, ends, is_queued)

    @rule(job=jobs)
    def fetches(self, job: Expected) -> None:
        told = fetch(self.app, job.said, key=job.key)
        if job.said["id"] not in self.kept[job.key]:
            assert told["message"] == "Request not found"
            return
        if self.expected_status(job) == "processing":
            self.polled[job.said["id"]] = self.polled.get(job.said["id"], 0) + 1
        assert told["status"] == self.expected_status(job)
        if told["status"] == "success":
            assert told["output"] == job.said.get("future_links", told["output"])

    @rule(job=jobs, key=keys)
    def somebody_else_fetches(self, job: Expected, key: str) -> None:
        if key != job.key:
            assert fetch(self.app, job.said, key=key)["message"] == "Request not found"

    @rule(key=keys, seconds=st.integers(0, 5))
    def moves_the_clock(self, key: str, seconds: int) -> None:
        self.clock[key] = self.clock.get(key, 0.0) + seconds
        move_clock(self.app, self.clock[key], key=key)

    @rule(job=jobs)
    def looks_at_pictures(self, job: Expected) -> None:
        if job.said["id"] not in self.kept[job.key]:
            return
        links = job.said.get("future_links") or job.said["output"] or []
        for link in links:
            assert look(self.app, link).status == (200 if self.expected_status(job) == "success" else 404)

    @rule(job=jobs)
    def an_end_is_an_end(self, job: Expected) -> None:
        if job.said["id"] not in self.kept[job.key]:
            return
        stands = self.expected_status(job)
        before = self.seen.setdefault(job.said["id"], stands)
        assert before in ("processing", stands)
        self.seen[job.said["id"]] = stands

    @precondition(lambda self: bool(self.kept))
    @invariant()
    def a_sandbox_keeps_the_last_jobs_in_order(self) -> None:
        for key, kept in self.kept.items():
            held: Sandbox = self.app.store.read(sandbox_name(key))
            assert list(held.jobs) == kept
            assert held.fetches.keys() <= held.jobs.keys()
            assert held.clock.now(0.0) == self.clock.get(key, 0.0)


TestConversations = Conversations.TestCase
TestConversations.settings = settings(deadline=None, stateful_step_count=30)


def test_a_job_that_is_polled_for_ever_keeps_a_bounded_list_of_fetches() -> None:
    app = app_of()
    said = submit(app, prompt="a fox [[mock: ends=never]]")
    for _ in range(1_010):
        fetch(app, said)
    sandbox = app.store.read(sandbox_name(KEY))
    assert len(sandbox.fetches[said["id"]]) == 1_001
