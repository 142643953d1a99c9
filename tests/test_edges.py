"""Edges of the engine that its other tests pass by: each of these fails for one small, plausible mistake."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from modelslab_mock import steer
from modelslab_mock.app import App
from modelslab_mock.engine import ids, webhook_fates
from modelslab_mock.engine.clock import JUST_BEFORE_S
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.engine.inputs import AdvanceInput, Deliver, Nudge, Outcome, SettleInput, TickInput
from modelslab_mock.engine.sandbox import ClockMoved
from modelslab_mock.log import Log
from modelslab_mock.messages import Request, Response
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

KEY = "a-key-of-the-tests"
NAME = sandbox_name(KEY)
HOOK = {"webhook": "http://localhost/hook"}


def app_of(clock: str = "frozen") -> App:
    return make_app(Settings(clock=clock), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))


def post(app: App, path: str, now: float = 0.0, **fields: Any) -> Response:
    body = json.dumps({"key": KEY, **fields}).encode()
    return app.handle(Request("POST", path, {"content-type": "application/json"}, body), now)


def submit(app: App, words: str, *, path: str = "/api/v6/realtime/text2img", **fields: Any) -> tuple[dict[str, Any], Response]:
    response = post(app, path, prompt=f"a fox [[mock: {words}]]", **fields)
    return json.loads(response.body), response


def fetch(app: App, said: dict[str, Any]) -> Response:
    return post(app, urlsplit(said["fetch_result"]).path)


def move(app: App, moment: float) -> list[Deliver]:
    app.commit(NAME, lambda held: Outcome([ClockMoved(held.clock.moved_to(moment, 0.0))], None, []))
    return [each for each in app.tick(NAME, TickInput(), 0.0) if isinstance(each, Deliver)]


def settle(app: App, said: dict[str, Any], how: Any = "success") -> list[Deliver]:
    return [each for each in app.tick(NAME, SettleInput(int(said["id"]), how), 0.0) if isinstance(each, Deliver)]


def look(app: App, link: str) -> int:
    return app.handle(Request("GET", urlsplit(link).path), 0.0).status


# --- ends by hand ------------------------------------------------------------------------------------------------------


def test_a_job_that_has_ended_by_itself_cannot_be_ended_by_hand() -> None:
    app = app_of()
    said, _ = submit(app, "processing eta=4", **HOOK)
    assert [each.answer for each in move(app, 4.0)] == ["success"]
    assert settle(app, said, "failed") == []
    assert json.loads(fetch(app, said).body)["status"] == "success"


@pytest.mark.parametrize(("how", "told"), [("success", "success"), ("failed", "failed"), ("error", "failed")])
def test_the_webhook_of_an_end_by_hand_tells_that_end_and_no_other(how: str, told: str) -> None:
    app = app_of()
    said, _ = submit(app, "processing eta=4 ends=" + ("failed" if how == "success" else "success"), **HOOK)
    assert [(each.answer, each.due_at) for each in settle(app, said, how)] == [(told, 0.0)]
    assert move(app, 1000.0) == [], "what was planned for the end by time is off"


def test_a_webhook_that_came_before_the_reply_does_not_come_again_at_an_end_by_hand() -> None:
    app = app_of()
    said, response = submit(app, "processing polls=3 webhook=before-reply", **HOOK)
    assert [each.ahead for each in response.effects if isinstance(each, Deliver)] == [True]
    assert settle(app, said) == []


@pytest.mark.parametrize(
    ("words", "hook", "status"),
    [("success", HOOK, 200), ("success", {}, 404), ("failed", HOOK, 404), ("empty", HOOK, 404), ("never", HOOK, 404)],
)
def test_what_a_webhook_before_the_reply_promises_is_there_though_fetches_say_processing(
    words: str, hook: dict[str, str], status: int
) -> None:
    app = app_of()
    said, _ = submit(app, f"processing polls=2 webhook=before-reply ends={words}", **hook)
    assert [look(app, said["future_links"][0]), json.loads(fetch(app, said).body)["status"]] == [status, "processing"]


def test_once_a_job_was_ended_by_hand_the_rest_of_its_polls_is_not_played() -> None:
    app = app_of()
    said, _ = submit(app, "processing polls=http=502,http=502,http=502")
    assert fetch(app, said).status == 502
    settle(app, said)
    after = fetch(app, said)
    assert (after.status, json.loads(after.body)["status"]) == (200, "success")


# --- webhooks ----------------------------------------------------------------------------------------------------------


def test_an_order_answered_at_once_is_told_before_its_reply_whatever_its_road_would_be() -> None:
    """A job that was never queued has no road, so `ends=never` is not about it."""
    _, response = submit(app_of(), "success ends=never webhook=before-reply", **HOOK)
    assert [(each.answer, each.ahead) for each in response.effects if isinstance(each, Deliver)] == [("success", True)]
    _, response = submit(app_of(), "processing ends=never webhook=before-reply", **HOOK)
    assert response.effects == []


def test_in_auto_a_late_webhook_is_nudged_by_the_fetch_that_ends_the_job() -> None:
    """The nudge of the submit comes while the client is polling, and leaves the clock to it."""
    app = app_of("auto")
    said, _ = submit(app, "processing eta=4 webhook=late", **HOOK)
    assert fetch(app, said).effects == []
    assert [each.job_id for each in fetch(app, said).effects if isinstance(each, Nudge)] == [int(said["id"])]


# --- time --------------------------------------------------------------------------------------------------------------


def test_in_auto_a_first_fetch_right_before_the_end_never_turns_time_back() -> None:
    app = app_of("auto")
    said, _ = submit(app, "processing eta=4")
    so_late = 4.0 - JUST_BEFORE_S / 2
    move(app, so_late)
    assert json.loads(fetch(app, said).body)["status"] == "processing"
    assert app.store.read(NAME).fetches[int(said["id"])] == [so_late]


def test_a_clock_that_became_real_is_not_moved_and_nothing_is_due_ahead_of_it() -> None:
    """Somebody sets it while somebody else is moving it."""
    app = app_of("real")
    said, _ = submit(app, "processing eta=4", **HOOK)
    assert app.tick(NAME, AdvanceInput(10.0), 1.0) == []
    assert app.store.read(NAME).pending == {int(said["id"]): 4.0}
    (hook,) = app.tick(NAME, AdvanceInput(10.0), 4.0)
    assert isinstance(hook, Deliver)


def test_a_tenth_of_a_second_is_the_smallest_part_of_an_eta() -> None:
    app = app_of()
    for n in range(20):
        said, _ = submit(app, "processing", samples=1 + n % 4)
        job = app.store.read(NAME).jobs[int(said["id"])]
        assert job.takes_s == said["eta"] == round(said["eta"], 1)
        assert job.takes_s > 0


# --- pictures ----------------------------------------------------------------------------------------------------------


def test_a_picture_expires_at_its_second_exactly() -> None:
    app = app_of()
    links = submit(app, "success pictures=expires:60")[0]["output"]
    for moment, status in ((59.999, 200), (60.0, 404)):
        move(app, moment)
        assert look(app, links[0]) == status


@pytest.mark.parametrize("road", ["eta=30", "polls=1"])
def test_a_picture_expires_by_the_end_of_its_job_and_not_by_its_order(road: str) -> None:
    app = app_of()
    said, _ = submit(app, f"processing {road} pictures=expires:60")
    fetch(app, said)
    move(app, 30.0)
    done = json.loads(fetch(app, said).body)
    assert done["status"] == "success"
    for moment, status in ((89.0, 200), (90.0, 404)):
        move(app, moment)
        assert look(app, done["output"][0]) == status


def test_an_order_answered_at_once_has_its_pictures_whatever_its_road_would_be() -> None:
    assert submit(app_of(), "success ends=empty")[0]["output"]
    said, _ = submit(app := app_of(), "processing polls=0 ends=empty")
    assert json.loads(fetch(app, said).body)["output"] == []


def test_an_order_answered_at_once_is_there_for_fetches_too_whatever_its_road_would_be() -> None:
    app = app_of()
    said, _ = submit(app, "success ends=503")
    reply = post(app, f"/api/v6/realtime/fetch/{said['id']}")
    assert (reply.status, json.loads(reply.body)["status"]) == (200, "success")


def test_part_of_the_output_is_one_picture_at_least() -> None:
    app = app_of()
    said, _ = submit(app, "processing polls=processing+output=partial", samples=1)
    part = json.loads(fetch(app, said).body)
    assert part["status"] == "processing"
    assert len(part["output"]) == 1


# --- accounts and stories ----------------------------------------------------------------------------------------------


def test_the_account_is_asked_when_the_answer_that_is_due_leaves_it_to_the_order() -> None:
    """It is the answer of this attempt that counts, not the first of the list."""
    app = app_of()
    steer.set_account(app, KEY, {"credits": 0})
    steer.queue_story(app, KEY, {"submit": ["unavailable", "default"]})
    answers = [post(app, "/api/v6/realtime/text2img", prompt="a fox") for _ in range(2)]
    assert answers[0].status == 503
    assert "credit" in json.loads(answers[1].body)["message"]
    assert app.store.read(NAME).submitted == 0


def test_a_foreign_webhook_never_names_a_job_of_this_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids are drawn; one that is taken, or that of the job itself, is drawn again."""
    app = app_of()
    first, _ = submit(app, "success")
    drawn: list[int] = []

    def draw(seed: int, name: str, n: int, attempt: int) -> Any:
        found = ids.draw(seed, name, n, attempt)
        drawn.append(attempt)
        return found._replace(job_id=int(first["id"])) if attempt == 0 else found

    monkeypatch.setattr(webhook_fates, "draw", draw)
    said, response = submit(app, "success webhook=foreign", **HOOK)
    (hook,) = (each for each in response.effects if isinstance(each, Deliver))
    assert hook.job.id not in (int(first["id"]), int(said["id"]))
    assert drawn == [0, 1]
