"""Carries out what the engine asks for: webhooks now, webhooks when they are due, and nudges.

One timer per process, for the webhook that is due first; it sends what is due and finishes no job. A receiver that does
not answer holds up only what the same sandbox sends to the same address.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from modelslab_contracts.exchange import masked_text

from ..emulator import Emulator
from ..engine.due import NUDGE_AFTER_S
from ..engine.inputs import Deliver, Due, Effect, Nudge, NudgeInput, TickInput
from ..hosts import leads_here
from ..inbox import Inboxes, inbox_of
from ..log import Log
from ..outbox import Attempt, Delivery, Outbox, State
from ..webhooks import ANSWER_WITHIN_S, Sender, Took, address_of, headers_for, refusal
from .alarm import Alarm
from .lanes import Lanes
from .wall_clock import real_now

#: Deliveries that wait or are under way: of one sandbox, and of the whole process; the excess is refused.
MAX_PENDING = 1_000
MAX_PENDING_IN_ALL = 20_000
#: Real seconds that a submit's reply waits for a webhook that is to come before it.
AHEAD_WAIT_S = 5.0

Task = asyncio.Task[None]


class Courier:
    """Runs on the server's loop, after the reply was written. While `may_nudge()` says no, nudges wait."""

    def __init__(
        self,
        emulator: Emulator,
        log: Log,
        allowed_hosts: tuple[str, ...],
        inboxes: Inboxes,
        *,
        answer_within_s: float = ANSWER_WITHIN_S,
        may_nudge: Callable[[], bool] = lambda: True,
    ) -> None:
        self._emulator = emulator
        self._log = log
        self._allowed = allowed_hosts
        self._inboxes = inboxes
        self._may_nudge = may_nudge
        self._sender = Sender(answer_within_s)
        self._alarm = Alarm(self._tick)
        self._tasks: dict[Task, str] = {}  # with the sandbox whose webhooks they send
        self._pending: Counter[str] = Counter()
        self._pending_in_all = 0
        self._overfull: set[str] = set()
        self._lanes = Lanes()
        #: How deliveries went so far, by the words of their states; one that is sent again counts again.
        self.outcomes: Counter[str] = Counter()
        #: Told (sandbox, number) whenever a delivery came to be or changed; whoever waits for one looks at the outbox then.
        self.on_delivery: Callable[[str, int], Any] = lambda _, __: None

    def era(self, sandbox: str) -> int:
        """Which jobs of a sandbox are those of now: what is carried out for an earlier era is not done any more."""
        return self._emulator.store.look(sandbox).resets

    async def before_reply(self, sandbox: str, effects: Sequence[Effect]) -> Sequence[Effect]:
        """Deliver what is to come before the reply and wait for its answer, AHEAD_WAIT_S at most; returns the other effects."""
        ahead = [each for each in effects if isinstance(each, Deliver) and each.ahead]
        if not ahead:
            return effects
        if begun := self.carry_out(sandbox, ahead):
            await asyncio.wait(begun, timeout=AHEAD_WAIT_S)
        return [each for each in effects if not (isinstance(each, Deliver) and each.ahead)]

    def carry_out(self, sandbox: str, effects: Iterable[Effect], era: int | None = None) -> list[Task]:
        """Do what the effects ask for; returns the deliveries that began, as tasks to wait for.

        Whoever waited since the effects came to be says of which `era` they are: those of jobs that were reset meanwhile
        are let go.
        """
        now = self.era(sandbox)
        if era not in (None, now):
            return []
        hooks: list[Deliver] = []
        for effect in effects:
            if isinstance(effect, Deliver):
                hooks.append(effect)
            elif isinstance(effect, Nudge):
                asyncio.get_running_loop().call_later(effect.after_s, self._nudge, sandbox, effect.job_id, now)
            elif isinstance(effect, Due):
                self._come_back(sandbox, effect.at)
        begun = []
        # The calls of one job go one after the other: the second waits for the answer to the first.
        for _, calls in groupby(hooks, key=lambda each: each.job_id):
            accepted = [delivery for each in calls if (delivery := self._accept(sandbox, each))]
            if accepted:
                task = self._spawn(sandbox, self._deliver(sandbox, accepted))
                # Not within the task: one that is stopped before it began never runs.
                task.add_done_callback(partial(self._ended, sandbox, accepted))
                begun.append(task)
        return begun

    async def redeliver(self, sandbox: str, number: int) -> Delivery | None:
        """Send a delivery of the outbox once more, by hand, and wait for the answer: the same body, whatever became of it.

        Returns the delivery with its new attempt, masked; None when the outbox does not hold it.
        """
        if not self._emulator.store.holds(sandbox):
            return None
        outbox = self._emulator.store.outbox(sandbox)
        delivery = outbox.raw(number)
        if delivery is None:
            return None
        if (why := self._refusal(delivery.url)) is not None:
            self._say(outbox, why)
            self._settled(outbox, number, "refused", why)
            self.on_delivery(sandbox, number)
        else:
            task = self._spawn(sandbox, self._attempt(sandbox, outbox, delivery))
            await asyncio.wait((task,))
            if not task.cancelled():
                task.result()
        return outbox.get(number)

    @property
    def is_idle(self) -> bool:
        """Whether no delivery waits or is under way."""
        return not self._tasks

    def plan(self, name: str) -> None:
        """Set the sandbox's alarm anew, after its clock was moved or changed its mode."""
        seconds = None
        if self._emulator.store.holds(name):
            sandbox = self._emulator.store.read(name)
            if sandbox.pending:
                seconds = sandbox.clock.real_seconds_until(min(sandbox.pending.values()), real_now())
        self._alarm.set(name, seconds)

    def stop(self, sandbox: str) -> None:
        """Let go of every delivery of a sandbox that waits or is under way, without a word in the outbox."""
        for task in [each for each, whose in self._tasks.items() if whose == sandbox]:
            task.cancel()

    async def close(self) -> None:
        """Let go of the timer, deliveries under way, and connections."""
        self._alarm.close()
        for task in [*self._tasks]:
            task.cancel()
        await self._sender.close()

    def _come_back(self, name: str, at: float) -> None:
        seconds = self._emulator.store.read(name).clock.real_seconds_until(at, real_now())
        if seconds is not None:
            self._alarm.set_earlier(name, seconds)

    def _nudge(self, sandbox: str, job_id: int, era: int) -> None:
        if not self._emulator.store.holds(sandbox) or self.era(sandbox) != era:
            return  # after a reset the next job may have this id
        if self._may_nudge():
            self.carry_out(sandbox, self._emulator.tick(sandbox, NudgeInput(job_id), real_now()))
        else:
            asyncio.get_running_loop().call_later(NUDGE_AFTER_S, self._nudge, sandbox, job_id, era)

    def _tick(self, sandbox: str) -> None:
        if self._emulator.store.holds(sandbox):
            self.carry_out(sandbox, self._emulator.tick(sandbox, TickInput(), real_now()))
            self.plan(sandbox)

    def _accept(self, sandbox: str, hook: Deliver) -> Delivery | None:
        """Write a webhook into the outbox; the delivery when it is to be sent now."""
        outbox, url = self._emulator.store.outbox(sandbox), hook.job.values["webhook"]
        number = outbox.add(
            job_id=hook.job_id,
            fate=hook.job.story.webhook,
            answer=hook.answer,
            due_at=hook.due_at,
            url=url,
            body=self._emulator.webhook_body(hook, self._emulator.store.read(sandbox)),
        )
        accepted = None
        if hook.how == "lost":
            self._settled(outbox, number, "lost", "as the story asks")
            self._say(outbox, f"webhook {hook.answer} for job {hook.job_id} to {address_of(url)}: lost, as the story asks")
        elif hook.how == "excess" or self._is_full(sandbox):
            why = f"webhook for job {hook.job_id} not sent: too many of {sandbox} are pending"
            self._settled(outbox, number, "refused", why)
            if sandbox not in self._overfull:
                self._overfull.add(sandbox)  # one line, until there is room again
                self._log.add(f"{why}; so are all others until there is room, see the outbox")
        elif (refused := self._refusal(url)) is not None:
            self._settled(outbox, number, "refused", refused)
            self._say(outbox, refused)
        else:
            self._overfull.discard(sandbox)
            self._pending[sandbox] += 1
            self._pending_in_all += 1
            accepted = outbox.raw(number)
        self.on_delivery(sandbox, number)
        return accepted

    def _settled(self, outbox: Outbox, number: int, state: State, why: str) -> None:
        """Note that a delivery ended without an attempt."""
        self.outcomes[state] += 1
        outbox.settled(number, state, why)

    def _say(self, outbox: Outbox, sentence: str) -> None:
        """A line in the log; the host of a webhook may hold the key of who ordered it."""
        self._log.add(masked_text(sentence, outbox.key))

    def _is_full(self, sandbox: str) -> bool:
        return self._pending[sandbox] >= MAX_PENDING or self._pending_in_all >= MAX_PENDING_IN_ALL

    def _refusal(self, url: str) -> str | None:
        return None if self._inbox(url) else refusal(url, self._allowed)

    def _inbox(self, url: str) -> str | None:
        """The name of the inbox that a URL leads to, when it is one of this server."""
        name = inbox_of(url)
        return name if name and leads_here(url, self._emulator) else None

    async def _deliver(self, sandbox: str, deliveries: list[Delivery]) -> None:
        """One after the other; each leaves the list when it is done with."""
        outbox = self._emulator.store.outbox(sandbox)
        while deliveries:
            await self._attempt(sandbox, outbox, deliveries[0])
            del deliveries[0]
            self._gone(sandbox, 1)

    def _ended(self, sandbox: str, left: list[Delivery], _: Task) -> None:
        self._gone(sandbox, len(left))

    def _gone(self, sandbox: str, count: int) -> None:
        self._pending_in_all -= count
        self._pending[sandbox] -= count
        if not self._pending[sandbox]:
            del self._pending[sandbox]

    async def _attempt(self, sandbox: str, outbox: Outbox, delivery: Delivery) -> None:
        """One call, when there is room for it; noted in outbox and log."""
        address = address_of(delivery.url)
        async with self._lanes.room(sandbox, address):
            began = real_now()
            took = await self._call(delivery, outbox.key)
        outbox.attempted(delivery.number, Attempt(began, round(real_now() - began, 6), took.status, took.problem))
        self.outcomes["delivered" if took.status is not None and 200 <= took.status < 300 else "failed"] += 1
        self.on_delivery(sandbox, delivery.number)
        said = f"not delivered: {took.problem}" if took.status is None else f"the receiver answered {took.status}"
        self._say(outbox, f"webhook {delivery.answer} for job {delivery.job_id} to {address}: {said}")

    async def _call(self, delivery: Delivery, key: str) -> Took:
        """Send it, or hand it over when it is for an inbox of ours: that needs no socket and looks the same."""
        self._inboxes.remember(key)
        if (name := self._inbox(delivery.url)) is None:
            return await self._sender.send(delivery.url, delivery.body)
        path, _, query = delivery.url.partition("?")
        self._inboxes.take(
            name,
            real_at=real_now(),
            method="POST",
            path="/" + path.split("/", 3)[3],
            query=query.partition("#")[0],
            headers=headers_for(delivery.url, delivery.body),
            body=delivery.body,
        )
        return Took(200)

    def _spawn(self, sandbox: str, work: Coroutine[Any, Any, None]) -> Task:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = sandbox
        task.add_done_callback(self._tasks.pop)
        return task
