"""Moving a clock: what is due goes out in order, each at its own moment, whatever the receivers do meanwhile."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_mock import clockwork as clockwork_module
from modelslab_mock.app import App
from modelslab_mock.clockwork import CannotAdvance, Clockwork
from modelslab_mock.engine.clock import clock_from_text
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.engine.inputs import Deliver, Effect
from modelslab_mock.engine.sandbox import ClockMoved
from modelslab_mock.engine.webhook_fates import LATE_S
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

KEY = "k-clockwork"
NAME = sandbox_name(KEY)
HEADERS = {"content-type": "application/json"}
FATES = ("none", "once", "twice", "late", "lost", "failed", "foreign")


def app_of(clock: str = "frozen") -> App:
    settings = Settings(clock=clock)
    return make_app(settings, seed=1, origin="http://127.0.0.1:4777", started=0.0, log=Log(quiet=True))


def submit(app: App, words: str) -> dict[str, Any]:
    order = {"key": KEY, "prompt": f"a fox [[mock: {words}]]", "webhook": "http://localhost/hook"}
    said = app.handle(Request("POST", "/api/v6/realtime/text2img", HEADERS, json.dumps(order).encode()), 0.0)
    return dict(json.loads(said.body))


class Taker:
    """Takes what the clockwork hands out, notes what the clock showed, and does as its receiver does."""

    def __init__(self, app: App, receiver: Callable[[Deliver], Awaitable[Any]] | None = None) -> None:
        self.app = app
        self.taken: list[tuple[float, Deliver]] = []
        self.planned = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self._receiver = receiver

    def carry_out(self, sandbox: str, effects: Iterable[Effect]) -> list[asyncio.Task[None]]:
        hooks = [each for each in effects if isinstance(each, Deliver)]
        self.taken += [(self.app.store.read(sandbox).clock.now(0.0), each) for each in hooks]
        begun = [asyncio.get_running_loop().create_task(self._answer(each)) for each in hooks] if self._receiver else []
        self.tasks.update(begun)
        return begun

    async def _answer(self, hook: Deliver) -> None:
        assert self._receiver is not None
        await self._receiver(hook)

    def plan(self, name: str) -> None:
        assert name == NAME
        self.planned += 1


def clock_of(app: App) -> float:
    return app.store.read(NAME).clock.now(0.0)


jobs = st.lists(st.tuples(st.integers(0, 400), st.sampled_from(FATES)), max_size=12)
moves = st.lists(st.floats(0, 500), min_size=1, max_size=6)


@given(jobs=jobs, moves=moves, mode=st.sampled_from(["frozen", "auto"]))
def test_what_fires_is_what_is_due_in_order_and_never_later_than_the_clock(
    jobs: list[tuple[int, str]], moves: list[float], mode: str
) -> None:
    app = app_of(mode)
    taker = Taker(app)
    clockwork = Clockwork(app, taker, lambda: 0.0)
    expected: list[tuple[float, int]] = []
    for eta, fate in jobs:
        job_id = submit(app, f"processing eta={eta} webhook={fate}")["id"]
        due = eta + (LATE_S if fate == "late" else 0.0)
        if due > 0:  # one that takes no time is told right away
            expected += [(due, job_id)] * {"none": 0, "twice": 2}.get(fate, 1)
    expected.sort(key=lambda each: each[0])

    async def all_moves() -> None:
        fired: list[tuple[float, int]] = []
        for seconds in moves:
            before = clock_of(app)
            moved = await clockwork.advance(NAME, seconds)
            assert (moved.before, moved.now) == (before, before + seconds) == (before, clock_of(app))
            times = [each.at for each in moved.fired]
            assert times == sorted(times)
            assert all(before <= each <= moved.now for each in times)
            fired += [(each.at, each.job_id) for each in moved.fired]
            assert fired == [each for each in expected if each[0] <= moved.now]

    asyncio.run(all_moves())
    assert all(shown == hook.due_at for shown, hook in taker.taken), "each is handed out while the clock shows its moment"
    assert taker.planned == len(moves)


def test_the_clock_waits_at_each_webhook_for_the_receivers_answer() -> None:
    app = app_of()
    seen: list[tuple[int, float]] = []

    async def look(hook: Deliver) -> None:
        await asyncio.sleep(0.01)
        seen.append((hook.job_id, clock_of(app)))

    ids = [submit(app, f"processing eta={eta}")["id"] for eta in (30, 10, 20)]
    asyncio.run(Clockwork(app, Taker(app, look), lambda: 0.0).advance(NAME, 60.0))
    assert seen == [(ids[1], 10.0), (ids[2], 20.0), (ids[0], 30.0)]


def test_a_job_that_a_receiver_submits_on_the_way_is_played_too() -> None:
    app = app_of()
    more: list[int] = []

    async def submit_another(_: Deliver) -> None:
        if len(more) < 2:
            more.append(submit(app, "processing eta=15")["id"])

    first = submit(app, "processing eta=10")["id"]
    moved = asyncio.run(Clockwork(app, Taker(app, submit_another), lambda: 0.0).advance(NAME, 100.0))
    assert [(each.job_id, each.at) for each in moved.fired] == [(first, 10.0), (more[0], 25.0), (more[1], 40.0)]
    assert clock_of(app) == 100.0


def test_receivers_that_never_answer_are_waited_for_once_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clockwork_module, "SETTLE_S", 0.2)
    app = app_of()
    ids = [submit(app, f"processing eta={eta}")["id"] for eta in (1, 2, 3)]
    url = "http://localhost/hook"
    for job_id in ids:
        app.store.outbox(NAME).add(job_id=job_id, fate="once", answer="success", due_at=0.0, url=url, body=b"")

    async def move() -> float:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        taker = Taker(app, lambda _: asyncio.Event().wait())
        moved = await Clockwork(app, taker, lambda: 0.0).advance(NAME, 10.0)
        took = loop.time() - begun
        assert [each.job_id for each in moved.fired] == ids
        assert moved.pending == (1, 2, 3)
        for each in taker.tasks:
            each.cancel()
        return took

    assert 0.2 <= asyncio.run(move()) < 2.0
    assert clock_of(app) == 10.0


def test_a_moment_that_has_passed_is_no_move_and_a_moment_is_reached_exactly() -> None:
    app = app_of()
    clockwork = Clockwork(app, Taker(app), lambda: 0.0)
    assert asyncio.run(clockwork.advance_to(NAME, 12.5)).now == 12.5
    moved = asyncio.run(clockwork.advance_to(NAME, 3.0))
    assert (moved.before, moved.now, moved.fired) == (12.5, 12.5, ())


@pytest.mark.parametrize("seconds", [-0.1, float("nan"), float("inf"), 366 * 86_400 + 1])
def test_a_clock_is_moved_by_a_sensible_number_only(seconds: float) -> None:
    app = app_of()
    clockwork = Clockwork(app, Taker(app), lambda: 0.0)
    with pytest.raises(CannotAdvance, match="a clock is moved by 0 to"):
        asyncio.run(clockwork.advance(NAME, seconds))
    if not seconds < 0:
        with pytest.raises(CannotAdvance, match="at most"):
            asyncio.run(clockwork.advance_to(NAME, seconds))
    assert clock_of(app) == 0.0


def test_a_real_clock_cannot_be_moved() -> None:
    clockwork = Clockwork(app := app_of("real"), Taker(app), lambda: 0.0)
    for move in (clockwork.advance(NAME, 1.0), clockwork.advance_to(NAME, 1.0)):
        with pytest.raises(CannotAdvance, match="a real clock cannot be moved; start with --clock frozen"):
            asyncio.run(move)


def test_a_scaled_clock_runs_on_from_where_it_was_moved_to() -> None:
    app = app_of("scaled:10")
    due = submit(app, "processing eta=50")["id"]
    moved = asyncio.run(Clockwork(app, Taker(app), lambda: 1.0).advance(NAME, 100.0))
    assert (moved.before, moved.now, [each.job_id for each in moved.fired]) == (10.0, 110.0, [due])
    assert app.store.read(NAME).clock.now(2.0) == 120.0


def test_a_clock_that_is_set_to_real_meanwhile_ends_the_move() -> None:
    app = app_of()
    submit(app, "processing eta=10")

    async def let_it_run(_: Deliver) -> None:
        held = app.store.read(NAME)
        app.store.commit(NAME, held.version, [ClockMoved(clock_from_text("real", 0.0))])

    moved = asyncio.run(asyncio.wait_for(Clockwork(app, Taker(app, let_it_run), lambda: 0.0).advance(NAME, 60.0), 5))
    assert len(moved.fired) == 1


def test_another_thread_moves_a_clock_and_waits_while_the_servers_own_must_not() -> None:
    app = app_of()
    clockwork = Clockwork(app, Taker(app), lambda: 0.0)
    with pytest.raises(CannotAdvance, match="does not run yet"):
        clockwork.advance_and_wait(NAME, 1.0)
    loop = clockwork.loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        assert clockwork.advance_and_wait(NAME, 5.0).now == 5.0
        assert clockwork.advance_to_and_wait(NAME, 7.0).now == 7.0

        async def on_the_loop() -> None:
            clockwork.advance_and_wait(NAME, 1.0)

        with pytest.raises(CannotAdvance, match="await advance"):
            asyncio.run_coroutine_threadsafe(on_the_loop(), loop).result(5)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
