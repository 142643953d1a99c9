"""MockServer without a socket: whose traffic it answers, and what it is told."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

pytest.importorskip("time_machine", reason="time-machine is not installed")

from modelslab_mock import MockScope, MockServer, MockServerError

from .asking import HOST, fetch, submit


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


def test_a_clock_without_its_factor_is_told_what_it_lacks_and_nothing_else() -> None:
    with pytest.raises(MockServerError, match=r"as in scaled:20$"):
        MockServer(clock="scaled:0")


def test_how_long_it_waited_is_told_in_few_digits() -> None:
    with MockServer("processing") as mock:
        submit()
        with pytest.raises(MockServerError, match=r"^waited [0-9](\.[0-9]{1,2})? s in vain for job "):
            mock.wait_for("job", within=0.123456)


def test_a_scope_is_shown_by_its_address() -> None:
    with MockServer() as mock:
        assert repr(mock) == "MockScope('https://modelslab.com')"


@pytest.mark.parametrize(
    "steer", [lambda mock: mock.story("error"), lambda mock: mock.profile("strict"), lambda mock: mock.account(credits=1)]
)
def test_a_scope_that_has_ended_is_looked_at_and_no_longer_steered(steer: Callable[[MockScope], Any]) -> None:
    with MockServer() as mock:
        submit()
    with pytest.raises(MockServerError, match="this scope has ended"):
        steer(mock)
    assert [len(mock.jobs), len(mock.journal)] == [1, 1]


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
        (lambda _: MockServer(test_a_story_in_every_form), "it takes parentheses, @MockServer()"),  # type: ignore[arg-type]
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


def test_a_scope_that_could_not_begin_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "time_machine", None)
    before = threading.active_count()
    for port in (None, 0):
        with pytest.raises(MockServerError, match="without the package time-machine; leave it alone with tied=False"):
            MockServer(port=port, tied=True).__enter__()
    assert threading.active_count() == before
    with MockServer(tied=False):
        assert submit()["status"] == "success"
