"""A client tied to a clock: it sleeps without waiting, and whatever it measures agrees."""

from __future__ import annotations

import asyncio
import queue
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from typing import Any, cast

import httpx
import pytest
import requests

pytest.importorskip("aiohttp", reason="aiohttp is not installed")
pytest.importorskip("time_machine", reason="time-machine is not installed")

from modelslab_mock.app import App
from modelslab_mock.engine.ids import sandbox_name
from modelslab_mock.ways.in_process.answering import InProcess
from modelslab_mock.ways.in_process.idling import is_runnable
from modelslab_mock.ways.in_process.intercept import Interception
from modelslab_mock.ways.in_process.sandbox_time import SandboxTime
from modelslab_mock.ways.in_process.tied_time import TiedTime, TiedTimeError
from modelslab_mock.ways.in_process.waiting import WaitingRoom
from modelslab_mock.wire.wall_clock import real_now

from . import early_importer
from .clients import BEGAN, CLIENTS, HOST, RAISES, SUBMIT

KEY = "some-key"


class Clock:
    """The smallest clock there is."""

    def __init__(self) -> None:
        self.shows = BEGAN

    def now(self) -> float:
        return self.shows

    def advance_to(self, moment: float) -> None:
        self.shows = max(self.shows, moment)

    @property
    def passed(self) -> float:
        return round(self.shows - BEGAN, 3)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tied(clock: Clock) -> Iterator[TiedTime]:
    """Tied time around the test; the test fails when it took ten real seconds, which no fast machine and no slow one needs."""
    began = real_now()
    with TiedTime(clock) as scope:
        yield scope
    assert real_now() - began < 10


@contextmanager
def no_waiting() -> Iterator[None]:
    """The block takes three seconds of the processor at most, and of real time what a crowded machine makes of them."""
    began, worked = real_now(), time.process_time()
    yield
    assert time.process_time() - worked < 3
    assert real_now() - began < 120


# --- reading and sleeping ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", early_importer.READERS)
@pytest.mark.usefixtures("tied")
def test_every_reading_moves_with_the_clock_also_by_a_name_imported_before(name: str, clock: Clock) -> None:
    read = early_importer.READERS[name]
    before = read()
    assert read() == before
    clock.advance_to(BEGAN + 100)
    assert read() - before == pytest.approx(100, abs=1e-5)


@pytest.mark.usefixtures("tied")
def test_a_sleep_moves_the_clock_also_by_a_name_imported_before(clock: Clock) -> None:
    time.sleep(10)
    assert clock.passed == 10
    early_importer.nap(10)
    assert clock.passed == 20


@pytest.mark.usefixtures("tied")
def test_a_bad_sleep_is_refused_as_ever() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)
    with pytest.raises(TypeError):
        time.sleep("1")  # type: ignore[arg-type]
    time.sleep(0)


def test_an_hour_of_naps_takes_moments(clock: Clock) -> None:
    with no_waiting(), TiedTime(clock):
        for _ in range(1_200):
            time.sleep(3)
    assert clock.passed == 3_600


@pytest.mark.usefixtures("tied")
def test_the_emulators_own_clock_keeps_the_real_time(clock: Clock) -> None:
    before = real_now()
    time.sleep(3_600)
    assert real_now() - before < 60


# --- threads -----------------------------------------------------------------------------------------------------------


def run_all(*targets: Callable[[], Any]) -> None:
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("tied")
@pytest.mark.parametrize("count", [2, 7])
def test_threads_that_sleep_at_once_spend_the_time_once(clock: Clock, count: int) -> None:
    run_all(*[lambda: time.sleep(10)] * count)
    assert clock.passed == 10


@pytest.mark.usefixtures("tied")
def test_sleepers_wake_in_the_order_of_their_moments(clock: Clock) -> None:
    woke: list[tuple[float, float]] = []

    def nap(seconds: float) -> None:
        time.sleep(seconds)
        woke.append((seconds, clock.passed))

    run_all(*(lambda seconds=seconds: nap(seconds) for seconds in (30, 10, 20)))
    assert woke == [(10, 10), (20, 20), (30, 30)]


