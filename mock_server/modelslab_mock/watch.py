"""Waiting without sleeping: for the next exchange that matches, a job's state, a webhook delivery, any event.

Who waits is woken by what is recorded or committed, and by a timer of its own for what only time brings: a job ends
when its time has come, and nothing says so. Works on an event loop (`await watch.wait(…)`) and from another thread
(`watch.wait_for(…)`). While nobody waits or listens, a store has nobody to tell.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Generic, Protocol, Self, TypeVar

from modelslab_contracts.exchange import Journal
from modelslab_contracts.nearest import there_are

from .engine.sandbox import Sandbox
from .events import KINDS, DeliveryMade, Event, kind_of
from .listener import MAX_EVENTS, Heard
from .outbox import Outbox

#: A timer may ring a moment early; it is never set for less than this, in seconds.
_SHORTEST_S = 0.001
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class WaitError(Exception):
    """What was awaited is not there: one sentence."""


class NotInTime(WaitError):
    """The time is up."""


class WontHappen(WaitError):
    """It cannot happen any more, or never could."""


class Watched(Protocol):
    """What a store must offer to be watched. Looking counts as no use of a sandbox."""

    told: Callable[[str, Sequence[object]], None] | None

    def look(self, name: str) -> Sandbox:
        """The sandbox of that name."""

    def held(self) -> list[Sandbox]:
        """All sandboxes that are kept."""

    def journals(self) -> dict[str, Journal]:
        """All journals that are kept, by sandbox."""

    def outboxes(self) -> dict[str, Outbox]:
        """All outboxes that are kept, by sandbox."""


class Awaited(Protocol[T_co]):
    """Something to wait for."""

    @property
    def sandbox(self) -> str | None:
        """Whose news it wants to hear; None for everybody's."""

    def look(self) -> T_co | None:
        """It, when it is there. Raises WontHappen when it never will be."""

    def due_in(self) -> float | None:
        """Real seconds until it may be there by time alone; None when only news can bring it."""


