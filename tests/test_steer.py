"""What is set for one sandbox: stories, profile, clock, and the way back; below the socket, at a time we name."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_contracts.contract import endpoints
from modelslab_contracts.story import story_from_text
from modelslab_mock import steer
from modelslab_mock.app import App
from modelslab_mock.engine.clock import Clock, clock_from_text
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.engine.inputs import Deliver, Outcome, TickInput
from modelslab_mock.engine.sandbox import Attempted, ClockMoved, Fact
from modelslab_mock.log import Log
from modelslab_mock.messages import Request, Response
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings
from modelslab_mock.steer import SteerError, queue_story, reset, set_account, set_clock, set_profile, stories_of
from modelslab_mock.stores import Store

KEY = "a-key-of-the-tests"
NAME = sandbox_name(KEY)
SUBMIT = {name: endpoint.submit.path for name, endpoint in endpoints().items()}
HOOK = "http://localhost:9000/hook"


def app_of(**chosen: Any) -> App:
    given = Settings(**{"clock": "frozen", **chosen})
    return make_app(given, seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))


def post(app: App, path: str, *, now: float = 0.0, **fields: Any) -> Response:
    body = json.dumps({"key": KEY, **fields}).encode()
    return app.handle(Request("POST", path, {"content-type": "application/json"}, body), now)


def order(app: App, prompt: str = "a fox", name: str = "realtime-v6", *, now: float = 0.0, **fields: Any) -> Response:
    return post(app, SUBMIT[name], now=now, prompt=prompt, model_id="flux", **fields)


def said(response: Response) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(response.body))


def told(app: App, *prompts: str) -> list[int]:
    """The statuses of orders, one after the other."""
    return [order(app, prompt).status for prompt in prompts or ("a fox",)]


def fetched(app: App, job_id: int, *, now: float = 0.0) -> str:
    return cast("str", said(post(app, f"/api/v6/realtime/fetch/{job_id}", now=now))["status"])


def shown(app: App, now: float = 0.0) -> float:
    return app.store.read(NAME).clock.now(now)


def advance(app: App, seconds: float, now: float = 0.0) -> list[Deliver]:
    app.commit(NAME, lambda held: Outcome([ClockMoved(held.clock.moved_to(held.clock.now(now) + seconds, now))], None, []))
    return [each for each in app.tick(NAME, TickInput(), now) if isinstance(each, Deliver)]


# --- stories that are set ----------------------------------------------------------------------------------------------


def test_a_story_is_for_so_many_jobs_and_then_the_next_one_is() -> None:
    app = app_of()
    queue_story(app, KEY, {"submit": [{"http": 500}]}, times=2)
    queue_story(app, KEY, {"submit": [{"http": 503}]}, times=1)
    assert told(app, *["a fox"] * 5) == [500, 500, 503, 200, 200]


@given(counts=st.lists(st.integers(1, 4), max_size=6))
def test_stories_are_used_up_in_the_order_they_came(counts: list[int]) -> None:
    app = app_of()
    for index, times in enumerate(counts):
        queue_story(app, KEY, {"submit": [{"http": 500 + index}]}, times=times)
    wanted = [500 + index for index, times in enumerate(counts) for _ in range(times)]
    assert told(app, *["a fox"] * (len(wanted) + 1)) == [*wanted, 200]
    assert stories_of(app, KEY) == []


def test_a_retry_stays_within_the_turn_of_its_job() -> None:
    app = app_of()
    queue_story(app, KEY, "unavailable http=429 success", times=2)
    queue_story(app, KEY, "http=500", times=1)
    assert told(app, *["a fox"] * 8) == [503, 429, 200, 503, 429, 200, 500, 200]


def test_a_turn_is_over_when_the_last_answer_was_given_whatever_it_was() -> None:
    app = app_of()
    queue_story(app, KEY, "garbled unavailable", times=1)
    assert told(app, *["a fox"] * 3) == [200, 503, 200], "what made a job is no reason to drop the rest of the list"


def test_a_story_without_a_count_stays_and_its_last_answer_too() -> None:
    app = app_of()
    queue_story(app, KEY, "unavailable http=429")
    assert told(app, *["a fox"] * 5) == [503, 429, 429, 429, 429]


def test_a_story_without_a_count_is_replaced_by_the_next_one() -> None:
    app = app_of()
    queue_story(app, KEY, "http=500 http=502")
    assert told(app) == [500]
    queue_story(app, KEY, "http=503 http=504")
    assert told(app, *["a fox"] * 3) == [503, 504, 504]
    assert len(stories_of(app, KEY)) == 1


def test_stories_with_a_count_go_before_those_that_stay() -> None:
    app = app_of()
    queue_story(app, KEY, "http=500")
    queue_story(app, KEY, "http=503", times=2)
    assert told(app, *["a fox"] * 4) == [503, 503, 500, 500]


def test_a_story_is_only_for_the_orders_that_it_names() -> None:
    app = app_of()
    queue_story(app, KEY, "http=500", times=1, endpoint="text2img-v3")
    queue_story(app, KEY, "http=502", times=1, prompt="cat")
    queue_story(app, KEY, "http=503", times=1)
    assert told(app, "a fox", "a fox", "a cat") == [503, 200, 502]
    assert [order(app, name="text2img-v3").status for _ in range(2)] == [500, 200]


def test_of_those_that_stay_the_newest_that_suits_is_played() -> None:
    app = app_of()
    queue_story(app, KEY, "http=500", prompt="cat")
    queue_story(app, KEY, "http=503")
    assert told(app, "a cat") == [503]
    queue_story(app, KEY, "http=502", prompt="cat")
    assert told(app, "a cat", "a fox") == [502, 503]
    assert len(stories_of(app, KEY)) == 2


@pytest.mark.parametrize("key", [KEY, "mock-error--stories"])
def test_a_set_story_goes_before_directive_key_and_config_as_a_whole(key: str) -> None:
    app = app_of(story=story_from_text("error"))
    queue_story(app, key, {"submit": ["processing"], "eta": 7}, times=1)
    answer = order(app, "[[mock: unavailable ends=failed]]", key=key)
    assert said(answer)["eta"] == 7
    assert answer.exchange is not None
    assert answer.exchange.reason == "processing, as asked, eta 7 s (story 1 set for this sandbox, for job 1 of 1)"
    held = app.store.read(sandbox_name(key))
    assert [job.story.ends for job in held.jobs.values()] == ["success"], "nothing of another source was mixed in"


def test_a_directive_that_cannot_be_understood_is_an_error_even_then() -> None:
    app = app_of()
    queue_story(app, KEY, "success", times=1)
    assert told(app, "[[mock: sucess]]", "a fox") == [400, 200]
    assert stories_of(app, KEY) == []


def test_a_refused_body_uses_up_no_story() -> None:
    app = app_of()
    queue_story(app, KEY, "http=503", times=1)
    assert order(app, width="wide").status == 400
    assert len(stories_of(app, KEY, unused=True)) == 1


def test_an_order_that_the_account_refuses_uses_up_no_story() -> None:
    app = app_of()
    set_account(app, KEY, {"credits": 0})
    queue_story(app, KEY, {"submit": ["default"], "nsfw": True}, times=1)
    assert told(app, *["a fox"] * 3) == [402] * 3
    assert len(stories_of(app, KEY, unused=True)) == 1


@pytest.mark.parametrize("named", [KEY, NAME])
def test_a_story_can_be_set_before_its_sandbox_was_used_by_key_or_name(named: str) -> None:
    app = app_of()
    assert [queue_story(app, named, "http=503", times=1) for _ in range(2)] == [1, 2]
    assert told(app, *["a fox"] * 3) == [503, 503, 200]
    assert order(app, key="another-key").status == 200


def test_what_was_set_and_never_used_can_be_listed() -> None:
    app = app_of()
    queue_story(app, KEY, "unavailable success", times=2)
    queue_story(app, KEY, "processing", times=1, endpoint="text2img-v3", prompt="cat")
    queue_story(app, KEY, "success")
    told(app, *["a fox"] * 3)
    unused = stories_of(app, KEY, unused=True)
    assert [(each["n"], each["times"], each["jobs_done"], each["answers_given"]) for each in unused] == [
        (1, 2, 1, 1),
        (2, 1, 0, 0),
        (3, None, 0, 0),
    ]
    assert unused[1]["story"] == {"submit": ["processing"]}
    assert (unused[1]["endpoint"], unused[1]["prompt"]) == ("text2img-v3", "cat")
    told(app, *["a fox"] * 2)
    assert [each["n"] for each in stories_of(app, KEY, unused=True)] == [2]
    assert [each["n"] for each in stories_of(app, KEY)] == [2, 3]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"story": {"submt": ["success"]}}, "unknown element 'submt'; did you mean 'submit'?"),
        ({"story": "sucess"}, "unknown word 'sucess'; did you mean 'success'?"),
        ({"story": "{"}, "not JSON at line 1"),
        ({"story": 5}, "must be a JSON object, got int"),
        ({"times": 0}, "times must be a whole number from 1 to 1000000, or null, got 0"),
        ({"times": True}, "times must be a whole number"),
        ({"times": 1.5}, "times must be a whole number"),
        ({"endpoint": "realtime-v7"}, "unknown endpoint 'realtime-v7'; did you mean 'realtime-v6'?"),
        ({"prompt": ""}, "prompt must be a text of 1 to 1000 characters"),
        ({"prompt": 5}, "prompt must be a text of 1 to 1000 characters"),
        ({"name": "sb-none"}, "would never count"),
        ({"name": " "}, "give a key or a name"),
    ],
    ids=str,
)
def test_a_story_that_cannot_be_set_is_one_sentence_and_changes_nothing(given: dict[str, Any], says: str) -> None:
    app = app_of()
    before = app.store.read(NAME).version
    with pytest.raises(SteerError) as caught:
        queue_story(app, **{"name": KEY, "story": "success", **given})
    assert says in str(caught.value)
    assert (app.store.read(NAME).version, stories_of(app, KEY)) == (before, [])


def test_the_answers_of_a_set_story_are_counted_in_one_place() -> None:
    app = app_of()
    queue_story(app, KEY, "unavailable http=429 success")
    told(app, *["a fox"] * 2)
    assert app.store.read(NAME).attempts == {}
    assert stories_of(app, KEY)[0]["answers_given"] == 2


def test_stories_are_bounded_in_number_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steer, "MAX_STORIES", 3)
    app = app_of()
    for times in (1, None, 1):
        queue_story(app, KEY, "http=503", times=times)
    with pytest.raises(SteerError, match="3 stories wait already"):
        queue_story(app, KEY, "success", times=1)
    assert len(stories_of(app, KEY)) == 3
    told(app)
    queue_story(app, KEY, "success", times=1)


def test_stories_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steer, "MAX_STORY_BYTES", 5_000)
    app = app_of()
    for _ in range(4):
        queue_story(app, KEY, {"message": "x" * 1_000}, times=1)
    with pytest.raises(SteerError, match="more than 5000 bytes"):
        queue_story(app, KEY, {"message": "x" * 1_000}, times=1)
    told(app)
    queue_story(app, KEY, {"message": "x" * 1_000}, times=1)


def test_the_bytes_of_stories_that_are_gone_are_free_again() -> None:
    app = app_of()
    for _ in range(3):
        queue_story(app, KEY, "success unavailable", times=2)
        queue_story(app, KEY, "http=503")
    told(app, *["a fox"] * 12)
    held = app.store.read(NAME).stories
    assert held is not None
    assert len(held) == 1
    assert held.size == next(iter(held)).size


def test_ten_thousand_stories_are_used_up_in_order() -> None:
    app = app_of()
    each = [story_from_text(f"http={500 + index}") for index in range(5)]
    for n in range(10_000):
        assert queue_story(app, KEY, each[n % 5], times=1) == n + 1
    with pytest.raises(SteerError, match="10000 stories wait already"):
        queue_story(app, KEY, "success", times=1)
    assert told(app, *["a fox"] * 11) == [500, 501, 502, 503, 504] * 2 + [500]
    assert stories_of(app, KEY)[0]["n"] == 12


class SomebodyPlaysFirst:
    """A store in which another process plays the next story between our reading and our commit."""

    def __init__(self, inner: Store, app: App) -> None:
        self._inner = inner
        self._app = app
        self.was_late = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def commit(self, name: str, expected_version: int, facts: Sequence[Fact]) -> None:
        if not self.was_late:
            self.was_late = True
            order(self._app)
        self._inner.commit(name, expected_version, facts)


def test_two_that_submit_at_once_never_play_the_same_turn() -> None:
    app = app_of()
    queue_story(app, KEY, "http=503", times=1)
    queue_story(app, KEY, "http=504", times=1)
    contested = replace(app, store=cast("Store", SomebodyPlaysFirst(app.store, app)))
    # A refusal by a story that was set is a fact too, so the second one has to decide anew.
    assert order(contested).status == 504
    assert stories_of(app, KEY) == []


# --- profile and clock -------------------------------------------------------------------------------------------------


def test_a_profile_is_set_for_one_sandbox_from_the_next_request_on() -> None:
    app = app_of()
    set_profile(app, KEY, "observed")
    assert [order(app, width="wide", key=key).status for key in (KEY, "another-key")] == [200, 400]
    set_profile(app, NAME, "strict")
    assert order(app, width="512").status == 400


def test_an_unknown_profile_names_the_nearest() -> None:
    with pytest.raises(SteerError, match="unknown profile 'strickt'; did you mean 'strict'"):
        set_profile(app_of(), KEY, "strickt")


def test_an_unknown_clock_is_one_sentence() -> None:
    with pytest.raises(SteerError, match="not one of real, scaled:FACTOR, frozen, auto"):
        set_clock(app_of(), KEY, "frosen", 0.0)


def test_a_clock_goes_on_from_what_it_shows() -> None:
    app = app_of(clock="real")
    set_clock(app, KEY, "frozen", 100.0)
    assert shown(app, 500.0) == 100.0
    set_clock(app, KEY, "scaled:10", 500.0)
    assert (shown(app, 500.0), shown(app, 503.0)) == (100.0, 130.0)
    set_clock(app, KEY, "auto", 503.0)
    assert shown(app, 900.0) == 130.0


def test_a_clock_that_becomes_real_catches_up_or_stays_ahead() -> None:
    app = app_of()
    set_clock(app, KEY, "real", 50.0)
    assert shown(app, 60.0) == 60.0
    set_clock(app, KEY, "frozen", 60.0)
    advance(app, 3_600.0, 60.0)
    set_clock(app, KEY, "real", 70.0)
    assert (shown(app, 70.0), shown(app, 75.0)) == (3_660.0, 3_665.0)


def test_a_clock_that_stays_ahead_is_not_even_a_hair_behind() -> None:
    shown, real = 3928.1, 870.7
    assert real + (shown - real) < shown, "this test needs times whose sum is rounded down"
    assert Clock("frozen", 0.0, shown).in_mode_of(clock_from_text("real", real), real).now(real) == shown


modes = st.sampled_from(["real", "scaled:0.37", "scaled:20", "frozen", "auto"])


@given(
    first=modes, changes=st.lists(st.tuples(modes, st.floats(0, 1e7), st.floats(0, 1e5)), max_size=10), start=st.floats(0, 2e9)
)
def test_time_never_runs_backwards_when_the_mode_changes(
    first: str, changes: list[tuple[str, float, float]], start: float
) -> None:
    clock: Clock = clock_from_text(first, start)
    real, latest = start, clock.now(start)
    for mode, later, by in changes:
        real += later
        assert clock.now(real) >= latest
        clock = clock.moved_to(clock.now(real) + by, real)
        latest = clock.now(real)
        clock = clock.in_mode_of(clock_from_text(mode, real), real)
        assert clock.now(real) >= latest
        latest = clock.now(real)


def test_what_becomes_due_when_a_clock_catches_up_is_handed_out() -> None:
    app = app_of()
    job = said(order(app, "[[mock: eta=5]]", webhook=HOOK))["id"]
    assert set_clock(app, KEY, "auto", 100.0) == []
    (sent,) = set_clock(app, KEY, "real", 100.0)
    assert isinstance(sent, Deliver)
    assert sent.job.id == job


# --- reset -------------------------------------------------------------------------------------------------------------


def busy() -> App:
    """An emulator whose sandbox is far from fresh."""
    app = app_of(max_jobs=2)
    set_account(app, KEY, {"credits": 50})
    set_profile(app, KEY, "observed")
    queue_story(app, KEY, "http=503", prompt="cat")
    for _ in range(3):
        order(app, "[[mock: processing eta=9]]", webhook=HOOK)
    order(app, "[[mock: unavailable default]]")
    fetched(app, next(iter(app.store.read(NAME).jobs)))
    advance(app, 5.0)
    set_clock(app, KEY, "auto", 0.0)
    return app


OF_PART = {
    "jobs": ("jobs", "fetches", "pending", "submitted", "forgotten"),
    "stories": ("stories", "attempts"),
    "clock": ("clock",),
    "account": ("account", "spent"),
    "profile": ("profile",),
}


@given(parts=st.sets(st.sampled_from(steer.PARTS)))
def test_a_reset_does_what_its_words_say_and_nothing_else(parts: set[str]) -> None:
    app, fresh = busy(), app_of().store.read(NAME)
    before = {name: repr(getattr(app.store.read(NAME), name)) for names in OF_PART.values() for name in names}
    version = app.store.read(NAME).version
    reset(app, KEY, parts, 0.0)
    held = app.store.read(NAME)
    assert held.version == version + bool(parts)
    for part, names in OF_PART.items():
        for name in names:
            now = repr(getattr(held, name))
            if part == "clock" and part in parts and "jobs" not in parts:
                assert (held.clock.mode, held.clock.now(0.0)) == ("frozen", 5.0)
            elif part in parts:
                assert now == repr(getattr(fresh, name)), name
            else:
                assert now == before[name], name


def test_every_part_of_a_fresh_sandbox_is_different_in_a_busy_one() -> None:
    """Else the test above would show little."""
    held, fresh = busy().store.read(NAME), app_of().store.read(NAME)
    for name in (each for names in OF_PART.values() for each in names):
        assert getattr(held, name) != getattr(fresh, name), name


def run(app: App) -> list[bytes]:
    """What one test of somebody's client gets."""
    answers = []
    for words in ("processing eta=4", "success", "unavailable default", "unavailable default", "polls=1"):
        answers.append(order(app, f"[[mock: {words}]]", samples=2).body)
        answers += [post(app, f"/api/v6/realtime/fetch/{job}").body for job in app.store.read(NAME).jobs]
        advance(app, 2.0)
    return answers


