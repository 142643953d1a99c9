"""Clients that are right in another way: with a receiver for each call, opened and closed by the standard library's way of
doing so; and with one for all, and downloads.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

pytest.importorskip("time_machine", reason="time-machine is not installed")

from modelslab_contracts.contract import endpoints
from modelslab_mock import check_client

from .careful import ModelsLabError
from .careful_webhooks import Listening

FLUX = "images-flux-v6"


def generate(base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
    came: queue.Queue[dict[str, Any]] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            order = {**request, "key": key, "webhook": f"http://127.0.0.1:{server.server_port}/", "track_id": "mine"}
            url = f"{base_url}/api/v6/images/text2img"
            return ending(requests.post(url, json=order, timeout=30, allow_redirects=False).json(), came)
        finally:
            server.shutdown()  # waits, without a time-out of its own, for a thread that looks up every half second


def ending(told: dict[str, Any], came: queue.Queue[dict[str, Any]]) -> list[str]:
    job, end = told.get("id"), time.monotonic() + 300
    while told["status"] == "processing" and time.monotonic() < end:
        heard = came.get(timeout=300)
        told = heard if heard["id"] == job else told
    if told["status"] != "success":
        raise RuntimeError(told.get("message") or told.get("messege") or told["status"])
    return list(told["output"])


@pytest.mark.parametrize(
    "story",
    [
        {"webhook": "none", "shape": {"proxy_links": "object"}},  # nothing is to come any more when it closes
        {"submit": ["processing"]},
        {"submit": ["processing"], "ends": "failed"},
    ],
)
def test_a_receiver_may_be_closed_after_each_call(story: dict[str, Any]) -> None:
    replay = {"story": story, "request": {"model_id": "flux", "prompt": "a fox"}}
    report = check_client(generate, endpoint=FLUX, polls=False, webhooks=True, replay=replay, level="should")
    assert report.exit_code == 0, report


def in_a_hurry(base_url: str, key: str, request: Mapping[str, Any]) -> list[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        hook = f"http://127.0.0.1:{server.server_port}/"
    order = {**request, "key": key, "webhook": hook, "track_id": "mine"}
    return list(requests.post(f"{base_url}/api/v6/images/text2img", json=order, timeout=30).json()["output"])


def test_a_webhook_that_comes_when_all_is_over_may_find_nobody() -> None:
    replay = {"story": {"webhook": "foreign"}, "request": {"model_id": "flux", "prompt": "a fox"}}
    report = check_client(in_a_hurry, endpoint=FLUX, polls=False, webhooks=True, replay=replay)
    assert report.exit_code == 0, report
    left_out = f"  not verified: {len(report.not_verified)} rules, which one story alone does not exercise"
    assert str(report).splitlines()[1:] == [left_out], "one line for all of them"


class Downloads(Listening):
    """Downloads what a webhook speaks of as soon as it has come."""

    def result(self, reply: Mapping[str, Any]) -> list[bytes]:
        return [self.downloaded(each) for each in super().result(reply)]

    def downloaded(self, url: str) -> bytes:
        answer = self.session.get(url, timeout=30)
        if answer.status_code != 200:
            raise ModelsLabError(f"{url} could not be downloaded: HTTP {answer.status_code}")
        return answer.content


def test_pictures_that_an_early_webhook_promises_and_that_are_not_there_yet_are_not_the_clients_fault() -> None:
    story = {"submit": ["processing"], "polls": 1, "webhook": "before-reply"}
    replay = {"story": story, "request": {"model_id": "flux", "prompt": "a fox"}}
    client = Downloads(endpoints()[FLUX])
    report = check_client(client, endpoint=FLUX, webhooks=True, downloads=True, replay=replay, level="may")
    assert report.exit_code == 0, report
