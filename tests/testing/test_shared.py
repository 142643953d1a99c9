"""One server for many tests, in a thread of this process and behind an address: both are used alike."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from modelslab_mock import MockServerError
from modelslab_mock.testing.options import Options, read_options
from modelslab_mock.testing.served import Server
from modelslab_mock.testing.shared import AnotherProcess, SharedScope, ThisProcess
from modelslab_mock.testing.telling import last_requests

SUBMIT = "/api/v6/realtime/text2img"
CLIENT = httpx.Client(trust_env=False, timeout=30)


@pytest.fixture(scope="module", params=["near", "far"])
def shared(request: pytest.FixtureRequest) -> Iterator[SharedScope]:
    server = None
    if request.param == "far":
        server = Server(Options(port=0))
        server.start()
    scope = SharedScope(AnotherProcess(server.url, alone=True) if server else ThisProcess())
    yield scope
    scope.close()
    if server:
        server.stop()


@pytest.fixture(scope="module", autouse=True)
def _let_go() -> Iterator[None]:
    yield
    CLIENT.close()


def submit(scope: SharedScope, **more: Any) -> Any:
    return CLIENT.post(scope.url + SUBMIT, json={"key": scope.key, "prompt": "a fox", "width": 64, "height": 64, **more}).json()


def begin(scope: SharedScope, test: str, **words: Any) -> SharedScope:
    scope.begin(test, read_options(words), profile="profile" in words)
    return scope


def test_every_test_has_a_key_and_a_sandbox_of_its_own_and_the_same_test_the_same(shared: SharedScope) -> None:
    first = begin(shared, "test_a").key
    made = submit(shared)
    shared.story("processing", times=1)
    assert [each.id for each in shared.jobs] == [made["id"]]
    assert begin(shared, "test_b").key != first
    assert (list(shared.jobs), list(shared.journal), list(shared.unused_stories)) == ([], [], [])
    assert begin(shared, "test_a").key == first
    assert (list(shared.jobs), list(shared.journal)) == ([], [])
    assert submit(shared)["id"] == made["id"]
    begin(shared, "test_a", seed=2)
    assert submit(shared)["id"] != made["id"]
    shared.end()
    assert shared.key == "test-session"


def test_stories_clock_and_jobs(shared: SharedScope) -> None:
    begin(shared, "test_jobs", story="processing eta=5", clock="frozen")
    assert (shared.clock.mode, shared.clock.elapsed) == ("frozen", 0)
    made = submit(shared, width="128", webhook=shared.inbox.url)
    (job,) = shared.jobs
    assert (job.id, job.endpoint, job.status, job.fetches, job.output) == (made["id"], "realtime-v6", "processing", 0, ())
    assert (job.order["width"], job.order["prompt"], job.order["samples"]) == (128, "a fox", 1)
    assert job.ends_at == pytest.approx(job.submitted_at + 5)
    assert shared.clock.advance(5) == 5
    answer = CLIENT.post(made["fetch_result"], json={"key": shared.key}).json()
    assert shared.jobs[0].status == "success"
    assert list(shared.jobs[0].output) == answer["output"]
    assert shared.wait_for("webhook").state == "delivered"
    assert [each.answer for each in shared.webhooks] == ["success"]
    assert shared.webhooks[0].attempts[0].status == 200
    assert [each.as_json()["json"]["id"] for each in shared.inbox.messages] == [made["id"]]
    assert shared.inbox.wait().method == "POST"
    begin(shared, "test_jobs")
    assert (list(shared.inbox.messages), list(shared.webhooks)) == ([], [])
    begin(shared, "test_clock")
    shared.clock.mode = "scaled:20"
    assert shared.clock.mode == "scaled"
    shared.clock.mode = "auto"
    assert shared.judgement() == ""


def test_waiting(shared: SharedScope) -> None:
    begin(shared, "test_waiting", story="processing eta=5")
    client = threading.Timer(0.1, lambda: [CLIENT.post(submit(shared)["fetch_result"], json={"key": shared.key})])
    client.start()
    assert shared.wait_for("exchange", path="*/fetch/*").answer == "processing"
    client.join()
    assert shared.wait_for("exchange", status=200).path == SUBMIT
    CLIENT.post(f"{shared.url}/api/v6/realtime/fetch/{shared.jobs[0].id}", json={"key": shared.key})
    assert shared.wait_for("job").status == "success"
    assert shared.wait_for("job", id=shared.jobs[0].id, status="success").id == shared.jobs[0].id
    for what, words in (("exchange", {"from_now": True}), ("webhook", {}), ("message", {}), ("job", {"status": "failed"})):
        with pytest.raises(MockServerError):
            shared.wait_for(what, within=0.05, **words)  # type: ignore[call-overload]


def test_the_judgement(shared: SharedScope) -> None:
    begin(shared, "test_judged", story="processing")
    shared.story("success", times=2)
    submit(shared, width=9_999)
    CLIENT.post(shared.url + SUBMIT, json={"prompt": "no key"})
    CLIENT.get(shared.url + "/api/v6/nowhere")
    CLIENT.post(f"{shared.url}/api/v6/realtime/fetch/123456789", json={"key": shared.key})
    says = shared.judgement()
    for part in (
        "story 1 was never used: the submit is queued",
        "story 2, set for 2 jobs, was never used: the submit is finished at once",
        '"width":9999',
        "/width must be between 1 and 1024, got 9999",
        "/key must be a non-empty API key",
        "/api/v6/nowhere is no call of a contract",
        "nobody has a job of this id",
    ):
        assert part in says
    assert shared.key not in says
    assert "400 POST /api/v6/realtime/text2img  error" in last_requests(shared)
    begin(shared, "test_replaced", story="processing").story("success")
    submit(shared)
    assert "story 1 was replaced before" in shared.judgement()
    shared.allow_unused = True
    assert shared.judgement() == ""
    shared.end()
    assert shared.judgement() == ""


def test_profile_and_account(shared: SharedScope) -> None:
    begin(shared, "test_profile", profile="strict", allow_unexpected=True)
    assert submit(shared, width="64")["status"] == "error"
    shared.profile("documented")
    assert submit(shared, width="64")["status"] == "success"
    shared.account(credits=0)
    assert submit(shared)["status"] == "error"
    for wrong, says in (
        (lambda: shared.profile("strct"), "strict"),
        (lambda: shared.account(credit=1), "credit"),
        (lambda: shared.story("success", endpoint="realtime-v5"), "realtime-v6"),
        (lambda: shared.clock.advance(-1), "0"),
    ):
        with pytest.raises(MockServerError, match=says):
            wrong()


def test_time_can_be_tied_in_this_process_only(shared: SharedScope, request: pytest.FixtureRequest) -> None:
    if "far" in request.node.name:
        with pytest.raises(MockServerError, match="cannot be tied to the clock of another process"):
            begin(shared, "test_tied", tied=True)
        return
    pytest.importorskip("time_machine", reason="time-machine is not installed")
    import time

    begin(shared, "test_tied", tied=True, story="processing eta=3600")
    submit(shared)
    time.sleep(3_600)
    assert shared.jobs[0].status == "success"
    shared.end()
    began = time.monotonic()
    time.sleep(0.01)
    assert time.monotonic() > began


def test_an_emulator_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(MockServerError, match=r"the emulator at http://127\.0\.0\.1:9 does not answer: "):
        SharedScope(AnotherProcess("http://127.0.0.1:9", alone=True))
