"""The fixtures in many tests at once: in workers of xdist, and within `modelslab-mock exec`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("time_machine", reason="time-machine is not installed")

from .inner import HEAD, command, environment, ran, run

TWO_HUNDRED = """
STORIES = ["success", "processing eta=3600", "processing polls=2", "processing ends=failed", "unavailable success",
           "rate-limited processing eta=60", "processing ends=never", "garbled", "error", "processing polls=1 ends=empty"]

def client(mock, patience=7200, nap=30):
    began = time.monotonic()
    while time.monotonic() - began < patience:
        reply = requests.post(mock.url + SUBMIT, json={"key": "any", "prompt": "a fox", "width": 64, "height": 64})
        if reply.status_code in (429, 503):
            time.sleep(int(reply.headers.get("retry-after", 5)))
            continue
        try:
            job = reply.json()
        except ValueError:
            return "garbled"
        url = job.get("fetch_result")
        while job["status"] == "processing" and time.monotonic() - began < patience:
            time.sleep(nap)
            job = requests.post(url, json={"key": "any"}).json()
        return job["status"]

ENDS = dict(zip(STORIES, ["success", "success", "success", "failed", "success", "success", "processing", "garbled", "error",
                          "success"]))

@pytest.mark.parametrize("number", range(200))
def test_one_of_many(modelslab_mock, number):
    story = STORIES[number % len(STORIES)]
    modelslab_mock.story(story)
    assert client(modelslab_mock) == ENDS[story]
    assert len(modelslab_mock.jobs) <= 1
"""


def test_two_hundred_tests_with_different_stories_in_two_workers(tmp_path: Path) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    ran = run(tmp_path, TWO_HUNDRED, "-p", "xdist", "-n", "2")
    assert ran.code == 0, ran.output
    assert list(ran.outcomes.values()) == ["passed"] * 200


IN_EXEC = """
def test_it_is_the_emulator_of_the_run(modelslab_mock_server):
    assert modelslab_mock_server.url == os.environ["MODELSLAB_EXEC_URL"]
    assert modelslab_mock_server.clock.mode == "auto"

@pytest.mark.parametrize("number", range(6))
def test_stories_are_per_test(modelslab_mock_server, number):
    story = ["processing", "success", "error"][number % 3]
    modelslab_mock_server.story(story)
    assert submit(modelslab_mock_server)["status"] == story
    assert len(modelslab_mock_server.journal) == 1

@pytest.mark.modelslab("processing eta=5", clock="frozen")
def test_time(modelslab_mock_server):
    submit(modelslab_mock_server)
    modelslab_mock_server.clock.advance(5)
    assert modelslab_mock_server.wait_for("job").status == "success"

def test_in_process(modelslab_mock):
    assert submit(modelslab_mock)["status"] == "success"

@pytest.mark.modelslab("processing")
def test_unused(modelslab_mock_server):
    pass

def test_refused(modelslab_mock_server):
    submit(modelslab_mock_server, width=9999)
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_within_exec_the_server_is_the_one_of_the_run(tmp_path: Path, workers: int) -> None:
    if workers:
        pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    (tmp_path / "test_it.py").write_text(HEAD + IN_EXEC)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    inner = command(*(["-p", "xdist", "-n", str(workers)] if workers else []), "test_it.py")
    outer = [sys.executable, "-m", "modelslab_mock", "exec", "--contain", "off", "--quiet", "--", *inner]
    done = subprocess.run(outer, capture_output=True, text=True, cwd=tmp_path, env=environment(), check=False)
    end = ran(done.returncode, done.stdout + done.stderr)
    assert end.code == 1, end.output
    assert {name for name, outcome in end.outcomes.items() if outcome != "passed"} == {"test_unused", "test_refused"}, (
        end.output
    )
