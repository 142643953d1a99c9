"""A scope's sandbox of an emulator in this process, with or without a port."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.near_miss import NearMiss, near_miss
from modelslab_contracts.story import as_json
from modelslab_contracts.wanted import Wanted

from .. import steer
from ..app import App
from ..awaited import Appearing, DeliveryAwaited, ExchangeAwaited, JobAwaited
from ..clockwork import MAX_ADVANCE_S
from ..engine.ids import NO_SANDBOX
from ..engine.inputs import Effect
from ..engine.job import Job, ended_at, pictures_made, status
from ..engine.render import Facts
from ..engine.story_queue import SetStory
from ..inbox import Inboxes, Message
from ..outbox import Delivery
from ..watch import Awaited, WaitError, Watch
from ..wire.wall_clock import real_now
from .problems import MockServerError, our_lines_hidden
from .reach import ClockNow, JobNow, StorySet

__tracebackhide__ = our_lines_hidden

T = TypeVar("T")
_WHY_TIME_DID_NOT_HELP = {
    "frozen": "its clock is frozen and moves only by clock.advance(seconds), or by a client's sleeps where time is tied",
    "auto": "its clock is auto and moves only by fetches, clock.advance(seconds), or a client's sleeps where time is tied",
}


class Clockface(Protocol):
    """The one time of a scope, in seconds since 1970."""

    def now(self) -> float:
        """What it shows."""

    def advance_to(self, moment: float) -> bool | None:
        """Move it, and do what is due on the way; it may stop there."""


class House(Protocol):
    """An emulator of this process, and how it is reached from the test's thread."""

    url: str
    app: App
    watch: Watch
    inboxes: Inboxes
    #: Clocks that can be moved.
    movable: Sequence[str]

    def call(self, work: Callable[[], T]) -> T:
        """Do something with the emulator where that is safe."""

    def replan(self, sandbox: str, due: Sequence[Effect]) -> None:
        """A clock runs in another way from now on: send what became due with that, and the rest in its time."""


