"""Who waits for which moment of a client's time; when everybody waits, time moves to the earliest of those moments.

So two threads that sleep ten seconds at once spend ten seconds and not twenty, as they would outside of a test.
What a thread does besides cannot be seen from here. One that does not wait, and has neither moved nor worked within a moment
of real time, is taken to be elsewhere (reading a socket, waiting for a process): time does not stand still for it. Nor does
it for one that is busy for seconds on end, such as a server's thread that looks around every now and then.
"""

from __future__ import annotations

import contextlib
import math
import sys
import threading
from _thread import allocate_lock, get_ident
from collections.abc import Callable, Iterator
from typing import Protocol

from ...wire.wall_clock import real_now
from .idling import is_closing, serves, waits_for_work, worked
from .real_time import lives_in_real_time

#: Real seconds between two looks at those that do not wait; whoever stands where it stood is taken to be elsewhere.
PATIENCE_S = 0.02
#: Real seconds between two looks at whether anything can still end a wait without an end, and how many in a row say no.
LOOK_S, STUCK_LOOKS = 0.1, 3
#: Real seconds after which time no longer waits for a thread that is busy all the while.
_BUSY_S = 5.0


class ClientClock(Protocol):
    """The time that a client is tied to, in seconds since 1970. It moves only by `advance_to` and by the emulator."""

    def now(self) -> float:
        """What the clock shows."""

    def advance_to(self, moment: float) -> bool | None:
        """Move the clock to a moment, or towards it as far as it may go now; never backwards.

        True when something happened on the way: then who still waits asks again. Nothing that it does may wait in tied time.
        """


class Waiter:
    """One thread's wait. `release` ends it early; it may be called more than once, and by any thread.

    `ready()`, where given, says that what it waits for has come though nobody released it.
    """

    __slots__ = ("gate", "over", "ready", "room", "timed_out", "until")

    def __init__(self, room: WaitingRoom, until: float | None, ready: Callable[[], bool] | None = None) -> None:
        self.room = room
        self.until = until
        self.ready = ready
        self.timed_out = False
        self.over = False
        self.gate = allocate_lock()
        self.gate.acquire()

    def release(self) -> None:
        """What it waited for has come."""
        self.room.wake(self)