class _Found(Generic[T]):
    """What was awaited."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value


class _Bell:
    """Wakes one who waits; rings once until that was heard."""

    __slots__ = ("_wake", "rung", "sandbox")

    def __init__(self, sandbox: str | None, wake: Callable[[], object]) -> None:
        self.sandbox = sandbox
        self.rung = False
        self._wake = wake

    def ring(self) -> None:
        if not self.rung:
            self.rung = True
            with suppress(RuntimeError):  # the loop of who waited is closed: nobody is left to be woken
                self._wake()


class Watch:
    """Tells those who wait and listen what happens in a store. One per store; `real_now` asks the real time."""

    def __init__(self, store: Watched, real_now: Callable[[], float]) -> None:
        self.store = store
        self.real_now = real_now
        self.closed = False
        self._ears: tuple[_Bell | Heard, ...] = ()
        self._lock = threading.Lock()
        self._n = 0

    async def wait(self, awaited: Awaited[T], within_s: float) -> T:
        """What is awaited, as soon as it is there. Raises NotInTime after `within_s` real seconds, and WontHappen."""
        loop = asyncio.get_running_loop()
        rung = asyncio.Event()
        with self._hearing(_Bell(awaited.sandbox, lambda: loop.call_soon_threadsafe(rung.set))) as bell:
            for seen in self._looks(awaited, within_s):
                if isinstance(seen, _Found):
                    return seen.value
                with suppress(TimeoutError):
                    await asyncio.wait_for(rung.wait(), seen)
                rung.clear()
                bell.rung = False
        raise NotInTime(f"waited {round(within_s, 2):g} s in vain for {awaited}")

    def wait_for(self, awaited: Awaited[T], within_s: float) -> T:
        """The same from a thread without a running loop, which it holds up. Raises TypeError on a loop."""
        if _is_on_a_loop():
            raise TypeError("wait_for would hold up the running loop; there, use `await watch.wait(…)`")
        rung = threading.Event()
        with self._hearing(_Bell(awaited.sandbox, rung.set)) as bell:
            for seen in self._looks(awaited, within_s):
                if isinstance(seen, _Found):
                    return seen.value
                rung.wait(seen)
                rung.clear()
                bell.rung = False
        raise NotInTime(f"waited {round(within_s, 2):g} s in vain for {awaited}")

    def listen(self, sandbox: str | None = None, kinds: Collection[str] | None = None, bound: int = MAX_EVENTS) -> Listener:
        """A listener to the events of a sandbox or of all, of some kinds or of all. Close it, or use it in a `with`.

        Raises ValueError for a kind that there is not.
        """
        for each in kinds or ():
            if each not in KINDS:
                raise ValueError(f"{each!r} is no kind of event{there_are(each, KINDS)}")
        listener = Listener(self, sandbox, kinds, bound)
        self._attach(listener)
        listener.expect_running([self.store.look(sandbox)] if sandbox else self.store.held())
        return listener

    def tell(self, sandbox: str, happened: Sequence[object]) -> None:
        """Tell what happened; a store does, and whoever knows of what is no fact, such as a delivery."""
        events: list[Event] = []
        for ear in self._ears:
            if ear.sandbox in (None, sandbox):
                if isinstance(ear, Heard):
                    events = events or self._events(sandbox, happened)
                    ear.hear(events)
                else:
                    ear.ring()

    def tell_delivery(self, sandbox: str, number: int) -> None:
        """Tell that a delivery of an outbox came to be or changed: an event once it is settled, news in any case."""
        if not self._ears:
            return
        outbox = self.store.outboxes().get(sandbox)
        made = outbox.outline(number) if outbox is not None else None
        settled = made is not None and made.state != "pending"
        self.tell(
            sandbox, (DeliveryMade(made.job_id, made.answer, made.outcome, number, made.state),) if made and settled else ()
        )

    def close(self) -> None:
        """The server stops: who waits has waited long enough, and who listens hears the end."""
        self.closed = True
        for ear in self._ears:
            if isinstance(ear, _Bell):
                ear.ring()

    @property
    def listeners(self) -> int:
        """How many listen at the moment."""
        return sum(1 for each in self._ears if isinstance(each, Heard))

    def detach(self, ear: _Bell | Heard) -> None:
        """Let somebody go who waited or listened."""
        with self._lock:
            self._ears = tuple(each for each in self._ears if each is not ear)
            if not self._ears:
                self.store.told = None

    def _events(self, sandbox: str, happened: Sequence[object]) -> list[Event]:
        real_now = self.real_now()
        at = self.store.look(sandbox).clock.now(real_now)
        with self._lock:
            first, self._n = self._n + 1, self._n + len(happened)
        return [Event(n, kind_of(what), sandbox, real_now, at, what) for n, what in enumerate(happened, first)]

    def _looks(self, awaited: Awaited[T], within_s: float) -> Iterator[float | _Found[T]]:
        """Look, and say for how many seconds only news can change the view; ends when the time is up."""
        end = monotonic() + within_s  # a limit is the waiter's own: no clock that somebody sets can stretch it
        while True:
            if (found := awaited.look()) is not None:
                yield _Found(found)
                return
            left = end - monotonic()
            if left <= 0 or self.closed:
                return
            due_in = awaited.due_in()
            yield left if due_in is None else min(left, max(due_in, _SHORTEST_S))

    @contextmanager
    def _hearing(self, bell: _Bell) -> Iterator[_Bell]:
        self._attach(bell)
        try:
            yield bell
        finally:
            self.detach(bell)

    def _attach(self, ear: _Bell | Heard) -> None:
        with self._lock:
            if not self._ears:
                if self.store.told is not None:
                    raise RuntimeError("the store has a watch already")
                self.store.told = self.tell
            # A listener stands before every bell, so that it has heard what it is woken for.
            self._ears = (ear, *self._ears) if isinstance(ear, Heard) else (*self._ears, ear)


class Listener(Heard):
    """Somebody who hears what happens, until closed; see Watch.listen."""

    def __init__(self, watch: Watch, sandbox: str | None, kinds: Collection[str] | None, bound: int) -> None:
        super().__init__(watch.store.look, watch.real_now, sandbox, kinds, bound)
        self._watch = watch

    async def next(self, within_s: float) -> Event | None:
        """The next event; None when none came within so many real seconds."""
        try:
            return await self._watch.wait(self, within_s)
        except NotInTime:
            return None

    def next_for(self, within_s: float) -> Event | None:
        """The same from a thread without a running loop."""
        try:
            return self._watch.wait_for(self, within_s)
        except NotInTime:
            return None

    def close(self) -> None:
        """Hear no more."""
        self._watch.detach(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _is_on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
