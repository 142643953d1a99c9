"""A Python client tied to a clock of ours: when it sleeps, the clock moves, and nobody waits.

Wall time (`time.time`, `datetime`, however imported) is time-machine's work: it replaces the C functions themselves, at no
cost to what is loaded. Neither time-machine nor freezegun has sleeps, so those are ours, and with them the monotonic clocks.
freezegun has the monotonic clocks, but looks at the caller's callers and leaves the real time to whatever runs shallow in a
thread, and takes ten times longer to begin.

What is tied: `time.sleep`, `time`, `monotonic`, `perf_counter` and their `_ns` forms, also where a module imported them by
name; the time and the waiting of asyncio's own event loops; `threading.Condition.wait` and so Event, Semaphore, Barrier,
Timer, `queue.Queue`, futures; `Thread.join`. What is not: waits in C (`Lock.acquire(timeout=)`, `queue.SimpleQueue`,
`select.select`), uvloop, trio, other processes.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

from .patches import Patches
from .real_time import is_ours, lives_in_real_time
from .waiting import LOOK_S, PATIENCE_S, STUCK_LOOKS, ClientClock, Waiter, WaitingRoom

#: Polls without the clock moving, after which `on_spin` is told.
SPIN_AFTER = 1_000
#: Readings of the clock without it moving, after which each one moves it a little: `while monotonic() < end: pass` ends.
_STARE_AFTER = 100_000
_STARE_S = 0.001
#: Whoever waits for somebody for so long waits for ever, where that matters.
_ENDLESS_S = 25 * 3600.0
_READERS = ("monotonic", "perf_counter")
#: Modules that keep the real functions: test runners and measurers, libraries with clocks of their own, and ourselves.
_REAL = ("_pytest", "pytest", "pluggy", "xdist", "execnet", "coverage", "hypothesis", "trio", "uvloop", "uvicorn",
         "subprocess", "multiprocessing", "time_machine", "freezegun", "modelslab_mock", "modelslab_contracts")  # fmt: skip
#: Where ours sleep in a client's place, while an answer is slow.
_FOR_THE_CLIENT = __package__ + ".intercept_"
_active: TiedTime | None = None


def is_stuck() -> bool:
    """Whether time cannot be moved by a client's waits: it is not tied, or nobody waits for a moment of it."""
    active = _active
    return active is None or active._room.is_stuck()  # noqa: SLF001 # a friend in the same file


class TiedTimeError(RuntimeError):
    """Why time cannot be tied now, as one sentence."""


