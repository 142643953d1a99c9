"""MockServer with a port: a real server on loopback, for whoever is not in this process or meets nothing in it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

pytest.importorskip("time_machine", reason="time-machine is not installed")

from modelslab_mock import MockScope, MockServer, MockServerError, MockServerFailure
from modelslab_mock.wire.wall_clock import real_now

SUBMIT = "/api/v6/realtime/text2img"
CLIENT = httpx.Client(trust_env=False, timeout=30)


@pytest.fixture(scope="module", autouse=True)
def _let_go() -> Iterator[None]:
    yield
    CLIENT.close()


def submit(mock: MockScope, key: str = "some-key", **more: Any) -> Any:
    return CLIENT.post(mock.url + SUBMIT, json={"key": key, "prompt": "a fox", **more}).json()


def fetch(answer: Any, key: str = "some-key") -> Any:
    return CLIENT.post(answer["fetch_result"], json={"key": key}).json()


def test_it_serves_on_loopback_and_owns_all_that_comes() -> None:
    with MockServer("processing eta=5", port=0) as mock:
        assert mock.url.startswith("http://127.0.0.1:")
        job = submit(mock, "one-key")
        assert job["fetch_result"].startswith(mock.url)
        assert [fetch(job, "another-key")["status"] for _ in range(2)] == ["processing", "success"]
        assert CLIENT.get(mock.jobs[0].output[0]).headers["content-type"] == "image/png"
        assert mock.clock.elapsed >= 5
        assert [each.status for each in mock.journal] == [200] * 4
        assert [each.job_id for each in mock.journal.find(path="*/fetch/*", answer="success")] == [job["id"]]
        listed = CLIENT.get(mock.url + "/__mock/sandboxes/by-key/jobs", headers={"key": mock.key}).json()
        assert listed["jobs"][0]["id"] == job["id"]
    with pytest.raises(httpx.ConnectError):
        submit(mock)


def test_the_same_seed_gives_the_same_ids_with_and_without_a_port() -> None:
    ids = []
    for port in (None, 0):
        with MockServer(port=port) as mock:
            ids.append(submit(mock)["id"])
    assert ids[0] == ids[1]


def test_webhooks_arrive_in_the_inbox() -> None:
    with MockServer("processing eta=5 webhook=twice", port=0, clock="frozen") as mock:
        job = submit(mock, "sk-very-secret", webhook=mock.inbox.url)
        assert (list(mock.inbox.messages), list(mock.webhooks)) == ([], [])
        mock.clock.advance(5)
        assert mock.wait_for("webhook").state == "delivered"
        first = mock.wait_for("message")
        second = mock.inbox.wait(after=first.number)
        assert [each.as_json()["json"]["id"] for each in (first, second)] == [job["id"]] * 2
        assert mock.wait_for("webhook", job=job["id"], state="delivered").url == mock.inbox.url
        assert b"sk-very-secret" not in first.body
        with pytest.raises(MockServerError, match="in vain for a message to the inbox"):
            mock.inbox.wait(after=2, within=0.05)


def test_an_inbox_hears_from_anybody() -> None:
    with MockServer(port=0) as mock:
        began = real_now()
        threading.Timer(0.1, lambda: CLIENT.post(mock.inbox.url, json={"hello": "you"})).start()
        assert mock.inbox.wait(within=120).as_json()["json"] == {"hello": "you"}
        assert real_now() - began < 60  # woken, not out of patience


def test_waiting_for_what_another_thread_does() -> None:
    with MockServer("processing", port=0) as mock:
        client = threading.Timer(0.1, lambda: [fetch(job) for job in [submit(mock)] * 2])
        client.start()
        assert mock.wait_for("exchange", answer="success").path.startswith("/api/v6/realtime/fetch/")
        assert mock.wait_for("job").status == "success"
        client.join()


def test_its_failures_are_the_same() -> None:
    with pytest.raises(MockServerFailure) as caught, MockServer("processing", port=0) as mock:
        submit(mock, width=9_999)
        CLIENT.post(mock.url + SUBMIT, json={"prompt": "no key"})
        CLIENT.get(mock.url + "/api/v6/nowhere")
    for part in ("story 1 was never used", "/width must be", "/key must be", "/api/v6/nowhere is no call"):
        assert part in str(caught.value)


def test_time_is_tied_where_one_asks_for_it() -> None:
    with MockServer("processing eta=3600", port=0, clock="frozen", tied=True) as mock:
        began, job, started = time.monotonic(), submit(mock), real_now()
        while job["status"] == "processing":
            time.sleep(60)
            job = fetch({"fetch_result": f"{mock.url}/api/v6/realtime/fetch/{mock.jobs[0].id}"})
        assert 3_600 <= time.monotonic() - began <= 3_661
        assert mock.clock.elapsed >= 3_600
        assert real_now() - started < 30


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(MockServerError, match=r"port \d+ on 127\.0\.0\.1 is in use"):
            MockServer(port=taken.getsockname()[1]).__enter__()


def test_a_server_that_is_gone_says_so() -> None:
    with MockServer(port=0) as mock:
        submit(mock)
    with pytest.raises(MockServerError, match="the server has stopped"):
        mock.story("success")
