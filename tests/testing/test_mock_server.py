"""MockServer without a socket: what it answers, what it is told, and what it holds against a test at its end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests

pytest.importorskip("time_machine", reason="time-machine is not installed")

from modelslab_mock import MockScope, MockServer, MockServerError, MockServerFailure
from modelslab_mock.testing.problems import ClientSpinsError
from modelslab_mock.wire.wall_clock import real_now

HOST = "https://modelslab.com"
SUBMIT = "/api/v6/realtime/text2img"


def submit(key: str = "some-key", **more: Any) -> Any:
    return requests.post(HOST + SUBMIT, json={"key": key, "prompt": "a fox", **more}, timeout=20).json()


def fetch(answer: Any, key: str = "some-key") -> Any:
    url = answer.get("fetch_result") or f"{HOST}/api/v6/realtime/fetch/{answer['id']}"
    return requests.post(url, json={"key": key}, timeout=20).json()


# --- whose traffic it is ------------------------------------------------------------------------------------------------


def test_it_owns_all_traffic_whatever_key_a_client_sends() -> None:
    with MockServer() as mock:
        job = submit("one-key")
        assert job["output"][0].startswith("https://modelslab.com/generations/")
        assert requests.get(job["output"][0], timeout=20).headers["content-type"] == "image/png"
        assert fetch(job, "another-key")["status"] == "success"
        assert [each.id for each in mock.jobs] == [job["id"]]
        assert [each.status for each in mock.journal] == [200, 200, 200]
        assert (mock.url, len(mock.key) > 3) == (HOST, True)


def test_the_same_test_gets_the_same_answers_and_another_seed_others() -> None:
    ids = []
    for key, seed in (("one-key", 1), ("another-key", 1), ("one-key", 2)):
        with MockServer(seed=seed):
            ids.append(submit(key)["id"])
    assert ids[0] == ids[1] != ids[2]


def test_a_key_is_nowhere_to_be_read() -> None:
    with MockServer(allow_unexpected=True) as mock:
        submit("sk-very-secret", width="sk-very-secret")
        assert b"sk-very-secret" not in b"".join(each.request_body + each.reply_body for each in mock.journal)
        assert "sk-very-secret" not in str(mock.journal)


def test_magic_keys_and_directives_mean_what_they_mean_and_a_story_of_the_test_wins() -> None:
    with MockServer() as mock:
        assert submit("mock-processing")["status"] == "processing"
        assert submit(prompt="[[mock: no-credits]]")["status"] == "error"
        mock.story("success", times=2)
        assert submit("mock-failed")["status"] == submit(prompt="[[mock: processing]]")["status"] == "success"


def test_a_job_says_what_was_ordered_and_how_it_stands() -> None:
    with MockServer("processing eta=5", clock="frozen") as mock:
        made = submit(width="640", samples=2)
        (job,) = mock.jobs
        assert (job.id, job.endpoint, job.status, job.output) == (made["id"], "realtime-v6", "processing", ())
        assert (job.order["width"], job.order["height"], job.order["samples"]) == (640, 512, 2)
        mock.clock.advance(5)
        assert (mock.jobs[0].status, len(mock.jobs[0].output)) == ("success", 2)
        assert list(mock.jobs[0].output) == fetch(made)["output"]


# --- stories ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "say",
    [
        lambda mock: mock.story("processing polls=2 ends=failed"),
        lambda mock: mock.story({"submit": ["processing"], "polls": 2, "ends": "failed"}),
        lambda mock: mock.story('{"submit": ["processing"], "polls": 2, "ends": "failed"}'),
        lambda mock: mock.story(submit="processing", polls=2, ends="failed"),
    ],
    ids=["words", "value", "text", "elements"],
)
def test_a_story_in_every_form(say: Callable[[MockScope], int]) -> None:
    with MockServer() as mock:
        assert say(mock) == 1
        job = submit()
        assert [fetch(job)["status"] for _ in range(3)] == ["processing", "processing", "failed"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda mock: mock.story("procesing"), "did you mean 'processing'?"),
        (lambda mock: mock.story(poll=2), "unknown element 'poll'; did you mean 'polls'?"),
        (lambda mock: mock.story("success", time=2), "not both"),
        (lambda mock: mock.story(time=2), "did you mean 'times'?"),
        (lambda mock: mock.story(), "say what shall happen"),
        (lambda mock: mock.story("success", times=0), "times must be a whole number"),
        (lambda mock: mock.story("success", endpoint="realtime-v5"), "did you mean 'realtime-v6'?"),
        (lambda mock: mock.profile("strct"), "did you mean 'strict'?"),
        (lambda mock: mock.account(credit=2), "did you mean 'credits'?"),
        (lambda mock: mock.journal.find(pth="/x"), "did you mean 'path'?"),
        (lambda mock: mock.wait_for("jobs"), "did you mean 'job'?"),
        (lambda mock: mock.wait_for("job", status="sucess"), "did you mean 'success'?"),
        (lambda mock: mock.wait_for("webhook", state="deliverd"), "did you mean 'delivered'?"),
        (lambda mock: mock.clock.advance(-1), "moved by 0 to"),
        (lambda mock: setattr(mock.clock, "mode", "frozn"), "did you mean 'frozen'?"),
        (lambda mock: setattr(mock.clock, "mode", "real"), "time is tied to this clock"),
        (lambda _: MockServer("procesing"), "did you mean 'processing'?"),
        (lambda _: MockServer(profile="strct"), "did you mean 'strict'?"),
        (lambda _: MockServer(clock="froze"), "did you mean 'frozen'?"),
        (lambda _: MockServer(seed="1"), "seed must be a whole number"),  # type: ignore[arg-type]
        (lambda _: MockServer(port=70_000), "port must be from 0 to 65535"),
        (lambda _: MockServer(clock="real", tied=True), "time can be tied to a frozen or auto clock only"),
        (lambda _: MockServer(allow_unused="yes"), "allow_unused must be True or False"),  # type: ignore[arg-type]
        (lambda _: MockServer().__enter__(), "cannot be nested"),
    ],
)
def test_what_cannot_be_is_one_sentence_that_names_the_nearest_word(wrong: Callable[[MockScope], Any], says: str) -> None:
    with MockServer() as mock:
        with pytest.raises(MockServerError) as caught:
            wrong(mock)
        assert says in str(caught.value)
        assert "\n" not in str(caught.value)


# --- time ---------------------------------------------------------------------------------------------------------------


class Client:
    """An honest client: it sleeps between its fetches and has a deadline on a monotonic clock."""

    def __init__(self, patience_s: float, nap_s: float = 3.0) -> None:
        self.patience_s = patience_s
        self.nap_s = nap_s

    def run(self) -> str:
        began = time.monotonic()
        answer = job = submit()
        while answer["status"] == "processing":
            if time.monotonic() - began > self.patience_s:
                return "gave up"
            time.sleep(self.nap_s)
            answer = fetch({"id": job["id"]})
        return str(answer["status"])

    def in_a_thread(self) -> str:
        got: list[str] = []
        thread = threading.Thread(target=lambda: got.append(self.run()))
        thread.start()
        thread.join()
        return got[0]

    def on_asyncio(self) -> str:
        async def run() -> str:
            async with httpx.AsyncClient(trust_env=False) as client:
                answer = (await client.post(HOST + SUBMIT, json={"key": "some-key", "prompt": "a fox"})).json()
                url = answer.get("fetch_result")
                while answer["status"] == "processing":
                    await asyncio.sleep(self.nap_s)
                    answer = (await client.post(url, json={"key": "some-key"})).json()
                return str(answer["status"])

        async def bounded() -> str:
            try:
                return await asyncio.wait_for(run(), self.patience_s)
            except TimeoutError:
                return "gave up"

        return asyncio.run(bounded())


FORMS: dict[str, Callable[[Client], str]] = {"sync": Client.run, "thread": Client.in_a_thread, "asyncio": Client.on_asyncio}


@pytest.mark.parametrize("form", FORMS)
def test_a_client_with_a_deadline_against_a_job_that_never_ends_stops_by_its_own_time_out(form: str) -> None:
    with MockServer("processing ends=never") as mock:
        assert FORMS[form](Client(patience_s=60)) == "gave up"
        assert mock.clock.elapsed == pytest.approx(60, abs=3.1)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("clock", ["auto", "frozen"])
def test_an_hour_of_generation_takes_no_time(form: str, clock: str) -> None:
    with MockServer("processing eta=3600", clock=clock) as mock:
        began = real_now()
        assert FORMS[form](Client(patience_s=10_000, nap_s=60)) == "success"
        assert 3_600 <= mock.clock.elapsed <= 3_660.1
        assert real_now() - began < 20  # an hour took seconds, however busy the machine is


def test_time_is_left_alone_where_it_is_not_tied() -> None:
    with MockServer(tied=False) as mock:
        began = time.monotonic()
        time.sleep(0.05)
        assert 0.04 < time.monotonic() - began < 20
        assert mock.clock.elapsed == 0
        assert mock.clock.advance(30) == 30
    with MockServer(clock="real") as mock, pytest.raises(MockServerError, match="a real clock moves by itself"):
        mock.clock.advance(1)


def test_beside_somebody_elses_clock_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    with pytest.raises(MockServerError, match=r"something else has replaced .* with tied=False"):
        MockServer().__enter__()
    with MockServer(tied=False):
        assert submit()["status"] == "success"


def test_a_client_that_turns_in_a_circle_is_stopped_and_told_what_would_help() -> None:
    polls = 0

    def client() -> None:
        nonlocal polls
        job = submit()
        while fetch(job)["status"] == "processing":
            polls += 1

    with (
        pytest.raises(MockServerFailure, match=r"without a pause.*\.clock\.advance\(seconds\)"),
        MockServer("processing ends=never"),
    ):
        client()
    assert 900 < polls < 1_001


def test_a_client_that_swallows_everything_is_stopped_all_the_same() -> None:
    def client() -> None:
        job = submit()
        while True:
            try:
                fetch(job)
            except Exception:  # noqa: BLE001 # as people write them
                continue

    with pytest.raises(ClientSpinsError), MockServer("processing ends=never"):
        client()


def test_a_client_that_swallowed_it_once_fails_the_test_at_its_end() -> None:
    with pytest.raises(MockServerFailure, match="without a pause"), MockServer("processing ends=never"):
        job, failed = submit(), False
        while not failed:
            try:
                fetch(job)
            except AssertionError:
                failed = True


# --- waiting ------------------------------------------------------------------------------------------------------------


def test_waiting_takes_real_seconds_and_the_clients_time_goes_on_meanwhile() -> None:
    with MockServer("processing eta=50") as mock:
        client = threading.Thread(target=Client(patience_s=1_000, nap_s=20).run)
        client.start()
        assert mock.wait_for("exchange", path="*/fetch/*", answer="success").job_id == mock.jobs[0].id
        client.join()
        assert mock.wait_for("job").status == "success"
        before, began = mock.clock.elapsed, real_now()
        with pytest.raises(MockServerError, match=r"waited 0\.2 s in vain for an exchange"):
            mock.wait_for("exchange", path="/never", within=0.2)
        assert 0.19 < real_now() - began < 20
        assert mock.clock.elapsed == before >= 50


def test_a_wait_in_vain_for_a_job_says_why_time_did_not_help() -> None:
    with MockServer("processing eta=50") as mock:
        submit()
        with pytest.raises(MockServerError, match="its clock is auto and moves only by fetches"):
            mock.wait_for("job", within=0.05)
        with pytest.raises(MockServerError, match="in vain for a job to be submitted"), MockServer(tied=False) as other:
            other.wait_for("job", within=0.05)


def test_waiting_does_not_hold_up_an_event_loop() -> None:
    async def on_a_loop(mock: MockScope) -> int:
        with pytest.raises(MockServerError, match=r"asyncio\.to_thread"):
            mock.wait_for("exchange")
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.post(HOST + SUBMIT, json={"key": "some-key", "prompt": "a fox"})
        return (await asyncio.to_thread(mock.wait_for, "exchange")).status

    with MockServer() as mock:
        assert asyncio.run(on_a_loop(mock)) == 200


# --- the judgement ------------------------------------------------------------------------------------------------------


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


# --- the door -----------------------------------------------------------------------------------------------------------


def test_importing_the_package_imports_nothing() -> None:
    code = """
import sys
before = set(sys.modules)
import modelslab_mock
new = {each for each in set(sys.modules) - before if each.partition(".")[0] not in sys.stdlib_module_names}
print(sorted(new))
print(hasattr(modelslab_mock, "MockServe"), modelslab_mock.MockServer.__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first == "['modelslab_mock', 'modelslab_mock.version']"
    assert second == "False MockServer"
