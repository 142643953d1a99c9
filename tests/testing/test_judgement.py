"""What a scope holds against a test at its end, and what it does not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests

pytest.importorskip("time_machine", reason="time-machine is not installed")

from modelslab_mock import MockScope, MockServer, MockServerFailure
from modelslab_mock.wire.wall_clock import real_now

from .asking import HOST, SUBMIT, fetch, submit


def failure_of(test: Callable[[MockScope], Any], **options: Any) -> str:
    with pytest.raises(MockServerFailure) as caught, MockServer(**options) as mock:
        test(mock)
    return str(caught.value)


def test_a_story_that_nobody_used_fails_and_says_what_is_left_of_it() -> None:
    says = failure_of(lambda _: None, story="processing polls=3")
    assert says.startswith("story 1 was never used: the submit is queued; 3 fetches say processing\n")
    assert '{"submit":["processing"],"polls":3}' in says
    assert "jobs that were made: none" in says

    def once(mock: MockScope) -> None:
        mock.story("unavailable success", times=2)
        submit()
        submit()
        submit()

    assert "set for 2 jobs, was used by 1 of them, and the next was given 1 of its answers" in failure_of(once)

    def for_others(mock: MockScope) -> None:
        mock.story("success", endpoint="text2img-v3", prompt="cat")
        submit()

    says = failure_of(for_others)
    assert "for orders of text2img-v3 whose prompt holds 'cat' only" in says
    assert "jobs that were made: 1 of realtime-v6" in says


def test_a_story_that_was_replaced_before_it_was_used_was_not_used() -> None:
    def replaced(mock: MockScope) -> None:
        mock.story("success")
        submit()

    assert "story 1 was replaced before" in failure_of(replaced, story="processing")
    with MockServer("success") as mock:
        submit()
        mock.story("processing")
        submit()


def test_a_refused_body_fails_with_pointer_rule_and_page_and_without_the_key() -> None:
    says = failure_of(lambda _: submit("sk-very-secret", width=9_999))
    assert "POST /api/v6/realtime/text2img was refused by realtime-v6 (answered 400)" in says
    assert "/width must be between 1 and 1024, got 9999" in says
    assert "request/above-maximum; 000 " in says
    assert 'sent: {"key": "***"' in says
    assert "sk-very-secret" not in says
    assert "'apikey' came" in failure_of(
        lambda _: requests.post(HOST + SUBMIT, json={"apikey": "some-key", "prompt": "x"}, timeout=20)
    )


def test_a_call_that_no_contract_has_fails_and_names_the_nearest() -> None:
    says = failure_of(lambda _: requests.post(HOST + "/api/v6/realtime/text2imgs", json={}, timeout=20))
    assert "the nearest call is POST /api/v6/realtime/text2img" in says
    assert "must be POST, got GET" in failure_of(lambda _: requests.get(HOST + SUBMIT, timeout=20))
    assert "was refused by realtime-v6" in failure_of(lambda _: fetch({"id": 123456789}))


def test_a_hundred_of_each_stay_readable() -> None:
    def many(mock: MockScope) -> None:
        for n in range(100):
            mock.story("success", times=1, prompt=f"cat {n}")
            submit(width=9_999, prompt="x" * 5_000)

    says = failure_of(many)
    assert "… and 95 more stories" in says
    assert "… and 95 more requests" in says
    assert len(says) < 12_000


def test_what_a_story_a_magic_key_or_an_account_says_is_not_held_against_the_client() -> None:
    with MockServer() as mock:
        for key in ("mock-error", "mock-invalid-key", "mock-no-credits", "mock-server-error"):
            assert submit(key)["status"] == "error"
        mock.story("rate-limited", times=1)
        assert submit()["status"] == "error"
        mock.account(credits=0)
        assert submit()["status"] == "error"
        mock.account(revoked=True)
        assert submit()["status"] == "error"
    with MockServer(profile="observed") as mock:
        assert submit("mock-error")["status"] == "error"


def test_what_is_allowed_does_not_fail() -> None:
    with MockServer("processing", allow_unused=True, allow_unexpected=True):
        submit(width=9_999)
    with MockServer("processing") as mock:
        mock.allow_unused = mock.allow_unexpected = True
        requests.get(HOST + "/nowhere", timeout=20)


def test_an_exception_on_its_way_is_not_covered_up() -> None:
    with pytest.raises(ZeroDivisionError), MockServer("processing"):
        submit(width=9_999)
        _ = 1 / 0


def test_everything_is_put_back_whatever_happened() -> None:
    before = (time.sleep, time.monotonic, threading.Condition.wait, requests.adapters.HTTPAdapter.send, httpx.HTTPTransport)
    for spoil in (lambda: None, lambda: submit(width=9_999), lambda: 1 / 0):
        with pytest.raises((MockServerFailure, ZeroDivisionError)), MockServer("processing"):
            spoil()
    assert before == (
        time.sleep, time.monotonic, threading.Condition.wait, requests.adapters.HTTPAdapter.send, httpx.HTTPTransport,
    )  # fmt: skip
    assert abs(time.time() - real_now()) < 60


def test_a_mistake_is_found_however_many_requests_came_after_it() -> None:
    def many(_: MockScope) -> None:
        submit(width=9_999)
        with requests.Session() as session:
            for _n in range(1_500):
                session.post(HOST + SUBMIT, json={"key": "some-key", "prompt": "a fox"}, timeout=20)

    assert "/width must be" in failure_of(many)  # and none of them is taken for a client that turns in a circle