class WaitingRoom:
    """The threads of one scope, those that wait among them, and the clock that they wait on."""

    def __init__(self, clock: ClientClock) -> None:
        self._clock = clock
        self._lock = allocate_lock()
        self._waiting: dict[int, Waiter] = {}
        self._elsewhere: set[int] = set()
        me = threading.current_thread()
        # Workers and loops that were there before are guests from the start: they may be given work before they ever wait.
        others = {each for each in threading.enumerate() if each is not me and serves(each) and not lives_in_real_time(each)}
        self._threads: set[threading.Thread] = {me, *others}
        self._guests: set[int] = {each.ident for each in others if each.ident is not None}
        self._seen: dict[int, tuple[object, float]] = {}
        self._moving = False
        self._open = True

    def joins(self, thread: threading.Thread) -> None:
        """A thread is about to be started: time waits for it."""
        with self._lock:
            self._threads.add(thread)

    def joined(self, thread: threading.Thread) -> None:
        """It was started, or could not be."""
        with self._lock:
            if thread.ident is None:
                self._threads.discard(thread)
            else:  # the system gives the numbers of ended threads to new ones
                self._elsewhere.discard(thread.ident)

    def wait(self, waiter: Waiter, stuck_looks: int = 0) -> bool:
        """Wait until somebody releases the waiter (True) or its moment has come (False).

        With `stuck_looks`, one without a moment ends as well when so many looks in a row say that nothing can release it.
        """
        look_s = PATIENCE_S if waiter.until is not None else LOOK_S if stuck_looks else -1
        with self.present(waiter) as is_guest:
            began, stuck = real_now(), 0
            while not waiter.gate.acquire(True, look_s):
                if stuck_looks:
                    stuck = stuck + 1 if self.is_stuck() else 0
                    if stuck >= stuck_looks:
                        return False
                    continue
                if is_guest and waiter.until is not None and self._is_over_really(waiter, began):
                    break
                self.look_again(is_guest=is_guest)
        return not waiter.timed_out

    @contextlib.contextmanager
    def present(self, waiter: Waiter) -> Iterator[bool]:
        """While this thread waits; it says whether the thread is a guest, one that was there before the scope.

        A guest may be a client's pool of workers or somebody's watchdog. Its waits end when all others wait too, or else
        after as much real time as they ask for: it never pushes time forward.
        """
        me = get_ident()
        with self._lock:
            thread = threading.current_thread()
            if thread not in self._threads:
                self._threads.add(thread)
                self._guests.add(me)
            self._elsewhere.discard(me)
            self._seen.pop(me, None)
            if not self._open and waiter.until is not None:
                waiter.timed_out = not waiter.over
                self._end(waiter)
            if not waiter.over:
                self._waiting[me] = waiter
        try:
            self.let_time_pass()
            yield me in self._guests
        finally:
            with self._lock:
                if self._waiting.get(me) is waiter:
                    del self._waiting[me]

    def wake(self, waiter: Waiter) -> None:
        """End a wait. Its thread counts as busy from now on, not from when it gets to run."""
        with self._lock:
            self._end(waiter)

    def let_time_pass(self) -> None:
        """Move the clock to the earliest moment that somebody waits for, if everybody waits; wake whose time has come."""
        while self._moves():
            pass

    def _moves(self) -> bool:
        with self._lock:
            self._wake_due(self._clock.now())
            moments = [each.until for each in self._waiting.values() if each.until is not None]
            if self._moving or not moments or self._somebody_is_busy():
                return False
            self._moving = True
        moment = min(moments)
        try:
            return bool(self._clock.advance_to(moment))
        finally:
            with self._lock:
                self._moving = False
                self._wake_due(self._clock.now())

    def is_stuck(self) -> bool:
        """Whether nobody works and nobody waits for a moment, so that time will never move by itself."""
        self._find_those_elsewhere()
        with self._lock:
            if self._somebody_is_busy() or any(each.until is not None for each in self._waiting.values()):
                return False
            return not any(each.ident not in self._waiting and is_closing(each) for each in self._threads)

    def close(self) -> None:
        """The scope ends: nobody waits for a moment any longer. Who waits for somebody only, still does."""
        with self._lock:
            self._open = False
            self._wake_due(math.inf)

    def look_again(self, *, is_guest: bool) -> None:
        """A while has passed in real time: who is busy still? A guest does not ask."""
        if not is_guest:
            self._find_those_elsewhere()
        self.let_time_pass()

    def _is_over_really(self, waiter: Waiter, began: float) -> bool:
        # How long a guest waits in real time is how far its moment was from the clock when it began.
        assert waiter.until is not None
        if real_now() - began < waiter.until - self._clock.now():
            return False
        waiter.timed_out = True
        return True

    def _wake_due(self, now: float) -> None:
        for waiter in [each for each in self._waiting.values() if each.until is not None and each.until <= now]:
            waiter.timed_out = not waiter.over
            self._end(waiter)

    def _end(self, waiter: Waiter) -> None:
        if not waiter.over:
            waiter.over = True
            for ident, each in list(self._waiting.items()):
                if each is waiter:
                    del self._waiting[ident]
            waiter.gate.release()

    def _somebody_is_busy(self) -> bool:
        if any(each.ready is not None and each.ready() for each in self._waiting.values()):
            return True
        self._forget_the_ended()
        for thread in self._threads:
            ident = thread.ident
            if ident not in self._waiting and ident not in self._elsewhere and not waits_for_work(ident):
                return True
        return False

    def _forget_the_ended(self) -> None:
        # An ended thread's number may be that of a new one by now, which must not be judged in its place.
        self._threads = {each for each in self._threads if each.ident is None or each.is_alive()}

    def _find_those_elsewhere(self) -> None:
        frames = sys._current_frames()  # noqa: SLF001 # the documented way
        with self._lock:
            self._forget_the_ended()
            for thread in self._threads:
                ident = thread.ident
                frame = frames.get(ident) if ident is not None else None
                if ident is None or frame is None or ident in self._waiting or ident in self._elsewhere:
                    continue
                stands, now = (id(frame), frame.f_lasti, worked(thread)), real_now()
                stood, since = self._seen.get(ident, (None, now))
                if stood == stands or now - since > _BUSY_S:
                    self._elsewhere.add(ident)
                self._seen[ident] = (stands, since)
