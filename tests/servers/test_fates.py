"""What becomes of a webhook, seen by a real receiver: every word of the story, and what the outbox says of it."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modelslab_contracts.story_words import WEBHOOKS
from modelslab_mock import serve
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.engine.webhook_fates import FATES, LATE_S
from modelslab_mock.log import Log
from modelslab_mock.outbox import Delivery, Outbox
from modelslab_mock.settings import Settings
from modelslab_mock.wire import courier as courier_module
from modelslab_mock.wire.asgi import Wire
from modelslab_mock.wire.lanes import AT_ONCE
from modelslab_mock.wire.listen import listen

REALTIME = "/api/v6/realtime/text2img"
KEY = "k-fates"
NAME = sandbox_name(KEY)


class Receiver:
    """Takes webhooks on loopback; answers 204, never on /hang, 500 on /500, and runs `on_call` before it answers."""

    def __init__(self) -> None:
        self.came: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.on_call: Callable[[], Any] = lambda: None
        self.server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> str:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *rest = head.decode().split("\r\n")
                length = next(int(each.partition(":")[2]) for each in rest if each.lower().startswith("content-length"))
                body = json.loads(await reader.readexactly(length))
                path = line.split()[1]
                self.came.append(body)
                self.paths.append(path)
                self.on_call()
                if path == "/hang":
                    return
                code = b"500 No" if path == "/500" else b"200 OK"
                writer.write(b"HTTP/1.1 " + code + b"\r\ncontent-length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async def stop(self) -> None:
        assert self.server is not None
        self.server.close()
        for each in self._open:
            each.close()


def wait_until(what: Callable[[], list[Any]]) -> list[Any]:
    end = time.monotonic() + 15
    while not (found := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
    return found


class Lines:
    """A stream for a log."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