class Near:
    """See Reach. `strangers`: requests that name no sandbox, those without a key, are of this scope, too."""

    def __init__(
        self, house: House, sandbox: str, key: str, time: Clockface, *, strangers: bool = True, is_tied: bool = False
    ) -> None:
        self._house = house
        self._sandbox = sandbox
        self._time = time
        self.key = key
        self.inbox = sandbox
        self._is_tied = is_tied
        journals = house.app.store.journals()
        names = (sandbox, NO_SANDBOX) if strangers else (sandbox,)
        self._since = {name: journals[name].last if name in journals else 0 for name in names}

    @property
    def url(self) -> str:
        """See Reach."""
        return self._house.url

    def set_story(
        self, story: Mapping[str, Any], times: int | None, endpoint: str | None, prompt: str | None
    ) -> tuple[int, Sequence[StorySet]]:
        """See Reach."""

        def work() -> tuple[int, Sequence[StorySet]]:
            waiting = self.unused_stories()
            n = steer.queue_story(self._house.app, self._sandbox, story, times=times, endpoint=endpoint, prompt=prompt)
            left = {each.n for each in self._house.app.store.look(self._sandbox).stories or ()}
            return n, [each for each in waiting if each.n not in left]

        return self._steered(work)

    def unused_stories(self) -> Sequence[StorySet]:
        """See Reach."""
        queue = self._house.app.store.look(self._sandbox).stories
        return [_told(each) for each in queue.unused()] if queue is not None else []

    def set_profile(self, profile: str) -> None:
        """See Reach."""
        self._steered(lambda: steer.set_profile(self._house.app, self._sandbox, profile))

    def set_account(self, account: Mapping[str, Any]) -> None:
        """See Reach."""
        self._steered(lambda: steer.set_account(self._house.app, self._sandbox, account))

    def clock(self) -> ClockNow:
        """See Reach."""
        clock = self._house.app.store.look(self._sandbox).clock
        return ClockNow(clock.mode, self._time.now() if clock.mode in self._house.movable else clock.now(real_now()))

    def run_clock(self, clock: str) -> None:
        """See Reach."""
        if self._is_tied and clock.partition(":")[0] in ("real", "scaled"):
            raise MockServerError(
                f"clock {clock!r}: time is tied to this clock, which can be frozen or auto then (or tied=False)"
            )

        due = self._steered(lambda: steer.set_clock(self._house.app, self._sandbox, clock, real_now()))
        self._house.replan(self._sandbox, due)

    def advance(self, seconds: float) -> None:
        """See Reach."""
        mode = self.clock().mode
        if mode not in self._house.movable:
            raise MockServerError(f"a {mode} clock moves by itself; {' or '.join(self._house.movable)} ones can be moved")
        if not 0 <= seconds <= MAX_ADVANCE_S:  # also false for NaN
            raise MockServerError(f"a clock is moved by 0 to {MAX_ADVANCE_S:.0f} seconds, not by {seconds:g}")
        moment = self._time.now() + seconds
        while self._time.now() < moment:  # it stops at each webhook on the way, until that was taken
            self._time.advance_to(moment)

    def jobs(self) -> Sequence[JobNow]:
        """See Reach."""
        return self._house.call(lambda: [self._job(each) for each in self._jobs()])

    def exchanges(self) -> Sequence[Exchange]:
        """See Reach."""
        journals = self._house.app.store.journals()
        found = [each for name, since in self._since.items() if name in journals for each in journals[name].find(_any, since)]
        return sorted(found, key=lambda each: each.real_at)

    def near_miss(self, exchange: Exchange) -> NearMiss | None:
        """See Reach."""
        app = self._house.app
        return self._house.call(lambda: near_miss(exchange, app.endpoints, app.store.job_seen))

    def webhooks(self) -> Sequence[Delivery]:
        """See Reach."""
        outbox = self._house.app.store.outboxes().get(self._sandbox)
        return self._house.call(lambda: list(outbox)) if outbox is not None else []

    def messages(self, inbox: str, after: int) -> Sequence[Message]:
        """See Reach."""
        return self._house.call(lambda: self._house.inboxes.messages(inbox, after))

    def wait_for_exchange(self, wanted: Wanted, within: float, *, from_now: bool) -> Exchange:
        """See Reach."""
        store = self._house.app.store

        def look() -> Exchange | None:
            mine = (each.look() for each in awaited)
            return next((each for each in mine if each is not None and each.n > self._since[each.sandbox]), None)

        awaited = [ExchangeAwaited(store, _within(wanted, name, self._since), from_now=from_now) for name in self._since]
        return self._waited(Appearing(None, look, f"an exchange with {wanted}"), within)

    def wait_for_job(self, job_id: int | None, state: str, within: float) -> JobNow:
        """See Reach."""
        began = real_now()
        if job_id is None:
            newest = Appearing(self._sandbox, lambda: next(iter([*self._jobs()][:-2:-1]), None), "a job to be submitted")
            job_id = self._waited(newest, within).id
        awaited = JobAwaited(self._house.watch, self._sandbox, job_id, (state,))
        self._waited(awaited, max(0.0, within - (real_now() - began)))
        return next(each for each in self.jobs() if each.id == job_id)

    def wait_for_webhook(self, job_id: int | None, state: str, within: float) -> Delivery:
        """See Reach."""

        def matches(each: Delivery) -> bool:
            stands = state == each.state or (state == "settled" and each.state != "pending")
            return stands and job_id in (None, each.job_id)

        what = f"a webhook{f' of job {job_id}' if job_id is not None else ''} that is {state}"
        store = self._house.app.store
        _, found = self._waited(DeliveryAwaited(store, self._sandbox, matches, what), within)
        return self._house.call(lambda: store.outbox(self._sandbox).get(found.number)) or found

    def wait_for_message(self, inbox: str, after: int, within: float) -> Sequence[Message]:
        """See Reach."""
        # A message may come from anybody: it is news of no sandbox.
        return self._waited(
            Appearing(None, lambda: self.messages(inbox, after) or None, f"a message to the inbox {inbox}"), within
        )

    def _jobs(self) -> Sequence[Job]:
        return [*self._house.app.store.look(self._sandbox).jobs.values()]

    def _job(self, job: Job) -> JobNow:
        sandbox = self._house.app.store.look(self._sandbox)
        fetches, now = sandbox.fetches.get(job.id, []), sandbox.clock.now(real_now())
        made = pictures_made(job, fetches, now)
        links = Facts(self._house.app.endpoints[job.endpoint], job).links("") if made else []
        stands = status(job, fetches, now)
        return JobNow(
            job.id, job.endpoint, stands, job.values, tuple(links), job.submitted_at, ended_at(job, fetches), len(fetches)
        )

    def _steered(self, work: Callable[[], T]) -> T:
        try:
            return self._house.call(work)
        except ValueError as problem:
            raise MockServerError(str(problem)) from None

    def _waited(self, awaited: Awaited[T], within: float) -> T:
        try:
            return self._house.watch.wait_for(awaited, within)
        except WaitError as problem:
            why = _WHY_TIME_DID_NOT_HELP.get(self.clock().mode) if isinstance(awaited, JobAwaited) else None
            if isinstance(awaited, DeliveryAwaited) and not self.webhooks():
                why = "no order had a webhook"
            raise MockServerError(f"{problem}; {why}" if why else str(problem)) from None


def _any(_: Exchange) -> bool:
    return True


def _within(wanted: Wanted, name: str, since: Mapping[str, int]) -> Wanted:
    from dataclasses import replace

    return replace(wanted, sandbox=name, since=max(wanted.since, since[name]))


def _told(entry: SetStory) -> StorySet:
    return StorySet(entry.n, as_json(entry.story), entry.times, entry.endpoint, entry.prompt, entry.turns, entry.answers)
