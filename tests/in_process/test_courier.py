"""Webhooks of an emulator in the process: when they come, what becomes of them, and what is left behind."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

pytest.importorskip("aiohttp", reason="aiohttp is not installed")

from modelslab_mock.app import App
from modelslab_mock.engine.webhook_fates import FATES
from modelslab_mock.log import Log
from modelslab_mock.settings import make_settings
from modelslab_mock.steer import reset
from modelslab_mock.ways.in_process.answering import Answer, InProcess, arrived
from modelslab_mock.ways.in_process.courier import InProcessCourier
from modelslab_mock.ways.in_process.intercept import Interception, current
from modelslab_mock.ways.in_process.sandbox_time import SandboxTime
from modelslab_mock.wire import courier as wire_courier
from modelslab_mock.wire.wall_clock import real_now

from .clients import BEGAN, CLIENTS, RAISES
from .webhooks import HOST, INBOX, KEY, NAME, SUBMIT, Receiver, order, outbox, own_threads, submit, until

# --- what becomes of a webhook -----------------------------------------------------------------------------------------

#: word of the story -> state of each delivery in the outbox, and the status that each call told.
BECOMES: dict[str, tuple[list[str], list[str]]] = {
    "none": ([], []),
    "once": (["delivered"], ["success"]),
    "twice": (["delivered", "delivered"], ["success", "success"]),
    "before-reply": (["delivered"], ["success"]),
    "late": ([], []),
    "lost": (["lost"], []),
    "failed": (["delivered"], ["failed"]),
    "foreign": (["delivered"], ["success"]),
}


@pytest.mark.parametrize("fate", FATES)
def test_a_webhook_goes_as_the_story_says(fate: str, receiver: Receiver, make_courier: Callable[..., InProcessCourier]) -> None:
    courier = make_courier()
    with Interception(courier.way()):
        said = submit(receiver.url(), f"success webhook={fate}")
    assert courier.settle(15)
    states, told = BECOMES[fate]
    assert [each.state for each in outbox(courier)] == states
    assert [each["status"] for each in receiver.bodies] == told
    assert all((each["id"] == said["id"]) is (fate != "foreign") for each in receiver.bodies)
    if fate == "late":
        assert [each.job_id for each in courier.advance(NAME, 300).fired] == [said["id"]]
        assert [(each.state, each.due_at) for each in outbox(courier)] == [("delivered", BEGAN + 300)]


def test_a_receiver_that_fails_or_is_not_there_is_told_of_in_the_outbox(
    receiver: Receiver, make_courier: Callable[..., InProcessCourier]
) -> None:
    courier = make_courier()
    with Interception(courier.way()):
        submit(receiver.url("/500"))
        submit("http://127.0.0.1:1/nobody")
    assert courier.settle(15)
    failed, nobody = outbox(courier)
    assert (failed.state, failed.outcome) == ("failed", "the receiver answered 500")
    assert nobody.state == "failed"
    assert "ConnectError" in nobody.outcome


@pytest.mark.parametrize("url", ["https://modelslab.com/hook", "http://cdn2.stablediffusionapi.com/x", "http://example.com/"])
def test_elsewhere_is_refused_as_on_a_server_the_vendors_own_hosts_too(
    url: str, make_courier: Callable[..., InProcessCourier]
) -> None:
    courier = make_courier()
    with Interception(courier.way()):
        assert submit(url)["status"] == "success"
        assert courier.settle(15)
    (refused,) = outbox(courier)
    assert refused.state == "refused"
    assert "only loopback is allowed" in refused.why


def test_what_the_emulator_sends_is_not_met_by_its_own_interception(make_courier: Callable[..., InProcessCourier]) -> None:
    courier = make_courier()

    async def look() -> object:
        return current()

    with Interception(courier.way()) as way:
        assert current() is way
        assert courier._loop.run(look()).result(15) is None


@pytest.mark.parametrize("name", CLIENTS)
def test_a_webhook_ahead_is_answered_before_the_client_has_its_reply(
    name: str, receiver: Receiver, make_courier: Callable[..., InProcessCourier]
) -> None:
    seen: list[str] = []

    def look(body: dict[str, Any]) -> None:
        time.sleep(0.1)
        seen.append(f"told of {body['id']}")

    receiver.on_call = look
    courier = make_courier()
    with Interception(courier.way()):
        got = CLIENTS[name]("POST", HOST + SUBMIT, order(receiver.url(), "processing eta=5 webhook=before-reply"))
        seen.append(f"answered with {got.json['id']}")
    job = got.json["id"]
    assert got.json["status"] == "processing"
    assert seen == [f"told of {job}", f"answered with {job}"]
    assert courier.settle(15)
    assert [each.state for each in outbox(courier)] == ["delivered"]


@pytest.mark.parametrize("name", CLIENTS)
def test_a_receiver_that_hangs_holds_a_reply_up_only_so_long(
    name: str, receiver: Receiver, make_courier: Callable[..., InProcessCourier], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_courier, "AHEAD_WAIT_S", 0.1)
    with Interception(make_courier().way()):
        got = CLIENTS[name]("POST", HOST + SUBMIT, order(receiver.url("/hang"), "success webhook=before-reply"), timeout=30)
    assert got.json["status"] == "success"


@pytest.mark.parametrize("words", ["success webhook=before-reply", "success+slow=9"])
@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_that_gives_up_waiting_is_told_all_the_same(
    name: str, words: str, receiver: Receiver, make_courier: Callable[..., InProcessCourier]
) -> None:
    receiver.on_call = lambda _: time.sleep(0.5) if "before" in words else None
    courier = make_courier()
    with Interception(courier.way()), pytest.raises(RAISES[name][2]):
        CLIENTS[name]("POST", HOST + SUBMIT, order(receiver.url(), words), timeout=0.05)
    until(lambda: receiver.bodies)
    assert courier.settle(15)
    assert [each.state for each in outbox(courier)] == ["delivered"]
    assert len(receiver.bodies) == 1


# --- when it comes -----------------------------------------------------------------------------------------------------


def test_a_job_is_told_by_time(receiver: Receiver, make_courier: Callable[..., InProcessCourier]) -> None:
    courier = make_courier(clock="scaled:100")
    with Interception(courier.way()):
        late, soon = submit(receiver.url(), "processing eta=50"), submit(receiver.url(), "processing eta=20")
        until(lambda: len(receiver.bodies) == 2)
    assert [each["id"] for each in receiver.bodies] == [soon["id"], late["id"]]


def test_on_an_auto_clock_a_job_is_told_though_nobody_fetches_it(
    receiver: Receiver, make_courier: Callable[..., InProcessCourier]
) -> None:
    courier = make_courier(clock="auto")
    began = real_now()
    with Interception(courier.way()):
        said = submit(receiver.url(), "processing eta=3600")
        until(lambda: receiver.bodies)
        assert real_now() - began >= 0.05
        assert requests.post(said["fetch_result"], json={"key": KEY}).json()["status"] == "success"
    assert [each["id"] for each in receiver.bodies] == [said["id"]]


def test_a_clock_that_is_moved_stops_at_each_webhook(receiver: Receiver, make_courier: Callable[..., InProcessCourier]) -> None:
    courier = make_courier()
    shown: list[float] = []
    receiver.on_call = lambda _: shown.append(courier.panel.store.look(NAME).clock.now(0.0) - BEGAN)
    with Interception(courier.way()):
        for eta in (20, 10, 70):
            submit(receiver.url(), f"processing eta={eta}")
        moved = courier.advance(NAME, 60)
    assert [each.at - BEGAN for each in moved.fired] == shown == [10, 20]
    assert (moved.now - BEGAN, moved.pending) == (60, ())


def test_stopped_clocks_of_a_test_do_not_stop_webhooks(
    receiver: Receiver, make_courier: Callable[..., InProcessCourier]
) -> None:
    freezegun = pytest.importorskip("freezegun")
    courier = make_courier(clock="auto")
    with freezegun.freeze_time("2031-05-05"), Interception(courier.way()):
        submit(receiver.url(), "processing eta=9")
        began = real_now()
        while not receiver.bodies:
            assert real_now() - began < 15
    assert courier.settle(15)


def test_what_belongs_to_jobs_that_were_reset_meanwhile_is_let_go(make_courier: Callable[..., InProcessCourier]) -> None:
    courier = make_courier()
    way = courier.way()
    body = requests.Request("POST", HOST + SUBMIT, json=order(INBOX)).prepare()
    answers = [way.answer("POST", "https", SUBMIT, {"content-type": "application/json"}, bytes(body.body)) for _ in "12"]  # type: ignore[arg-type]
    reset(courier.panel.emulator, NAME, ["jobs"], real_now())
    for each in answers:
        way.delivered(each)  # type: ignore[arg-type] # nothing was to come ahead of it
    assert courier.settle(15)
    assert outbox(courier) == []


# --- without a socket --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [INBOX, "http://127.0.0.1:4777/__mock/inbox/mine"])
def test_an_inbox_of_ours_takes_no_socket(url: str, make_courier: Callable[..., InProcessCourier], network: list[str]) -> None:
    courier = make_courier()
    with Interception(courier.way()):
        assert own_threads() == []
        said = submit(url + "?a=b")
        assert courier.settle(15)
        assert len(own_threads()) == 1
    (message,) = courier.panel.inboxes.messages("mine")
    assert (message.as_json()["json"]["id"], message.query) == (said["id"], "a=b")
    assert network == []


def test_orders_of_many_threads_are_all_told_once(make_courier: Callable[..., InProcessCourier]) -> None:
    courier = make_courier()
    with Interception(courier.way()), ThreadPoolExecutor(16) as pool:
        words = ["success", "processing eta=3", "success webhook=twice", "success webhook=before-reply"] * 12
        jobs = [each["id"] for each in pool.map(lambda each: submit(INBOX, each), words)]
        assert courier.advance(NAME, 5).pending == ()
        assert courier.settle(15)
    expected = sorted(job for job, each in zip(jobs, words, strict=True) for _ in range(2 if "twice" in each else 1))
    assert sorted(each.job_id for each in outbox(courier)) == expected
    assert {each.state for each in outbox(courier)} == {"delivered"}
    assert len(courier.panel.inboxes.messages("mine")) == len(expected)


LOADED = """
import json, sys
import requests
from modelslab_mock import serve
from modelslab_mock.log import Log
from modelslab_mock.settings import make_settings
from modelslab_mock.ways.in_process.courier import InProcessCourier
from modelslab_mock.ways.in_process.intercept import Interception