class House:
    """A server on a real socket, on a loop of its own thread, whose insides a test may look at; and a receiver."""

    def __init__(self, **chosen: Any) -> None:
        from uvicorn.server import Server

        settings = Settings(**{"clock": "frozen", "port": 0, **chosen})
        sockets = listen("127.0.0.1", 0)
        self.port = sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.lines = Lines()
        log = Log(stream=self.lines)  # type: ignore[arg-type] # as much of a stream as a log needs
        self.app = serve.make_app(settings, seed=1, origin=self.url, started=time.time(), log=log)
        config, _ = serve._server_config(settings, self.app, log, time.time())
        self.wire: Wire = config.app
        self.receiver = Receiver()
        self.loop = asyncio.new_event_loop()
        self._server = Server(config)
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        self.wire.clockwork.loop = self.loop
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.hook = self.run(self.receiver.start())
        self._serving = asyncio.run_coroutine_threadsafe(self._server._serve(sockets), self.loop)
        while not self._server.started:
            time.sleep(0.005)

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def post(self, words: str, *, path: str = "/hook", key: str = KEY, **more: Any) -> dict[str, Any]:
        order = {"key": key, "prompt": f"a fox [[mock: {words}]]", "width": 64, "height": 64, "track_id": "track-7"}
        return self.ask("POST", REALTIME, {"webhook": self.hook + path, **order, **more})

    def fetch(self, said: dict[str, Any], key: str = KEY) -> dict[str, Any]:
        return self.ask("POST", said["fetch_result"].removeprefix(self.url), {"key": key})

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, None if body is None else json.dumps(body), {"content-type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return dict(answer)

    def advance(self, seconds: float, name: str = NAME) -> Any:
        return self.wire.clockwork.advance_and_wait(name, seconds)

    def outbox(self, key: str = KEY) -> Outbox:
        return self.app.store.outbox(sandbox_name(key))

    def settled(self, key: str = KEY) -> list[Delivery]:
        """The deliveries of a key, once none is under way."""

        async def settle() -> list[Delivery]:
            while self.wire.courier._tasks:
                await asyncio.wait(self.wire.courier._tasks)
            return list(self.outbox(key))

        return list(self.run(settle()))

    def close(self) -> None:
        self._server.should_exit = True
        self._serving.result(10)
        self.run(self.wire.close())
        self.run(self.receiver.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture
def house() -> Iterator[House]:
    each = House()
    yield each
    each.close()


@pytest.fixture
def make_house() -> Iterator[Callable[..., House]]:
    made: list[House] = []

    def make(**chosen: Any) -> House:
        made.append(House(**chosen))
        return made[-1]

    yield make
    for each in made:
        each.close()


def statuses(delivery: Delivery) -> list[int | None]:
    return [each.status for each in delivery.attempts]


# --- fates -------------------------------------------------------------------------------------------------------------


def test_every_word_of_the_story_is_played_by_a_function_that_says_which_bug_it_exposes() -> None:
    assert sorted(FATES) == sorted(WEBHOOKS)
    for word, fate in FATES.items():
        assert f": catches clients that {WEBHOOKS[word].exposes}" in " ".join((fate.__doc__ or "").split())


def test_none_is_never_sent_and_leaves_no_trace(house: House) -> None:
    house.post("webhook=none")
    house.post("processing eta=5 webhook=none")
    assert house.advance(1000.0).fired == ()
    assert house.settled() == []
    assert house.receiver.came == []


def test_once_is_sent_once(house: House) -> None:
    said = house.post("webhook=once")
    (delivery,) = house.settled()
    (came,) = house.receiver.came
    assert (came["id"], came["status"], came["track_id"]) == (said["id"], "success", "track-7")
    assert (delivery.number, delivery.job_id, delivery.fate, delivery.answer) == (1, said["id"], "once", "success")
    assert (delivery.state, statuses(delivery), json.loads(delivery.body)) == ("delivered", [200], came)
    assert abs(delivery.attempts[0].real_at - time.time()) < 60
    assert 0 < delivery.attempts[0].took_s < 30
    assert delivery.due_at == clock_of(house)


def clock_of(house: House) -> float:
    return house.app.store.read(NAME).clock.now(0.0)


@pytest.mark.parametrize("words", ["", "processing eta=5", "processing polls=0"])
def test_twice_is_the_same_body_twice_the_second_after_the_first_was_answered(house: House, words: str) -> None:
    said = house.post(f"{words} webhook=twice")
    if "polls" in words:
        house.fetch(said)
    house.advance(10.0)
    deliveries = house.settled()
    assert [each["id"] for each in house.receiver.came] == [said["id"]] * 2
    assert deliveries[0].body == deliveries[1].body
    first, second = (each.attempts[0] for each in deliveries)
    assert second.real_at >= first.real_at + first.took_s - 1e-5


@pytest.mark.parametrize("words", ["", "processing eta=5", "processing polls=2", "processing ends=failed"])
def test_before_reply_is_answered_before_the_reply_is_written(house: House, words: str) -> None:
    seen: list[bytes] = []

    def look() -> None:
        try:
            seen.append(client.recv(15, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            seen.append(b"nothing yet")

    house.receiver.on_call = look
    order = {"key": KEY, "prompt": f"a fox [[mock: {words} webhook=before-reply]]", "webhook": house.hook + "/hook"}
    body = json.dumps(order).encode()
    head = f"POST {REALTIME} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", house.port)) as client:
        client.sendall(head.encode() + body)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    said = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert seen == [b"nothing yet"]
    assert said["status"] == ("processing" if words else "success")
    (came,) = house.receiver.came
    assert (came["id"], came["status"]) == (said["id"], "failed" if "failed" in words else "success")
    house.receiver.on_call = lambda: None
    if words:  # what the webhook said is so; only a road by polls has to be walked
        polls = [house.fetch(said)["status"] for _ in range(4)]
        expected = ["processing", "processing", "success", "success"] if "polls" in words else [came["status"]] * 4
        assert polls == expected
    house.advance(1000.0)
    assert len(house.settled()) == 1


def test_a_receiver_that_hangs_before_the_reply_holds_it_up_within_a_bound(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "AHEAD_WAIT_S", 0.3)
    begun = time.monotonic()
    said = house.post("webhook=before-reply", path="/hang")
    assert said["status"] == "success"
    assert 0.3 <= time.monotonic() - begun < 5


@pytest.mark.parametrize("words", ["", "processing eta=5", "processing polls=0"])
def test_late_comes_well_after_the_end_by_the_sandboxes_clock(house: House, words: str) -> None:
    said = house.post(f"{words} webhook=late")
    if "polls" in words:
        assert house.fetch(said)["status"] == "success"
    end = clock_of(house) + (5.0 if "eta" in words else 0.0)
    assert house.advance(end + LATE_S - clock_of(house) - 0.5).fired == ()
    assert not house.settled()
    (fired,) = house.advance(1000.0).fired
    assert (fired.at, fired.job_id) == (pytest.approx(end + LATE_S, abs=1e-6), said["id"])
    assert [each["id"] for each in house.receiver.came] == [said["id"]]


@pytest.mark.parametrize("fetches", [0, 2])
def test_late_comes_on_an_auto_clock_too(make_house: Callable[..., House], fetches: int) -> None:
    house = make_house(clock="auto")
    said = house.post("processing eta=5 webhook=late")
    arrived = threading.Event()
    house.receiver.on_call = arrived.set
    for _ in range(fetches):
        house.fetch(said)
    assert arrived.wait(15)
    (delivery,) = house.settled()
    assert clock_of(house) == delivery.due_at
    job = house.app.store.read(NAME).jobs[said["id"]]
    assert delivery.due_at == pytest.approx(job.submitted_at + 5 + LATE_S, abs=1e-6)


def test_lost_is_in_the_outbox_and_nowhere_else_until_it_is_sent_by_hand(house: House) -> None:
    said = house.post("webhook=lost")
    (delivery,) = house.settled()
    assert (delivery.state, delivery.attempts, delivery.why) == ("lost", (), "as the story asks")
    assert json.loads(delivery.body)["id"] == said["id"]
    assert house.receiver.came == []
    again = house.run(house.wire.courier.redeliver(NAME, delivery.number))
    assert (again.state, statuses(again)) == ("delivered", [200])
    assert [each["id"] for each in house.receiver.came] == [said["id"]]


def test_failed_tells_of_a_failure_though_the_job_went_well(house: House) -> None:
    said = house.post("processing eta=5 webhook=failed")
    house.advance(10.0)
    (came,) = house.receiver.came
    assert (came["id"], came["status"], came["track_id"]) == (said["id"], "failed", "track-7")
    assert came["message"]
    assert "output" not in came
    assert house.fetch(said)["status"] == "success"


def test_foreign_tells_of_a_job_that_this_client_never_had(house: House) -> None:
    said = house.post("webhook=foreign")
    (delivery,) = house.settled()
    (came,) = house.receiver.came
    assert came["status"] == "success"
    assert came["id"] not in (said["id"], None)
    assert came["track_id"] not in ("track-7", None)
    assert set(came["output"]).isdisjoint(said["output"])
    assert delivery.job_id == said["id"]
    stranger = {"fetch_result": said["output"][0].partition("/generations")[0] + f"/api/v6/realtime/fetch/{came['id']}"}
    assert house.fetch(stranger)["message"] == "Request not found"


def test_the_docs_have_a_row_for_every_word_and_no_other() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    assert sorted(re.findall(r"^\| `([a-z-]+)` \|", docs, re.MULTILINE)) == sorted(WEBHOOKS)
    assert f"{LATE_S:g} s after the end" in docs


# --- bad receivers and bounds ------------------------------------------------------------------------------------------


def test_a_receiver_that_never_answers_is_given_up_in_time_with_one_line(make_house: Callable[..., House]) -> None:
    house = make_house(webhook_timeout=0.3)
    said = house.post("success", path="/hang")
    (delivery,) = house.settled()
    assert (delivery.state, statuses(delivery), delivery.attempts[0].problem) == ("failed", [None], "no answer within 0.3 s")
    assert 0.3 <= delivery.attempts[0].took_s < 3
    house.wire.log.flush()
    assert [each for each in house.lines.text.splitlines() if "no answer" in each and str(said["id"]) in each]
    assert house.lines.text.count("no answer") == 1


def test_one_that_hangs_holds_up_no_other_sandbox_and_no_other_receiver(house: House) -> None:
    for _ in range(2 * AT_ONCE):
        house.post("success", path="/hang")
    said = house.post("success", key="k-other")
    (other,) = wait_until(lambda: [each for each in house.outbox("k-other") if each.state == "delivered"])
    assert other.job_id == said["id"]
    elsewhere = Receiver()
    hook = house.run(elsewhere.start())
    mine = house.post("success", webhook=hook + "/hook")
    wait_until(lambda: [each for each in house.outbox() if each.job_id == mine["id"] and each.state == "delivered"])
    house.run(elsewhere.stop())
    assert house.receiver.paths.count("/hang") <= AT_ONCE
    assert len(house.outbox().pending()) == 2 * AT_ONCE


def test_200_pending_deliveries_all_arrive(house: House) -> None:
    ids = {house.post("processing eta=5 webhook=once")["id"] for _ in range(200)}
    moved = house.advance(5.0)
    assert len(moved.fired) == 200
    deliveries = house.settled()
    assert {each["id"] for each in house.receiver.came} == ids
    assert [each.state for each in deliveries] == ["delivered"] * 200


def test_too_many_pending_are_refused_with_one_line_and_kept_in_the_outbox(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "MAX_PENDING", 3)
    for _ in range(8):
        house.post("success", path="/hang")
    wait_until(lambda: [1] if len(house.outbox()) == 8 else [])
    states = [each.state for each in house.outbox()]
    assert states == ["pending"] * 3 + ["refused"] * 5
    house.wire.log.flush()
    assert house.lines.text.count("are pending") == 1


def test_too_many_planned_are_refused_alike(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelslab_mock.engine.due.MAX_PENDING", 3)
    for _ in range(8):
        house.post("processing eta=5")
    wait_until(lambda: [1] if len(house.outbox()) == 5 else [])
    assert [each.state for each in house.outbox()] == ["refused"] * 5
    assert len(house.app.store.read(NAME).pending) == 3
    assert len(house.advance(10.0).fired) == 3
    house.wire.log.flush()
    assert house.lines.text.count("are pending") == 1


def test_a_redelivery_by_hand_is_another_attempt_with_the_same_body(house: House) -> None:
    house.post("success", path="/500")
    (first,) = house.settled()
    assert (first.state, statuses(first)) == ("failed", [500])
    again = house.run(house.wire.courier.redeliver(NAME, first.number))
    assert statuses(again) == [500, 500]
    assert house.receiver.came[0] == house.receiver.came[1]
    assert house.run(house.wire.courier.redeliver(NAME, 99)) is None
    assert house.run(house.wire.courier.redeliver("sb-00000000", 1)) is None
    assert not house.app.store.holds("sb-00000000")


def test_whoever_waits_for_a_delivery_is_told_of_every_change(house: House) -> None:
    told: list[tuple[str, int, str]] = []

    def note(sandbox: str, number: int) -> None:
        delivery = house.app.store.outbox(sandbox).get(number)
        assert delivery is not None
        told.append((sandbox, number, delivery.state))

    house.wire.courier.on_delivery = note
    house.post("success")
    house.settled()
    house.post("webhook=lost", webhook="http://example.com/hook")
    wait_until(lambda: told[2:])
    house.run(house.wire.courier.redeliver(NAME, 2))
    assert told == [(NAME, 1, "pending"), (NAME, 1, "delivered"), (NAME, 2, "lost"), (NAME, 2, "refused")]


def test_a_redelivery_goes_nowhere_that_a_delivery_may_not_go(house: House) -> None:
    house.post("webhook=lost", webhook="http://example.com/hook")
    (lost,) = house.settled()
    assert lost.state == "lost"
    again = house.run(house.wire.courier.redeliver(NAME, lost.number))
    assert (again.state, again.attempts) == ("refused", ())
    assert "--allow-webhook-host example.com" in again.why


def test_the_outbox_shows_no_key_and_no_user(house: House) -> None:
    key = "k-very-secret-key"
    hook = house.hook.replace("//", "//user:s3cret-word@") + f"/hook?key=short&token={key}"
    house.post("success", key=key, webhook=hook, track_id=f"for {key}")
    (delivery,) = house.settled(key)
    assert delivery.state == "delivered"
    told = json.dumps(delivery.as_json())
    assert not [each for each in (key, "s3cret-word", "key=short") if each in told]
    assert "***" in delivery.url
    assert house.receiver.came[0]["track_id"] == f"for {key}"