class TiedTime:
    """A scope in which this process's time is `clock`'s. One at a time.

    `polled()` is to be called for every request of the client; `on_spin(polls)` is called when it was, `spin_after` times
    over, without the clock having moved in between, and again for each further poll. What it raises reaches the client.
    `on_block(seconds)` is called when a thread sleeps so long by `time.sleep` while an event loop runs in it.
    `on_endless()` is called in a thread that has waited for somebody, without a time-out, for more than a day.
    """

    def __init__(
        self,
        clock: ClientClock,
        *,
        on_spin: Callable[[int], None] | None = None,
        spin_after: int = SPIN_AFTER,
        on_block: Callable[[float], None] | None = None,
        on_endless: Callable[[], None] | None = None,
    ) -> None:
        self._clock = clock
        self._on_spin = on_spin
        self._spin_after = spin_after
        self._on_block = on_block
        self._on_endless = on_endless
        self._patches = Patches()
        self._spin = (0.0, 0)
        self._stare = (0.0, 0)

    def __enter__(self) -> Self:
        global _active  # noqa: PLW0603 # one time per process
        if _active is not None:
            raise TiedTimeError("time is tied already: scopes of tied time cannot be nested")
        import time_machine

        real = {name: getattr(time, name) for name in ("sleep", *_READERS, *(f"{each}_ns" for each in _READERS))}
        if any(not hasattr(each, "__self__") for each in real.values()):  # builtins have one, what replaced them has not
            raise TiedTimeError("something else has replaced the functions of `time` (freezegun, a monkeypatch): end it first")
        self._real = real
        self._began = self._clock.now()
        self._room = WaitingRoom(self._clock)
        self._fakes = {"sleep": self._sleep_function(), **self._clock_functions()}  # before travelling: 2.x moves monotonic too
        self._travel = time_machine.travel(self._began, tick=False)
        traveller: Any = self._travel.start()
        traveller.time_ns = lambda: round(self._read() * 1e9)  # it asks, instead of being moved to wherever the clock is
        try:
            self._install()
        except BaseException:
            self._leave()
            raise
        _active = self
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        global _active  # noqa: PLW0603
        _active = None
        self._leave()

    def polled(self) -> None:
        """The client asked the emulator something."""
        __tracebackhide__ = True  # a client is told of its own lines
        now = self._clock.now()
        moment, polls = self._spin
        polls = polls + 1 if moment == now else 1
        self._spin = (now, polls)
        self._stare = (now, 0)
        if polls >= self._spin_after and self._on_spin is not None:
            self._on_spin(polls)

    def _leave(self) -> None:
        self._room.close()
        fakes = {id(fake): self._real[name] for name, fake in self._fakes.items()}
        self._patches.undo()
        _exchange(fakes, setattr)  # modules that were imported inside the scope hold ours by name
        self._travel.stop()

    def _install(self) -> None:
        for name, fake in self._fakes.items():
            self._patches.set(time, name, fake)
        _exchange({id(self._real[name]): fake for name, fake in self._fakes.items()}, self._patches.set)
        self._patches.wrap(threading.Condition, "wait", self._condition_wait)
        self._patches.wrap(threading.Thread, "start", self._thread_start)
        self._patches.wrap(threading.Thread, "join", self._thread_join)
        for name in (
            "EpollSelector",
            "KqueueSelector",
            "SelectSelector",
        ):  # of asyncio's loops; others may be asked by any thread
            if (selector := getattr(selectors, name, None)) is not None:
                self._patches.wrap(selector, "select", self._select)

    def _read(self) -> float:
        now = self._clock.now()
        moment, times = self._stare
        if moment != now:
            self._stare = (now, 1)
        elif times < _STARE_AFTER or is_ours():
            self._stare = (now, times + 1)
        else:
            self._clock.advance_to(now + _STARE_S)
            self._stare = (self._clock.now(), times)
        return now

    def _clock_functions(self) -> dict[str, Any]:
        fakes: dict[str, Any] = {}
        for name in _READERS:
            real, real_ns = self._real[name], self._real[name + "_ns"]
            began = real() - self._began

            def read(real: Any = real, began: float = began) -> float:
                return began + self._read() if _active is self else float(real())

            def read_ns(real_ns: Any = real_ns, began: float = began) -> int:
                return round((began + self._read()) * 1e9) if _active is self else int(real_ns())

            fakes[name], fakes[name + "_ns"] = read, read_ns
        return fakes

    def _sleep_function(self) -> Any:
        real_sleep = self._real["sleep"]

        def sleep(seconds: float, /) -> None:
            caller = sys._getframe(1).f_globals.get("__name__") or ""  # noqa: SLF001
            if seconds <= 0 or not self._is_tied() or (_is_real(caller) and not caller.startswith(_FOR_THE_CLIENT)):
                real_sleep(seconds)
            else:
                if self._on_block is not None and asyncio._get_running_loop() is not None:  # noqa: SLF001 # the cheap one
                    self._on_block(seconds)
                self._room.wait(Waiter(self._room, self._clock.now() + seconds))

        return sleep

    def _is_tied(self) -> bool:
        return _active is self and not is_ours()

    def _condition_wait(self, original: Any) -> Any:
        def wait(condition: Any, timeout: float | None = None, *, stuck_looks: int = 0) -> bool:
            if (timeout is not None and timeout <= 0) or not self._is_tied():
                return bool(original(condition, timeout))
            if not condition._is_owned():  # noqa: SLF001 # as the original, with a waiter of ours among the others
                raise RuntimeError("cannot wait on un-acquired lock")
            waiter = Waiter(self._room, None if timeout is None else self._clock.now() + timeout)
            condition._waiters.append(waiter)  # noqa: SLF001 # notify() releases it
            state = condition._release_save()  # noqa: SLF001
            came = False
            try:
                came = self._room.wait(waiter, stuck_looks)
                return came
            finally:
                condition._acquire_restore(state)  # noqa: SLF001
                if not came and waiter in condition._waiters:  # noqa: SLF001
                    condition._waiters.remove(waiter)  # noqa: SLF001

        def wait_or_end(condition: Any, timeout: float | None = None) -> bool:
            if timeout is not None or self._on_endless is None or not self._is_tied():
                return wait(condition, timeout)
            # Only when nothing can end it any more does time go on, to the webhooks that are still to come, and then for ever.
            while not wait(condition, stuck_looks=STUCK_LOOKS) and not wait(condition, _ENDLESS_S):
                self._on_endless()
            return True

        return wait_or_end

    def _thread_start(self, original: Any) -> Any:
        def start(thread: threading.Thread) -> None:
            if not self._is_tied() or lives_in_real_time(thread):
                original(thread)
                return
            self._room.joins(thread)
            try:
                original(thread)
            finally:
                self._room.joined(thread)

        return start

    def _thread_join(self, original: Any) -> Any:
        def join(thread: threading.Thread, timeout: float | None = None) -> None:
            if (timeout is not None and timeout <= 0) or not self._is_tied():
                original(thread, timeout)
                return
            until = None if timeout is None else self._clock.now() + timeout
            with self._room.present(waiter := Waiter(self._room, until, lambda: not thread.is_alive())) as is_guest:
                while True:
                    original(thread, PATIENCE_S)
                    if waiter.over or not thread.is_alive():
                        return
                    self._room.look_again(is_guest=is_guest)

        return join

    def _select(self, original: Any) -> Any:
        turn = asyncio.BaseEventLoop._run_once.__code__  # type: ignore[attr-defined] # noqa: SLF001

        def select(selector: Any, timeout: float | None, *, is_loop: bool) -> Any:
            if not is_loop or (timeout is not None and timeout <= 0) or not self._is_tied():
                return original(selector, timeout)
            # With more to watch than the loop's own wake-up pipe, something real may be under way: it gets a moment first.
            events = original(selector, PATIENCE_S if len(selector.get_map()) > 1 and timeout is not None else 0)
            if events:
                return events
            now = self._clock.now()
            until = None if timeout is None else max(now + timeout, math.nextafter(now, math.inf))
            with self._room.present(waiter := Waiter(self._room, until, lambda: bool(original(selector, 0)))) as is_guest:
                while not waiter.over:
                    if events := original(selector, None if until is None else PATIENCE_S):
                        return events
                    self._room.look_again(is_guest=is_guest)
            return original(selector, 0)

        def select_or_end(selector: Any, timeout: float | None = None) -> Any:
            is_loop = sys._getframe(1).f_code is turn  # noqa: SLF001
            if not is_loop or timeout is not None or self._on_endless is None or not self._is_tied():
                return select(selector, timeout, is_loop=is_loop)
            return self._events_or_end(partial(original, selector), partial(select, selector, is_loop=True))

        return select_or_end

    def _events_or_end(self, look: Callable[[float], Any], wait: Callable[[float], Any]) -> Any:
        """The events of a loop that waits for nothing but them, as above."""
        stuck = 0
        while not (events := look(0)):
            with self._room.present(Waiter(self._room, None, lambda: bool(look(0)))):
                if events := look(LOOK_S):
                    return events
                stuck = stuck + 1 if self._room.is_stuck() else 0
            if stuck >= STUCK_LOOKS:
                if events := wait(_ENDLESS_S):
                    return events
                assert self._on_endless is not None
                self._on_endless()
        return events


def _exchange(by_id: dict[int, Any], put: Callable[[Any, str, Any], None]) -> None:
    """Where a module holds one of the functions by name, `put` the other there."""
    for name, module in list(sys.modules.items()):
        held = getattr(module, "__dict__", None)
        # Most modules hold none: that is found out without a loop of ours, or a scope would begin several times slower.
        if type(held) is not dict or by_id.keys().isdisjoint(map(id, list(held.values()))) or module is time or _is_real(name):
            continue
        for attribute, value in list(held.items()):
            if (other := by_id.get(id(value))) is not None:
                put(module, attribute, other)


def _is_real(module: str) -> bool:
    return module.partition(".")[0] in _REAL
