"""Webhooks of a scope without a socket: to the inbox, and to a receiver that a test runs itself."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

pytest.importorskip("time_machine", reason="time-machine is not installed")

from modelslab_mock import MockServer, MockServerError

from .asking import SUBMIT, fetch, submit


def test_one_comes_at_its_moment_while_the_client_sleeps() -> None:
    with MockServer("processing eta=30 webhook=twice") as mock:
        job = submit("sk-very-secret", webhook=mock.inbox.url)
        assert list(mock.inbox.messages) == []
        time.sleep(60)
        assert [each.as_json()["json"]["id"] for each in mock.inbox.messages] == [job["id"]] * 2
        assert [(each.state, round(each.due_at - mock.clock.began)) for each in mock.webhooks] == [("delivered", 30)] * 2
        bodies = [each.body for each in mock.inbox.messages] + [each.body for each in mock.webhooks]
        assert b"sk-very-secret" not in b"".join(bodies)
        assert mock.clock.elapsed == 60


def test_one_comes_when_the_test_moves_the_clock() -> None:
    with MockServer("processing eta=30", clock="frozen") as mock:
        submit(webhook=mock.inbox.url)
        mock.clock.advance(29)
        assert not mock.webhooks
        mock.clock.advance(1)
        assert mock.wait_for("webhook").state == "delivered"
        assert mock.wait_for("message").number == 1


def test_all_that_are_due_on_the_way_come_when_the_test_moves_the_clock_far() -> None:
    with MockServer(clock="frozen") as mock:
        for eta in (10, 20):
            mock.story(f"processing eta={eta}", times=1)
            submit(webhook=mock.inbox.url)
        assert mock.clock.advance(30) == 30
        assert [round(each.due_at - mock.clock.began) for each in mock.webhooks] == [10, 20]
        mock.inbox.wait(after=1)


@pytest.mark.parametrize("port", [None, 0])
def test_one_comes_when_a_clock_that_stood_still_runs_again(port: int | None) -> None:
    with MockServer(clock="frozen", tied=False, port=port) as mock:
        for eta in (0.05, 1.5):
            mock.story(f"processing eta={eta}", times=1)
            body = {"key": "some-key", "prompt": "a fox", "webhook": mock.inbox.url}
            requests.post(mock.url + SUBMIT, json=body, timeout=20)
        time.sleep(0.1)
        assert not mock.webhooks
        mock.clock.mode = "real"
        assert mock.inbox.wait(within=60).number == 1
        assert mock.inbox.wait(after=1, within=60).number == 2


def test_one_comes_by_itself_where_nobody_fetches() -> None:
    with MockServer("processing eta=30") as mock:
        submit(webhook=mock.inbox.url)
        assert mock.inbox.wait(within=60).as_json()["json"]["status"] == "success"
        assert mock.clock.elapsed == 30


def test_one_that_a_story_loses_is_told_of_and_the_fetch_is_left() -> None:
    with MockServer("processing eta=30 webhook=lost") as mock:
        job = submit(webhook=mock.inbox.url)
        time.sleep(31)
        assert fetch(job)["status"] == "success"
        assert mock.wait_for("webhook", state="lost").job_id == job["id"]
        with pytest.raises(MockServerError, match="in vain for a message"):
            mock.inbox.wait(within=0.05)


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[Any]]]:
    """A receiver as people write them, on loopback: its address, and what came."""
    came: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", came
    server.shutdown()
    thread.join()
    server.server_close()


def test_one_reaches_a_receiver_of_the_test_before_the_client_wakes(receiver: tuple[str, list[Any]]) -> None:
    url, came = receiver
    with MockServer("processing eta=30") as mock:
        job = submit(webhook=url)
        time.sleep(31)
        assert [each["id"] for each in came] == [job["id"]]
        assert mock.webhooks[0].attempts[0].status == 200
