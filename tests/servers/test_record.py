"""A recorder between a client and a second emulator, and the recording played back: what the user would do, over sockets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modelslab_contracts.recordings.reading import read_recording
from modelslab_mock.cli import main

if TYPE_CHECKING:
    from .conftest import Server, StartServer

KEY = "sk-r3cord-me-if-you-can"
SUBMIT = "/api/v6/realtime/text2img"
ORDER = {"prompt": "a fox [[mock: processing polls=2]]", "samples": 2, "width": "64", "height": 64}


def talk(server: Server, key: str = KEY) -> list[Any]:
    """A whole job: order, polls to the end and one more, a picture; then a refused order."""
    told: list[Any] = [server.post(SUBMIT, {"key": key, **ORDER})]
    for _ in range(4):
        told.append(server.post(told[0]["fetch_result"].partition(server.url)[2], {"key": key}))
    told.append(server.client.get(told[-1]["output"][0]).content)
    told.append(server.client.post(SUBMIT, json={"key": key, "prompt": "a fox", "width": 9999}).json())
    return told


def plain(told: list[Any], server: Server) -> list[Any]:
    """What was told without where, and without which: pictures that nobody fetched are placeholders when played back."""
    text = json.dumps([each for each in told if isinstance(each, dict)]).replace(server.url, "")
    return [*json.loads(re.sub(r"(?:/proxy)?/generations/[A-Za-z0-9_-]+/", "/pictures/", text)), told[-2]]


@pytest.fixture(scope="module")
def recorded(start_module_server: Callable[..., Server]) -> tuple[Server, Path, list[Any]]:
    """A recorder in front of an emulator, its journal, and what a client was told through it."""
    upstream = start_module_server("--clock", "auto", "--seed", "5")
    recorder = start_module_server("--upstream", upstream.url, command="record")
    told = talk(recorder)
    assert upstream.url not in json.dumps([each for each in told if not isinstance(each, bytes)])
    return recorder, recorder.folder / "recording.jsonl", told


def test_a_recorded_job_is_judged_and_played_back_in_order_without_one_byte_of_the_key(
    recorded: tuple[Server, Path, list[Any]], start_server: StartServer, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder, journal, told = recorded
    assert [each["status"] for each in told if isinstance(each, dict)] == [
        "processing", "processing", "processing", "success", "success", "error",
    ]  # fmt: skip
    for file in recorder.folder.iterdir():
        assert KEY.encode() not in file.read_bytes(), file
        assert KEY[:12].encode() not in file.read_bytes(), file
    assert [(each.status, each.answer) for each in read_recording(journal).exchanges] == [
        (200, "processing"), (200, "processing"), (200, "processing"), (200, "success"), (200, "success"), (200, "picture"),
        (400, "error"),
    ]  # fmt: skip
    assert main(["check-trace", str(journal)]) == 1
    assert capsys.readouterr().out.startswith("MUST  request/above-maximum  (once)\n")
    replay = start_server("--replay", str(journal))
    for key in ("another-key", "one-more-key"):  # each from the beginning
        assert plain(talk(replay, key), replay) == plain(told, recorder)
    assert plain(talk(replay, "one-more-key"), replay) == plain(told, recorder), "the same order begins its job again"


def test_a_recorder_is_waited_for_as_an_emulator_is(
    recorded: tuple[Server, Path, list[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    recorder, _, _ = recorded
    assert main(["wait", "--url", recorder.url]) == 0
    assert capsys.readouterr().out == f"{recorder.url}\n"


def test_what_was_not_recorded_is_refused_and_explained(
    recorded: tuple[Server, Path, list[Any]], start_server: StartServer
) -> None:
    replay = start_server("--replay", str(recorded[1]))
    reply = replay.client.post(SUBMIT, json={"key": KEY, **ORDER, "samples": 3})
    assert (reply.status_code, reply.json()["status"]) == (404, "error")
    says = "/samples must be 2, got 3; the nearest order is #1 of the recording"
    assert reply.json()["message"] == f"the recording has no such request: {says}"
    assert says in replay.wait_for("not recorded")
    assert "it has fetches of" in replay.client.post("/api/v6/realtime/fetch/1", json={"key": KEY}).json()["message"]
    (near, *_) = replay.client.get("/__mock/journal/near-misses?order=oldest").json()["near_misses"]
    assert says in near["text"]


def test_a_picture_that_was_not_recorded_is_a_placeholder_of_the_size_that_was_ordered(
    recorded: tuple[Server, Path, list[Any]], start_server: StartServer
) -> None:
    replay = start_server("--replay", str(recorded[1]))
    first = replay.post(SUBMIT, {"key": KEY, **ORDER})
    known, other = (replay.client.get(each) for each in first["future_links"])
    assert known.content == recorded[2][-2]
    assert (other.status_code, other.headers["content-type"], other.content[16:24]) == (200, "image/png", b"\0\0\0@\0\0\0@")


def test_a_server_that_is_not_there_is_an_answer_and_an_exchange(start_server: StartServer) -> None:
    recorder = start_server("--upstream", "http://127.0.0.1:9", command="record")
    reply = recorder.client.post(SUBMIT, json={"key": KEY, **ORDER})
    assert (reply.status_code, reply.json()["status"]) == (502, "error")
    assert reply.json()["message"].startswith("modelslab-mock record: http://127.0.0.1:9 gave no answer (ConnectError")
    (exchange,) = read_recording(recorder.folder / "recording.jsonl").exchanges
    assert (exchange.status, exchange.answer) == (0, "reset")


def test_drift_is_told_as_it_passes(start_server: StartServer) -> None:
    upstream = start_server("--story", "processing shape=eta:absent")
    recorder = start_server("--upstream", upstream.url, command="record")
    recorder.post(SUBMIT, {"key": KEY, **ORDER, "prompt": "a fox"})
    line = recorder.wait_for("server/leaves-out-a-required-member")
    assert "/eta must be present, got absent (000 OpenAPI RealtimeImageGenerationProcessingResponse)" in line
    assert recorder.client.get("/health").json()["written"] == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--upstream", "modelslab.com"], "--upstream must be an origin such as https://modelslab.com, without a path"),
        (["--upstream", "http://127.0.0.1:1/api"], "--upstream must be an origin"),
        (["--upstream", "http://127.0.0.1:1", "--profile", "strickt"], "did you mean 'strict'?"),
        (["--upstream", "http://127.0.0.1:1", "--port", "70000"], "--port must be from 0 to 65535, got '70000'"),
        (["--upstream", "http://127.0.0.1:1", "--port", "0", "--journal", "there.jsonl"], "there.jsonl: is there already"),
        (["--upstream", "http://127.0.0.1:1", "--port", "0", "--journal", "no/where"], "no/where: No such file"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.jsonl").write_text("kept")
    assert main(["record", *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith("modelslab-mock record: ")
    assert says in said
    assert said.count("\n") == 1
    assert Path("there.jsonl").read_text() == "kept"
