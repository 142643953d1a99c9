"""One timer for all sandboxes: it rings for each at its moment, however often moments are moved."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelslab_mock.wire.alarm import Alarm


class Loop(asyncio.SelectorEventLoop):
    """A loop whose time jumps to the next timer, so that nothing is waited for; it counts the timers that were set."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = 0.0
        self.waiting = 0

    def time(self) -> float:
        return self.shown

    def _run_once(self) -> None:
        scheduled = [each for each in self._scheduled if not each.cancelled()]  # type: ignore[attr-defined]
        self.waiting = max(self.waiting, len(scheduled))
        if not self._ready and scheduled:  # type: ignore[attr-defined]
            self.shown = max(self.shown, min(each.when() for each in scheduled))
        super()._run_once()  # type: ignore[misc]


moves = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(["set", "earlier", "cancel"]), st.integers(0, 50)), max_size=30
)


@settings(max_examples=50)
@given(moves=moves)
def test_it_rings_for_each_at_its_moment_and_once(moves: list[tuple[str, str, int]]) -> None:
    rung: list[tuple[str, float]] = []
    expected: dict[str, int] = {}

    async def run() -> None:
        loop = asyncio.get_running_loop()
        alarm = Alarm(lambda name: rung.append((name, loop.time())))
        for name, what, seconds in moves:
            if what == "set":
                alarm.set(name, seconds)
                expected[name] = seconds
            elif what == "earlier":
                alarm.set_earlier(name, seconds)
                expected[name] = min(expected.get(name, seconds), seconds)
            else:
                alarm.set(name, None)
                expected.pop(name, None)
        await asyncio.sleep(100)

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(run())
    assert sorted(rung) == sorted((name, float(seconds)) for name, seconds in expected.items())
    assert [at for _, at in rung] == sorted(at for _, at in rung)


def test_a_thousand_sandboxes_take_one_timer_and_a_bounded_heap() -> None:
    rung: list[str] = []

    async def run() -> None:
        alarm = Alarm(rung.append)
        for turn in range(20):
            for number in range(1_000):
                alarm.set(f"sb-{number}", 10.0 + number / 1_000 + turn)
        assert len(alarm._heap) <= 2 * 1_000 + 64
        await asyncio.sleep(60.0)
        assert (alarm._heap, alarm._moments) == ([], {})

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(run())
        loop = runner.get_loop()
        assert isinstance(loop, Loop)
        assert loop.waiting <= 2, "one of ours, one of the test's sleep"
    assert rung == [f"sb-{number}" for number in range(1_000)]


def test_one_that_sets_itself_again_when_it_rings_lets_others_ring() -> None:
    rung: list[str] = []

    async def run() -> None:
        def ring(name: str) -> None:
            rung.append(name)
            if name == "again" and len(rung) < 5:
                alarm.set("again", 0.0)

        alarm = Alarm(ring)
        alarm.set("again", 1.0)
        alarm.set("other", 1.0)
        await asyncio.sleep(5.0)

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(run())
    assert sorted(rung) == ["again"] * 4 + ["other"]
    assert "other" in rung[:2]


def test_a_moment_that_is_now_can_be_set_twice_on_the_loop_that_serve_uses() -> None:
    uvloop: Any = pytest.importorskip("uvloop")
    rung: list[str] = []

    async def both() -> None:
        alarm = Alarm(rung.append)
        alarm.set("a", 0.0)
        alarm.set("b", 0.0)
        await asyncio.sleep(0.01)
        alarm.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(both())
    assert sorted(rung) == ["a", "b"]
