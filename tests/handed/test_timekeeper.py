"""A client's sleep is a question to the kit: what is granted, what has to be asked again, and who is held."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any

import pytest
from tests.handed.conftest import PLAIN

from modelslab_contracts.story import story_of
from modelslab_mock.handed.loopback_stage import LoopbackStage
from modelslab_mock.handed.remote_time import AskedTime, TimeOverHttp
from modelslab_mock.stage_house import BEGAN

SLOW = story_of({"submit": [{"slow": 30}]})


def posted(url: str, body: object) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


def submitted(base_url: str, key: str) -> Any:
    return posted(f"{base_url}/api/v6/images/text2img", {"key": key, "prompt": "a fox", "model_id": "flux"})


def test_a_sleep_moves_the_clock_and_the_file_shows_all_of_its_digits() -> None:
    with LoopbackStage() as stage:

        def act(base_url: str, key: str) -> list[float]:
            there = TimeOverHttp(stage.time_url, str(stage.time_file))
            first = posted(stage.time_url, {"sleep": 0.1 + 0.2})["now"]
            seen = there.read()
            granted = there.ask(seen + 1 / 3, None)
            with urllib.request.urlopen(stage.time_url) as answer:
                told = json.load(answer)["now"]
            return [first - seen, granted.now - (seen + 1 / 3), there.read() - granted.now, told - granted.now]

        played = stage.play(PLAIN, act)
    assert played.result == [0, 0, 0, 0]
    assert played.began == BEGAN
    assert played.ended == BEGAN + (0.1 + 0.2) + 1 / 3


def test_who_has_an_answer_to_look_at_is_told_to_ask_again() -> None:
    with LoopbackStage() as stage:

        def act(base_url: str, key: str) -> list[Any]:
            clock = AskedTime(TimeOverHttp(stage.time_url, str(stage.time_file)).read, stage.ask)
            came: list[float] = [clock.advance_to(BEGAN + 1)]
            submitted(base_url, key)
            came += [clock.advance_to(BEGAN + 2), clock.now() - BEGAN, clock.advance_to(BEGAN + 2), clock.now() - BEGAN]
            return came

        assert stage.play(PLAIN, act).result == [False, True, 1, False, 2]


def test_who_is_alone_has_looked_at_every_answer() -> None:
    with LoopbackStage() as stage:

        def act(base_url: str, key: str) -> list[Any]:
            clock = AskedTime(stage.house.clock.now, stage.ask, lambda: True)
            submitted(base_url, key)
            first = clock.advance_to(BEGAN + 1)
            submitted(base_url, key)
            return [first, clock.advance_to(BEGAN + 2), clock.now() - BEGAN]

        assert stage.play(PLAIN, act).result == [False, False, 2]


IS_ALONE = """
import asyncio, threading
from modelslab_mock.ways.in_process.idling import is_alone
async def within(): return is_alone()
gate = threading.Event()
others = [threading.Thread(target=gate.wait, name=name) for name in ("modelslab-mock server", "a worker")]
said = [is_alone(), asyncio.run(within())]
for each in others:
    each.start()
    said.append(is_alone())
gate.set()
print(*said)
"""


def test_who_has_a_thread_or_an_event_loop_beside_is_not_alone() -> None:
    told = subprocess.run([sys.executable, "-c", IS_ALONE], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.split() == ["True", "False", "True", "False"]


def test_a_slow_answer_comes_at_its_moment_for_who_waits_and_before_for_nobody() -> None:
    with LoopbackStage() as stage:
        began = time.monotonic()
        played = stage.play(SLOW, submitted)
        assert time.monotonic() - began < 20
        assert (played.ended - played.began, played.result["status"]) == (30, "success")


def test_who_sleeps_beside_a_slow_answer_gets_up_first_when_that_is_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelslab_mock.handed.timekeeper.GRACE_S", 60.0)  # nobody but the sleeper moves the clock
    with LoopbackStage() as stage:

        def act(base_url: str, key: str) -> list[float]:
            answered: list[float] = []

            def wait() -> None:
                submitted(base_url, key)
                answered.append(stage.keeper.now - BEGAN)

            waits = threading.Thread(target=wait)
            waits.start()
            while not stage.keeper._held:
                time.sleep(0.005)
            got_up = [stage.ask(stage.keeper.now + seconds, None).now - BEGAN for seconds in (10, 15, 15)]
            waits.join(30)
            return got_up + answered

        assert stage.play(SLOW, act).result == [10, 25, 30, 30]


def test_a_straggler_moves_no_time_between_two_stories() -> None:
    with LoopbackStage() as stage:
        stage.play(PLAIN, lambda *_: stage.ask(BEGAN + 5, None))
        assert not stage.ask(BEGAN + 50, None).moved
        assert not posted(stage.time_url, {"sleep": 50})["moved"]
        assert stage.play(PLAIN, submitted).began == BEGAN + 5


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"sleep": "3"}', b'{"sleep": 1, "until": 2}', b'{"sleep": NaN}', b'{"until": true}']
)
def test_what_is_no_question_is_refused_in_one_sentence(body: bytes) -> None:
    with LoopbackStage() as stage, pytest.raises(urllib.error.HTTPError) as caught:
        posted(stage.time_url, body)
    assert caught.value.code == 400
    assert json.loads(caught.value.read())["error"].startswith('ask with {"sleep": SECONDS}')
    caught.value.close()


def test_a_client_with_real_sleeps_has_a_clock_that_follows_the_real_time() -> None:
    with LoopbackStage(is_tied=False) as stage:

        def act(base_url: str, key: str) -> None:
            submitted(base_url, key)
            time.sleep(0.2)
            submitted(base_url, key)

        played = stage.play(PLAIN, act)
    first, second = (each.at for each in played.exchanges)
    assert second - first >= 0.2


def test_when_the_kit_is_gone_nobody_waits_for_it() -> None:
    with LoopbackStage() as stage:
        there = TimeOverHttp(stage.time_url, str(stage.time_file))
    with pytest.raises(ConnectionError, match="the kit of modelslab-mock has gone, and its time with it"):
        there.ask(BEGAN + 1, None)