settings, log = make_settings({"quiet": True}, {}), Log("text", True)
app = serve.make_app(settings, seed=1, origin="http://127.0.0.1:4777", started=1.8e9, log=log)
host = "https://modelslab.com"
with InProcessCourier(app, settings, log) as courier, Interception(courier.way()):
    inbox = host + "/__mock/inbox/a"
    requests.post(host + "/api/v6/realtime/text2img", json={"key": "k", "prompt": "a fox", "webhook": inbox})
    first = requests.get(host + "/__mock/inboxes/a?wait=match&timeout=20").json()["messages"]
    requests.get(host + "/health")
    requests.delete(host + "/__mock/inboxes/a")
    before = sorted(sys.modules)
    requests.get(host + "/__mock/version")
print(json.dumps({"came": len(first), "before": before, "after": sorted(sys.modules)}))
"""


def test_nothing_slow_is_loaded_for_webhooks_and_inboxes() -> None:
    import json

    done = subprocess.run([sys.executable, "-W", "error", "-c", LOADED], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["came"] == 1
    assert not {"fastapi", "pydantic", "httpx", "uvicorn"} & set(told["before"])
    assert "fastapi" in told["after"]


def test_what_the_settings_say_of_answers_holds_here_too(make_courier: Callable[..., InProcessCourier]) -> None:
    way = make_courier(latency=0.25, cors=False, max_body=10).way()

    def ask(method: str, path: str, body: bytes = b"") -> Answer:
        return arrived(way.answer(method, "https", path, {"content-type": "application/json"}, body), 15)

    for method, path, delay_s in (("POST", SUBMIT, 0.25), ("GET", "/health", 0.25), ("GET", INBOX[len(HOST) :], 0.0)):
        answer = ask(method, path)
        assert answer.delay_s == delay_s
        assert not [name for name, _ in answer.headers if name.startswith("access-control")]
    assert ask("POST", SUBMIT, b"x" * 11).status == 413
    head, whole = ask("HEAD", "/health"), ask("GET", "/health")
    assert (head.status, head.body, bool(whole.body)) == (200, b"", True)


def test_the_seams_are_enough_for_those_who_wire_them_by_hand(make_courier: Callable[..., InProcessCourier]) -> None:
    courier = make_courier()
    asked: list[str] = []
    way = InProcess(
        courier.panel.emulator,  # type: ignore[arg-type] # an App
        follow_up=courier.follow_up,
        control=courier.control,
        before=lambda request: asked.append(request.path),
    )
    with Interception(way):
        for words in ("success webhook=before-reply", "success webhook=twice", "processing eta=5"):
            submit(INBOX, words)
        clock = SandboxTime(courier.panel.emulator, lambda: [NAME], BEGAN, courier.carry_out)
        clock.advance_to(BEGAN + 60)
        assert clock.now() == BEGAN + 60
        assert courier.settle(15)
        assert len(requests.get(HOST + "/__mock/inboxes/mine").json()["messages"]) == 4
    assert asked == [SUBMIT] * 3  # looking is no request of a client


def test_the_log_tells_of_the_answer_and_then_of_the_webhook(make_app: Callable[..., App]) -> None:
    lines, settings = io.StringIO(), make_settings({"clock": "frozen"}, {})
    with InProcessCourier(make_app(), settings, Log("text", stream=lines)) as courier, Interception(courier.way()):
        job = submit(INBOX)["id"]
        assert courier.settle(15)
    answer, webhook = lines.getvalue().splitlines()
    assert f"200 POST {SUBMIT}  success  {NAME} job {job}" in answer
    assert webhook.strip() == f"webhook success for job {job} to {HOST}: the receiver answered 200"


# --- its loop ----------------------------------------------------------------------------------------------------------


def test_whoever_asks_and_the_loop_take_turns(make_courier: Callable[..., InProcessCourier]) -> None:
    courier = make_courier()
    turn, working, go_on = courier.panel.emulator.turn, threading.Event(), threading.Event()

    async def work() -> str:
        working.set()
        go_on.wait(15)
        await asyncio.sleep(0)
        return "done"

    courier._loop.run(asyncio.sleep(0)).result(15)
    with turn:  # it cannot begin before
        done = courier._loop.run(work())
        assert not working.wait(0.05)
    assert working.wait(15)
    assert not turn.acquire(timeout=0.05)
    go_on.set()
    assert done.result(15) == "done"
    assert turn.acquire(timeout=15)
    turn.release()


def test_its_loop_has_the_real_time_whatever_became_of_the_clocks(
    make_courier: Callable[..., InProcessCourier], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1e9)
    make_courier()._loop.run(asyncio.sleep(0.01)).result(15)


def test_what_keeps_the_loop_from_starting_is_told_to_whoever_needs_it(
    make_courier: Callable[..., InProcessCourier], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forbidden(RuntimeError):
        pass

    def socketpair(*_: Any) -> Any:
        raise Forbidden("no sockets in this test")

    courier = make_courier()
    with Interception(courier.way()), monkeypatch.context() as patch:
        patch.setattr("socket.socketpair", socketpair)  # as pytest-socket does, in effect
        with pytest.raises(Forbidden, match="no sockets"):
            submit(INBOX)
        with pytest.raises(Forbidden):
            courier.advance(NAME, 1)
        assert requests.post(HOST + SUBMIT, json={"key": KEY, "prompt": "a fox"}).json()["status"] == "success"
    assert courier.settle(0)


# --- the end -----------------------------------------------------------------------------------------------------------


def test_the_end_lets_go_of_what_is_under_way_and_of_what_comes_later(
    receiver: Receiver, make_courier: Callable[..., InProcessCourier]
) -> None:
    courier = make_courier()
    with Interception(courier.way()) as way:
        submit(receiver.url("/hang"))
        until(lambda: receiver.bodies)
        assert not courier.settle(0.01)
        courier.close()
        courier.close()
        assert own_threads() == []
        assert submit(receiver.url())["status"] == "success"
        assert submit(receiver.url(), "success webhook=before-reply")["status"] == "success"
        with pytest.raises(requests.ConnectionError):
            requests.get(HOST + "/__mock/inboxes")
    assert [each.state for each in outbox(courier)] == ["pending"]
    assert way.pictures_drawn == 0


def test_somebody_who_waits_for_an_inbox_hears_of_the_end(make_courier: Callable[..., InProcessCourier]) -> None:
    courier = make_courier()
    with Interception(courier.way()), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(requests.get, HOST + "/__mock/inboxes/mine?wait=match&timeout=60")
        until(lambda: courier.panel.inboxes._waiting)
        courier.close()
        with pytest.raises(requests.ConnectionError):
            waiting.result(15)