@pytest.mark.usefixtures("tied")
def test_a_pool_of_workers_sleeps_side_by_side_again_and_again(clock: Clock) -> None:
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            list(pool.map(time.sleep, [10] * 4))
    assert clock.passed == 30


@pytest.mark.usefixtures("tied")
def test_waits_with_a_time_out_end_by_it(clock: Clock) -> None:
    assert not threading.Event().wait(5)
    with pytest.raises(queue.Empty):
        queue.Queue().get(timeout=5)
    assert not threading.Semaphore(0).acquire(timeout=5)
    condition = threading.Condition()
    with condition:
        assert not condition.wait_for(lambda: False, timeout=5)
    with pytest.raises(threading.BrokenBarrierError):
        threading.Barrier(2).wait(timeout=5)
    with ThreadPoolExecutor(1) as pool, pytest.raises(FutureTimeoutError):
        pool.submit(lambda: time.sleep(7)).result(timeout=5)
    assert clock.passed == 32


@pytest.mark.usefixtures("tied")
def test_what_comes_in_time_ends_a_wait_before_its_time_out(clock: Clock) -> None:
    event, box = threading.Event(), queue.Queue[float]()

    def later() -> None:
        time.sleep(3)
        event.set()
        time.sleep(3)
        box.put(clock.passed)

    thread = threading.Thread(target=later)
    thread.start()
    assert event.wait(60)
    assert clock.passed == 3
    assert box.get(timeout=60) == 6
    thread.join(timeout=60)
    assert (thread.is_alive(), clock.passed) == (False, 6)


@pytest.mark.usefixtures("tied")
def test_a_join_ends_by_its_time_out(clock: Clock) -> None:
    thread = threading.Thread(target=time.sleep, args=(100,))
    thread.start()
    thread.join(timeout=10)
    assert (thread.is_alive(), clock.passed) == (True, 10)
    thread.join()
    assert clock.passed == 100


@pytest.mark.usefixtures("tied")
def test_a_timer_rings_at_its_moment(clock: Clock) -> None:
    rang: list[float] = []
    timer = threading.Timer(30, lambda: rang.append(clock.passed))
    timer.start()
    timer.join()
    assert rang == [30]


@pytest.mark.usefixtures("tied")
def test_time_does_not_stand_still_for_a_thread_that_is_elsewhere(clock: Clock) -> None:
    gate = threading.Lock()
    gate.acquire()
    thread = threading.Thread(target=gate.acquire)  # in C, where nobody is told of it
    thread.start()
    for _ in range(100):
        time.sleep(1)
    gate.release()
    thread.join()
    assert clock.passed == 100


@pytest.mark.usefixtures("tied")
def test_time_waits_for_a_thread_that_works(clock: Clock) -> None:
    """Work takes no time: a client that computes for 0.2 s of ours while another waits 60 s does not make it time out."""
    done = threading.Event()

    def work() -> None:
        end = real_now() + 0.2
        while real_now() < end:
            pass
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert done.wait(60)
    assert clock.passed == 0
    thread.join()


def test_a_thread_from_before_the_scope_sleeps_in_step_but_does_not_push(clock: Clock) -> None:
    """A watchdog that somebody started long ago must not run through hours while the test waits for something real."""
    stop, naps = threading.Event(), [0]

    def watch() -> None:
        while not stop.is_set():
            time.sleep(0.1)
            naps[0] += 1

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    gate = threading.Lock()
    gate.acquire()
    with TiedTime(clock):
        gate.acquire(timeout=0.5)  # in C: nobody is told of it
        assert clock.passed == 0
        assert 1 <= naps[0] <= 6
        time.sleep(5)
        assert clock.passed >= 5
    stop.set()
    thread.join(5)


