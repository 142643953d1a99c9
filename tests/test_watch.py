"""Waiting without sleeping: woken by what happens, and by time where only time brings what is awaited."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelslab_contracts.wanted import Wanted
from modelslab_mock.app import App
from modelslab_mock.awaited import Appearing, ExchangeAwaited, JobAwaited
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.engine.inputs import Outcome
from modelslab_mock.engine.sandbox import ClockMoved
from modelslab_mock.events import DeliveryMade, Event, kind_of
from modelslab_mock.job_ends import JobEnds
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings
from modelslab_mock.stores.memory import MemoryStore
from modelslab_mock.watch import Awaited, NotInTime, Watch, WontHappen
from modelslab_mock.wire.wall_clock import real_now

T = TypeVar("T")
KEY = "a-key-of-the-tests"
NAME = sandbox_name(KEY)
SUBMIT = "/api/v6/realtime/text2img"
FETCH = "/api/v6/realtime/fetch/"
#: Longer than any test may take: what is found only when the time is up, fails.
SOON = 60.0
GUARD_S = 10.0


class House:
    """An emulator, its store and a watch; `looks` counts how often somebody who waits had a look."""

    def __init__(self, clock: str = "frozen", now: Callable[[], float] = real_now) -> None:
        self.now = now
        given = Settings(clock=clock)
        self.app: App = make_app(given, seed=1, origin="http://127.0.0.1:4777", started=now(), log=Log(quiet=True))
        assert isinstance(self.app.store, MemoryStore)
        self.store = self.app.store
        self.watch = Watch(self.store, now)
        self.looks = 0

    def post(self, path: str, key: str = KEY, **fields: Any) -> dict[str, Any]:
        body = json.dumps({"key": key, **fields}).encode()
        reply = self.app.handle(Request("POST", path, {"content-type": "application/json"}, body), self.now())
        return dict(json.loads(reply.body))

    def submit(self, words: str = "processing eta=5", key: str = KEY) -> int:
        return int(self.post(SUBMIT, key, prompt=f"a fox [[mock: {words}]]")["id"])

    def fetch(self, job_id: int, key: str = KEY) -> None:
        self.post(f"{FETCH}{job_id}", key)

    def advance(self, seconds: float, name: str = NAME) -> None:
        def decide(sandbox: Any) -> Outcome:
            moment = sandbox.clock.now(self.now()) + seconds
            return Outcome([ClockMoved(sandbox.clock.moved_to(moment, self.now()))], None, [])

        self.app.commit(name, decide)

    def job(self, job_id: int, *states: str) -> JobAwaited:
        return JobAwaited(self.watch, NAME, job_id, states or ("ended",))

    def counted(self, awaited: Awaited[T]) -> Awaited[T]:
        """The same, with its looks counted."""
        look = awaited.look

        def counting() -> T | None:
            self.looks += 1
            return look()

        awaited.look = counting  # type: ignore[method-assign]
        return awaited


async def meanwhile(waiting: Awaitable[T], *acts: Callable[[], object]) -> T:
    """What is awaited while something else happens, after the waiting began."""
    task: asyncio.Future[T] = asyncio.ensure_future(waiting)
    for act in acts:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not task.done()
        act()
    return await task


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, GUARD_S))


# --- exchanges ---------------------------------------------------------------------------------------------------------


def test_the_next_matching_exchange_is_waited_for_without_polling() -> None:
    house = House()
    awaited = house.counted(ExchangeAwaited(house.store, Wanted(path=f"{FETCH}*"), from_now=True))

    async def work() -> None:
        job_id = house.submit()
        found = await meanwhile(house.watch.wait(awaited, SOON), house.submit, lambda: house.fetch(job_id))
        assert (found.path, found.n, found.request_body) == (f"{FETCH}{job_id}", 3, b'{"key": "***"}')

    run(work())
    assert house.looks <= 3, "once at the beginning, and at most once after each exchange"


def test_an_exchange_that_came_before_counts_unless_it_must_not() -> None:
    house = House()
    house.submit()
    wanted = Wanted(sandbox=NAME, method="POST")
    assert run(house.watch.wait(ExchangeAwaited(house.store, wanted), SOON)).n == 1
    with pytest.raises(NotInTime, match=r"waited 0.01 s in vain for an exchange with Wanted\(sandbox='sb-"):
        run(house.watch.wait(ExchangeAwaited(house.store, wanted, from_now=True), 0.01))
    with pytest.raises(NotInTime):
        run(house.watch.wait(ExchangeAwaited(house.store, Wanted(sandbox=NAME, since=1)), 0.01))


def test_who_waits_for_one_sandbox_is_not_woken_by_another() -> None:
    house = House()
    awaited = house.counted(ExchangeAwaited(house.store, Wanted(sandbox=NAME)))
    acts = [lambda: house.submit(key="somebody-else")] * 5 + [house.submit]
    assert run(meanwhile(house.watch.wait(awaited, SOON), *acts)).sandbox == NAME
    assert house.looks == 2


def test_a_sandbox_that_begins_anew_is_still_heard() -> None:
    house = House()
    for _ in range(3):
        house.submit()
    awaited = ExchangeAwaited(house.store, Wanted(sandbox=NAME), from_now=True)
    house.store._forget(NAME)
    assert run(meanwhile(house.watch.wait(awaited, SOON), house.submit)).n == 1


def test_many_wait_at_once() -> None:
    house = House()

    async def work() -> None:
        waiting = asyncio.gather(*(house.watch.wait(ExchangeAwaited(house.store, Wanted(since=n)), SOON) for n in range(100)))
        found = await meanwhile(waiting, *[house.submit] * 100)
        assert [each.n for each in found] == list(range(1, 101))

    run(work())
    assert house.store.told is None


# --- jobs --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "ends"), [("processing eta=5", "success"), ("processing eta=5 ends=failed", "failed")])
def test_the_end_of_a_job_is_awaited_by_a_timer_because_nothing_tells_of_it(words: str, ends: str) -> None:
    house = House("scaled:100")
    job_id = house.submit(words)
    began = real_now()
    standing = run(house.watch.wait(house.counted(house.job(job_id)), SOON))
    assert (standing.status, standing.fetches) == (ends, 0)
    assert 0.02 < real_now() - began < 2, "five seconds of a clock that is a hundred times as fast"
    assert house.looks <= 4


def test_moving_a_frozen_clock_wakes_who_waits_for_a_job() -> None:
    house = House()
    job_id = house.submit()
    waiting = house.watch.wait(house.counted(house.job(job_id, "success")), SOON)
    standing = run(meanwhile(waiting, lambda: house.advance(4), lambda: house.advance(1)))
    assert (standing.status, standing.ended_at) == ("success", standing.submitted_at + 5)
    assert house.looks <= 3


@pytest.mark.parametrize(("clock", "words"), [("frozen", "polls=1"), ("auto", "processing eta=5")])
def test_a_fetch_that_ends_a_job_wakes_who_waits_for_it(clock: str, words: str) -> None:
    house = House(clock)
    job_id = house.submit(words)
    fetches = [lambda: house.fetch(job_id)] * 2
    assert run(meanwhile(house.watch.wait(house.job(job_id), SOON), *fetches)).fetches == 2


def test_a_state_that_is_there_is_told_at_once() -> None:
    house = House()
    assert run(house.watch.wait(house.job(house.submit(), "processing", "success"), 0)).status == "processing"
    assert run(house.watch.wait(house.job(house.submit("success")), 0)).status == "success"


def test_what_cannot_happen_any_more_is_told_at_once() -> None:
    house = House()
    done = house.submit("success")
    with pytest.raises(WontHappen, match=f"job {done} ended in success; awaited was failed or error"):
        run(house.watch.wait(house.job(done, "failed", "error"), SOON))
    with pytest.raises(WontHappen, match=f"sandbox {NAME} has no job 77"):
        run(house.watch.wait(house.job(77), SOON))
    with pytest.raises(ValueError, match="'sucess' is no state of a job; did you mean 'success'"):
        house.job(done, "sucess")


def test_a_job_that_never_ends_is_waited_for_in_vain() -> None:
    house = House("real")
    with pytest.raises(NotInTime, match=r"in vain for job \d+ to be success or failed or error"):
        run(house.watch.wait(house.job(house.submit("processing ends=never")), 0.02))


# --- from another thread -----------------------------------------------------------------------------------------------


def test_another_thread_waits_for_what_this_one_does() -> None:
    house = House()
    job_id = house.submit()
    found: list[Any] = []
    looked = threading.Event()
    awaited = house.job(job_id)
    look = awaited.look

    def looking() -> Any:
        try:
            return look()
        finally:
            looked.set()

    awaited.look = looking  # type: ignore[method-assign]
    thread = threading.Thread(target=lambda: found.append(house.watch.wait_for(awaited, SOON)))
    thread.start()
    assert looked.wait(GUARD_S)
    house.advance(5)
    thread.join(GUARD_S)
    assert [each.status for each in found] == ["success"]


def test_a_thread_waits_for_time_too_and_not_for_ever() -> None:
    house = House("scaled:100")
    assert house.watch.wait_for(house.job(house.submit()), SOON).status == "success"
    with pytest.raises(NotInTime):
        house.watch.wait_for(ExchangeAwaited(house.store, Wanted(since=99)), 0.01)


def test_a_loop_is_woken_by_another_thread() -> None:
    house = House()

    async def work() -> int:
        thread = threading.Thread(target=house.submit)
        found = await meanwhile(house.watch.wait(ExchangeAwaited(house.store, Wanted()), SOON), thread.start)
        thread.join()
        return found.n

    assert run(work()) == 1


def test_nobody_holds_up_a_running_loop() -> None:
    house = House()

    async def work() -> None:
        house.watch.wait_for(ExchangeAwaited(house.store, Wanted()), SOON)

    with pytest.raises(TypeError, match=r"await watch\.wait"):
        run(work())


# --- events ------------------------------------------------------------------------------------------------------------


def heard(listener: Any) -> list[Event]:
    events = []
    while (event := listener.look()) is not None:
        events.append(event)
    return events


def test_a_listener_hears_what_happens_in_order_and_when_a_job_ends() -> None:
    house = House()
    with house.watch.listen(NAME) as listener:
        job_id = house.submit()
        house.submit(key="somebody-else")
        house.fetch(job_id)
        house.advance(5)
        house.watch.tell(NAME, (DeliveryMade(job_id, "success", "the receiver answered 204"),))
        house.fetch(job_id)
        events = heard(listener)
    assert [each.kind for each in events] == [
        "job-submitted", "exchange", "fetched", "exchange", "clock-moved", "delivery-made", "exchange", "job-ended",
    ]  # fmt: skip
    assert [each.n for each in events if each.n] == sorted({each.n for each in events if each.n})
    ended = events[-1].as_value()["what"]
    assert (ended["job_id"], ended["status"]) == (job_id, "success")
    assert house.store.told is None


def test_an_end_stands_before_what_happened_after_it() -> None:
    house = House()
    with house.watch.listen(kinds=["job-ended", "clock-moved"]) as listener:
        house.submit()
        house.advance(5)
        house.advance(5)
        assert [each.kind for each in heard(listener)] == ["clock-moved", "job-ended", "clock-moved"]


def test_a_listener_is_told_of_jobs_that_ran_before_it_came_and_waits_for_their_end() -> None:
    house = House("scaled:100")
    old, _ = house.submit(), house.submit("success")
    with house.watch.listen(kinds=["job-ended"]) as listener:
        event = run(listener.next(SOON))
        assert event is not None
        assert event.what.job_id == old
        assert run(listener.next(0.001)) is None
    with house.watch.listen(kinds=["job-ended"]) as listener:
        new = house.submit()
        event = listener.next_for(SOON)
        assert event is not None
        assert event.what.job_id == new


def test_a_slow_listener_loses_the_oldest_and_is_told_how_many() -> None:
    house = House()
    with house.watch.listen(kinds=["exchange"], bound=3) as listener:
        for _ in range(10):
            house.submit()
        first, *rest = heard(listener)
        assert (first.kind, first.as_value()["what"], listener.lost) == ("lost", {"events": 7}, 7)
        assert [each.what.n for each in rest] == [8, 9, 10]
        house.submit()
        assert [each.kind for each in heard(listener)] == ["exchange"]


def test_an_event_tells_nothing_that_is_secret() -> None:
    house = House()
    with house.watch.listen() as listener:
        house.post(SUBMIT, prompt=f"S3CRET {KEY}", track_id=KEY, webhook=f"http://localhost:9/?token=S3CRET&{KEY}")
        house.post(SUBMIT, prompt=f"[[mock: processing ends={KEY}]]")
        house.submit("processing polls=2")
        told = json.dumps([each.as_value() for each in heard(listener)])
    assert "S3CRET" not in told
    assert KEY not in told


def test_a_kind_of_event_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="'exchnage' is no kind of event; did you mean 'exchange'"):
        House().watch.listen(kinds=["exchnage"])


def test_while_nobody_listens_the_store_has_nobody_to_tell() -> None:
    house = House()
    first, second = house.watch.listen(), house.watch.listen(NAME)
    first.close()
    first.close()
    assert house.store.told is not None
    second.close()
    assert house.store.told is None
    with house.watch.listen(), pytest.raises(RuntimeError, match="has a watch already"):
        Watch(house.store, real_now).listen()


def test_a_delivery_is_waited_for_like_anything_that_can_be_looked_up() -> None:
    house = House()
    outbox: list[str] = []

    def deliver() -> None:
        outbox.append("delivered")
        house.watch.tell(NAME, (DeliveryMade(1, "success", "the receiver answered 204"),))

    awaited = Appearing(NAME, lambda: outbox[0] if outbox else None, "a delivery")
    assert run(meanwhile(house.watch.wait(awaited, SOON), deliver)) == "delivered"
    with pytest.raises(NotInTime, match="in vain for a delivery"):
        run(house.watch.wait(Appearing(NAME, lambda: None, "a delivery"), 0.001))


@settings(max_examples=60)
@given(
    moves=st.lists(
        st.one_of(
            st.tuples(
                st.just("submit"), st.sampled_from(["eta=1", "eta=5", "polls=1", "success", "ends=never", "ends=failed"])
            ),
            st.tuples(st.just("advance"), st.integers(0, 6)),
            st.tuples(st.just("fetch"), st.integers(0, 9)),
            st.tuples(st.just("read"), st.none()),
        ),
        max_size=20,
    ),
    clock=st.sampled_from(["frozen", "auto"]),
)
def test_each_end_is_told_once_and_when_its_time_has_come(moves: list[tuple[str, Any]], clock: str) -> None:
    house = House(clock, now=lambda: 1_000.0)
    jobs: list[int] = []
    told: list[Event] = []
    with house.watch.listen(NAME, bound=10_000) as listener:
        for move, what in moves:
            if move == "submit":
                jobs.append(house.submit(what if what == "success" else f"processing {what}"))
            elif move == "advance" and jobs:
                house.advance(what)
            elif move == "fetch" and jobs:
                house.fetch(jobs[what % len(jobs)])
            elif move == "read":
                told += heard(listener)
        told += heard(listener)
    sandbox = house.store.look(NAME)
    now = sandbox.clock.now(1_000.0)
    stands = {each: house.job(each)._standing() for each in jobs}
    ended = [(each.what.job_id, each.what.status, each.at) for each in told if each.kind == "job-ended"]
    assert sorted(ended) == sorted(
        (each.job_id, each.status, each.ended_at) for each in stands.values() if each.status != "processing"
    )
    assert all(at <= now for _, _, at in ended)
    times = [each.at for each in told]
    assert times == sorted(times), "time never runs backwards in what is told"


def test_ends_to_come_are_bounded() -> None:
    house = House()
    ends = JobEnds(house.store.look, bound=3)
    jobs = [house.submit(f"processing eta={n}") for n in range(1, 9)]
    for each in jobs * 3:
        ends.expect(NAME, each)
    assert len(ends._known) == 3
    assert len(ends._heaps[NAME]) <= 6
    house.advance(100)
    told = []
    while (first := ends.first(real_now())) is not None:
        told.append(first[1].job_id)
        ends.drop(NAME)
    assert told == jobs[-3:]


def test_facts_that_are_added_later_are_told_under_their_own_name() -> None:
    class StoryQueued:
        pass

    assert kind_of(StoryQueued()) == "story-queued"