def test_after_a_reset_of_everything_the_same_run_is_the_same_byte_for_byte() -> None:
    app = app_of()
    first = run(app)
    reset(app, KEY, steer.PARTS, 0.0)
    assert run(app) == first
    assert run(app) != first, "without a reset it is another run"


def test_a_reset_of_jobs_leaves_no_job_to_fetch_and_no_webhook_to_send() -> None:
    app = app_of()
    job = said(order(app, "[[mock: processing eta=3]]", webhook=HOOK))
    reset(app, KEY, {"jobs"}, 0.0)
    assert fetched(app, job["id"]) == "failed"
    assert advance(app, 100.0) == []
    assert app.store.job_of_file(job["meta"]["file_prefix"]) is None


def test_resetting_the_clock_never_makes_an_ended_job_processing_again() -> None:
    app = app_of()
    job = said(order(app, "[[mock: processing eta=3]]"))["id"]
    advance(app, 3.0)
    assert fetched(app, job) == "success"
    reset(app, KEY, {"clock"}, 0.0)
    assert fetched(app, job) == "success"
    reset(app, KEY, {"jobs", "clock"}, 0.0)
    assert shown(app) == 0.0


def test_a_reset_leaves_other_sandboxes_alone() -> None:
    app = app_of()
    queue_story(app, "another-key", "http=503", times=1)
    reset(app, KEY, steer.PARTS, 0.0)
    assert order(app, key="another-key").status == 503


def test_a_part_may_be_given_alone_as_a_word() -> None:
    app = busy()
    reset(app, KEY, "stories", 0.0)
    assert stories_of(app, KEY) == []


def test_an_unknown_part_is_refused_and_nothing_is_reset() -> None:
    app = busy()
    with pytest.raises(SteerError, match="unknown part 'storys'; did you mean 'stories'"):
        reset(app, KEY, ["jobs", "storys"], 0.0)
    assert app.store.read(NAME).jobs


def test_a_plain_sandbox_is_not_steered() -> None:
    """What is new costs the plain road nothing: it is only asked whether there is anything."""
    held = app_of().store.read(NAME)
    assert (held.stories, held.attempts) == (None, {})
    app = app_of()
    app.commit(NAME, lambda _: Outcome([Attempted("a story")], None, []))
    reset(app, KEY, {"stories", "account"}, 0.0)
    assert app.store.read(NAME) == replace(held, version=2)