# --- asyncio -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", range(5))
def test_a_pool_from_before_the_scope_is_waited_for(clock: Clock, again: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        pool.submit(abs, again).result()
        with TiedTime(clock):
            nap = pool.submit(time.sleep, 5)
            assert nap.result(timeout=8) is None
            assert clock.passed == 5


@pytest.mark.parametrize("again", range(5))
def test_a_loop_in_a_thread_from_before_the_scope_is_waited_for(clock: Clock, again: int) -> None:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()
    try:
        with TiedTime(clock):
            nap = asyncio.run_coroutine_threadsafe(asyncio.sleep(5, again), loop)
            assert nap.result(timeout=8) == again
            assert clock.passed == 5
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.mark.usefixtures("tied")
def test_coroutines_sleep_side_by_side_and_time_out(clock: Clock) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(asyncio.sleep(10), asyncio.sleep(7), asyncio.sleep(10))
        assert loop.time() - began == pytest.approx(10, abs=1e-5)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 60)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.sleep(3_000)

    asyncio.run(run())
    assert clock.passed == pytest.approx(100, abs=0.001)


@pytest.mark.usefixtures("tied")
def test_a_loop_and_its_threads_share_the_time(clock: Clock) -> None:
    async def run() -> None:
        await asyncio.gather(asyncio.to_thread(time.sleep, 30), asyncio.sleep(30), asyncio.to_thread(time.sleep, 20))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(time.sleep, 50), 40)

    asyncio.run(run())
    assert clock.passed == pytest.approx(80, abs=0.001)  # the thread sleeps on to its end, and the loop waits for it


def test_an_hour_of_coroutine_naps_takes_moments(clock: Clock) -> None:
    async def run() -> None:
        for _ in range(1_200):
            await asyncio.sleep(3)

    with no_waiting(), TiedTime(clock):
        asyncio.run(run())
    assert clock.passed == pytest.approx(3_600, abs=0.01)


# --- spinning ----------------------------------------------------------------------------------------------------------


class Spun(Exception):
    """What a kit might raise."""


def test_polls_without_the_clock_moving_are_told_of(clock: Clock) -> None:
    def stop(polls: int) -> None:
        raise Spun(polls)

    with TiedTime(clock, on_spin=stop) as tied:
        for _ in range(5):  # an honest client never gets there
            for _ in range(900):
                tied.polled()
            time.sleep(1)
        polls = 0
        with pytest.raises(Spun, match="1000"):
            while True:
                polls += 1
                tied.polled()
        assert polls == 1_000


@pytest.mark.usefixtures("tied")
def test_staring_at_the_clock_ends(clock: Clock) -> None:
    end = time.monotonic() + 2
    while time.monotonic() < end:
        pass
    assert clock.passed >= 2


# --- leaving -----------------------------------------------------------------------------------------------------------

