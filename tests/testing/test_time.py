"""Time in a scope: a client that sleeps honestly, one that turns in a circle, and whoever waits for them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import httpx
import pytest

pytest.importorskip("time_machine", reason="time-machine is not installed")

from modelslab_mock import MockScope, MockServer, MockServerError, MockServerFailure
from modelslab_mock.testing.problems import ClientSpinsError
from modelslab_mock.wire.wall_clock import real_now

from .asking import HOST, SUBMIT, fetch, submit


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


def test_so_is_a_coroutine() -> None:
    async def client() -> None:
        async with httpx.AsyncClient(trust_env=False) as session:
            job = (await session.post(HOST + SUBMIT, json={"key": "some-key", "prompt": "a fox"})).json()
            while (await session.post(job["fetch_result"], json={"key": "some-key"})).json()["status"] == "processing":
                pass

    with pytest.raises(MockServerFailure, match="without a pause"), MockServer("processing ends=never"):
        asyncio.run(client())


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


def test_a_loop_in_its_debug_mode_takes_no_fetch_for_a_slow_step(caplog: pytest.LogCaptureFixture) -> None:
    async def steps() -> None:
        asyncio.get_running_loop().slow_callback_duration = 0.05
        job = submit()
        assert fetch(job)["status"] == "processing"
        assert fetch(job)["status"] == "success"

    async def slow() -> None:
        asyncio.get_running_loop().slow_callback_duration = 0.0

    with MockServer("processing eta=100"):
        asyncio.run(steps(), debug=True)
    assert not [each for each in caplog.messages if each.startswith("Executing")]
    asyncio.run(slow(), debug=True)
    assert [each for each in caplog.messages if each.startswith("Executing")], "and is heard of others as ever"
