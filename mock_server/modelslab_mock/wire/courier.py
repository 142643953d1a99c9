"""Carries out what the engine asks for: webhooks now, webhooks when they are due, and nudges.

One timer per sandbox that has webhooks waiting; it sends what is due and finishes no job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from ..emulator import Emulator
from ..engine.inputs import Deliver, Nudge, NudgeInput, TickInput
from ..log import Log
from ..webhooks import Sender, address_of, refusal
from .wall_clock import real_now


class Courier:
    """Runs on the server's loop, after the reply was written."""

    def __init__(self, emulator: Emulator, log: Log, allowed_hosts: tuple[str, ...]) -> None:
        self._emulator = emulator
        self._log = log
        self._allowed = allowed_hosts
        self._sender = Sender()
        self._tasks: set[asyncio.Task[None]] = set()
        self._due: dict[str, asyncio.TimerHandle] = {}

    def carry_out(self, sandbox: str, effects: Sequence[Deliver | Nudge]) -> None:
        """Send what is to be sent, and come back when the next webhook of the sandbox is due."""
        for effect in effects:
            if isinstance(effect, Nudge):
                asyncio.get_running_loop().call_later(effect.after_s, self._nudge, sandbox, effect.job_id)
            else:
                self._spawn(self._deliver(sandbox, effect))
        self.plan(sandbox)

    async def close(self) -> None:
        """Let go of timers, deliveries under way, and connections."""
        for handle in self._due.values():
            handle.cancel()
        for task in self._tasks:
            task.cancel()
        await self._sender.close()

    async def _deliver(self, sandbox: str, effect: Deliver) -> None:
        url = effect.job.values["webhook"]
        why_not = refusal(url, self._allowed)
        if why_not is None:
            body = self._emulator.webhook_body(effect, self._emulator.store.read(sandbox))
            took = await self._sender.send(url, body)
            why_not = f"webhook {effect.answer} for job {effect.job.id} to {address_of(url)}: {took}"
        self._log.add(why_not)

    def _nudge(self, sandbox: str, job_id: int) -> None:
        self.carry_out(sandbox, self._emulator.tick(sandbox, NudgeInput(job_id), real_now()))

    def _tick(self, sandbox: str) -> None:
        self._due.pop(sandbox, None)
        self.carry_out(sandbox, self._emulator.tick(sandbox, TickInput(), real_now()))

    def plan(self, name: str) -> None:
        """One timer for the sandbox's earliest webhook; it sends what is due and finishes no job."""
        sandbox = self._emulator.store.read(name)
        if not sandbox.pending:
            return
        seconds = sandbox.clock.real_seconds_until(min(sandbox.pending.values()), real_now())
        if (old := self._due.pop(name, None)) is not None:
            old.cancel()
        if seconds is not None:
            self._due[name] = asyncio.get_running_loop().call_later(seconds, self._tick, name)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