PATCHED: tuple[tuple[Any, str], ...] = (
    *((time, name) for name in ("sleep", "time", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")),
    *((early_importer, name) for name in ("sleep", "monotonic", "perf_counter")),
    (threading.Condition, "wait"),
    (threading.Thread, "start"),
    (threading.Thread, "join"),
)


def test_everything_is_put_back_even_after_an_exception(clock: Clock) -> None:
    before = [vars(owner)[name] for owner, name in PATCHED]
    wall = time.time()
    with pytest.raises(ZeroDivisionError), TiedTime(clock):
        late = types.ModuleType("late")  # a module that is imported inside the scope
        exec("from time import sleep, monotonic", late.__dict__)
        sys.modules["late"] = late
        raise ZeroDivisionError
    assert [vars(owner)[name] for owner, name in PATCHED] == before
    assert (sys.modules.pop("late").sleep, late.monotonic) == (time.sleep, time.monotonic)
    assert abs(time.time() - wall) < 60


def test_a_thread_that_still_sleeps_when_the_scope_ends_wakes_up(clock: Clock) -> None:
    with TiedTime(clock):
        thread = threading.Thread(target=time.sleep, args=(1_000_000,))
        thread.start()
    thread.join(5)
    assert not thread.is_alive()


def test_a_thread_that_waits_for_somebody_still_does_after_the_scope(clock: Clock) -> None:
    event, got = threading.Event(), []
    thread = threading.Thread(target=lambda: got.append(event.wait()))
    with TiedTime(clock):
        thread.start()
        time.sleep(10)
    thread.join(0.05)
    assert thread.is_alive()
    event.set()
    thread.join(5)
    assert got == [True]


def test_one_scope_at_a_time(clock: Clock) -> None:
    with TiedTime(clock), pytest.raises(TiedTimeError, match="cannot be nested"):
        TiedTime(clock).__enter__()
    with TiedTime(clock):
        pass


def test_beside_somebody_elses_clock_it_refuses_and_leaves_nothing(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(TiedTimeError, match="end it first"):
        TiedTime(clock).__enter__()
    monkeypatch.undo()
    with TiedTime(clock):
        time.sleep(1)
    assert clock.passed == 1


@pytest.mark.usefixtures("tied")
def test_a_subprocess_is_waited_for_in_real_time(clock: Clock) -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.1)"])
    assert process.wait(timeout=30) == 0
    assert clock.passed < 1


# --- tied to the clocks of an emulator ---------------------------------------------------------------------------------


class Client:
    """A whole client: submits, polls every `nap_s`, gives up after `patience_s` on its own monotonic clock."""

    def __init__(self, prompt: str, nap_s: float = 3.0, patience_s: float = 60.0) -> None:
        self.body = {"key": KEY, "prompt": prompt}
        self.nap_s, self.patience_s = nap_s, patience_s

    def run(self) -> str:
        said = requests.post(HOST + SUBMIT, json=self.body, timeout=10).json()
        end = time.monotonic() + self.patience_s
        while said["status"] == "processing":
            if time.monotonic() > end:
                return "gave up"
            time.sleep(self.nap_s)
            fetch = said.get("fetch_result", f"{HOST}/api/v6/realtime/fetch/{said.get('id')}")
            said = {**said, **requests.post(fetch, json={"key": KEY}, timeout=10).json()}
        return str(said["status"])

    def run_in_a_thread(self) -> str:
        got: list[str] = []
        run_all(lambda: got.append(self.run()))
        return got[0]

    def run_on_asyncio(self) -> str:
        async def run() -> str:
            async with httpx.AsyncClient(trust_env=False) as client:
                said = (await client.post(HOST + SUBMIT, json=self.body)).json()
                fetch = said["fetch_result"]
                while said["status"] == "processing":
                    await asyncio.sleep(self.nap_s)
                    said = (await client.post(fetch, json={"key": KEY})).json()
                return str(said["status"])

        async def bounded() -> str:
            try:
                return await asyncio.wait_for(run(), self.patience_s)
            except TimeoutError:
                return "gave up"

        return asyncio.run(bounded())


FORMS: dict[str, Callable[[Client], str]] = {
    "sync": Client.run,
    "thread": Client.run_in_a_thread,
    "asyncio": Client.run_on_asyncio,
}


@pytest.fixture(params=["frozen", "auto"])
def tied_app(request: pytest.FixtureRequest, make_app: Callable[..., App]) -> Iterator[SandboxTime]:
    app = make_app(clock=request.param)
    sandbox = sandbox_name(KEY)
    spun: list[int] = []
    clock = SandboxTime(app, lambda: (sandbox,), BEGAN)
    with TiedTime(clock, on_spin=spun.append) as tied, Interception(InProcess(app, before=lambda _: tied.polled())):
        yield clock
    assert spun == []  # what a kit would accuse a client by


@pytest.mark.parametrize("form", FORMS)
def test_a_client_with_a_deadline_gives_up_on_a_job_that_never_ends_and_is_innocent(form: str, tied_app: SandboxTime) -> None:
    assert FORMS[form](Client("a fox [[mock: processing ends=never]]")) == "gave up"
    assert tied_app.now() - BEGAN == pytest.approx(60, abs=3.1)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tied_app", ["frozen"], indirect=True)  # an auto clock goes to a job's end by itself
def test_an_hour_of_generation_passes_in_moments(form: str, tied_app: SandboxTime) -> None:
    client = Client("a fox [[mock: processing eta=3600]]", nap_s=60, patience_s=10_000)
    with no_waiting():
        assert FORMS[form](client) == "success"
    assert 3_600 <= tied_app.now() - BEGAN <= 3_660


@pytest.mark.parametrize("library", CLIENTS)
def test_a_slow_answer_and_a_clients_patience_with_it_are_tied_too(library: str, make_app: Callable[..., App]) -> None:
    app, slow = make_app(clock="frozen"), "mock-slow"  # ten seconds
    clock = SandboxTime(app, lambda: (sandbox_name(slow),), BEGAN)
    body, began = {"key": slow, "prompt": "a fox"}, real_now()
    with TiedTime(clock), Interception(InProcess(app)):
        assert CLIENTS[library]("POST", HOST + SUBMIT, body, timeout=30).json["status"] == "success"
        assert clock.now() - BEGAN == pytest.approx(10, abs=0.01)
        with pytest.raises(RAISES[library][2]):
            CLIENTS[library]("POST", HOST + SUBMIT, body, timeout=4)
        assert clock.now() - BEGAN == pytest.approx(14, abs=0.01)
    assert real_now() - began < 4


def test_two_clients_at_once_see_one_time(tied_app: SandboxTime) -> None:
    said: list[str] = []
    prompts = ("a fox [[mock: processing ends=never]]", "a cat [[mock: processing ends=never]]")
    run_all(*(lambda prompt=prompt: said.append(Client(prompt).run()) for prompt in prompts))
    assert said == ["gave up"] * 2
    assert tied_app.now() - BEGAN < 65


def test_webhooks_that_fall_due_while_a_client_sleeps_are_carried_out_in_order(make_app: Callable[..., App]) -> None:
    app = make_app(clock="frozen")
    sent: list[tuple[str, str, int]] = []
    sandbox = sandbox_name(KEY)

    def carry_out(name: str, effects: Any) -> None:
        sent.extend((name, each.job.prompt, round(app.store.read(name).clock.now(0.0) - BEGAN)) for each in effects)

    clock = SandboxTime(app, lambda: (sandbox,), BEGAN, carry_out)
    with TiedTime(clock), Interception(InProcess(app)):
        for eta in (20, 10):
            body = {"key": KEY, "prompt": f"fox {eta} [[mock: processing eta={eta}]]", "webhook": "http://localhost:9/"}
            requests.post(HOST + SUBMIT, json=body)
        time.sleep(60)
    assert [(name, prompt[:6], at) for name, prompt, at in sent] == [(sandbox, "fox 10", 10), (sandbox, "fox 20", 20)]


def test_a_real_clock_cannot_be_moved(make_app: Callable[..., App]) -> None:
    app = make_app(clock="real")
    with pytest.raises(ValueError, match="only a frozen or auto clock"):
        SandboxTime(app, lambda: (sandbox_name(KEY),), BEGAN).advance_to(BEGAN + 1e12)


class Ended:
    """A thread that has ended, whose number another one has now."""

    native_id = None

    def __init__(self, ident: int | None) -> None:
        self.ident = ident

    def is_alive(self) -> bool:
        return False


def test_a_thread_is_not_judged_by_those_that_had_its_number_before(clock: Clock) -> None:
    room, gate = WaitingRoom(clock), threading.Event()
    living = threading.Thread(target=gate.wait)
    living.start()
    try:
        for _ in range(2):  # as the system gives numbers anew
            room.joins(cast("Any", Ended(living.ident)))
        room.joins(living)
        room._find_those_elsewhere()
        assert living.ident not in room._elsewhere
        assert room._threads == {threading.current_thread(), living}
    finally:
        gate.set()
        living.join()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_who_would_run_is_told_from_who_waits() -> None:
    gate = threading.Event()
    waiter = threading.Thread(target=gate.wait)
    waiter.start()
    try:
        deadline = real_now() + 10
        while is_runnable(waiter) and real_now() < deadline:
            pass
        assert not is_runnable(waiter)
        assert is_runnable(threading.current_thread())
    finally:
        gate.set()
        waiter.join()
    assert not is_runnable(waiter)
