"""The engine: `step(sandbox, input, real_now) -> (facts, reply, effects)`. No I/O, no clock of its own, no chance.

Nothing in the background makes a job finish: a finished job is one whose time has come.
"""

from __future__ import annotations

import math

from .account import UNLIMITED
from .choose import Steering
from .due import advance, due_webhooks
from .fetch import fetch
from .inputs import AdvanceInput, FetchInput, Input, LoadInput, NudgeInput, Outcome, Reply, SettleInput, SubmitInput, TickInput
from .job import status
from .sandbox import ClockMoved, Sandbox
from .settle import settle
from .shown import shown
from .steered import refused_as_revoked, steered_submit
from .submit import submit
from .usage import unfinished


def step(sandbox: Sandbox, given: Input, real_now: float, steering: Steering) -> Outcome:
    """What happens to `sandbox` when `given` comes at the real time `real_now`; the sandbox itself is not changed."""
    match given:
        case SubmitInput():
            if sandbox.account is UNLIMITED and sandbox.stories is None:
                return submit(sandbox, given, real_now, steering)
            return steered_submit(sandbox, given, real_now, steering)
        case FetchInput() | LoadInput():
            return _asked(sandbox, given, real_now, steering)
        case NudgeInput(job_id):
            return _nudge(sandbox, job_id, real_now)
        case SettleInput():
            return settle(sandbox, given, real_now)
        case TickInput():
            facts, effects = due_webhooks(sandbox, sandbox.clock.now(real_now))
            return Outcome(facts, None, effects)
        case AdvanceInput(moment):
            return advance(sandbox, moment, real_now)


def _asked(sandbox: Sandbox, given: FetchInput | LoadInput, real_now: float, steering: Steering) -> Outcome:
    if sandbox.account.revoked:
        endpoint = given.endpoints[0] if isinstance(given, FetchInput) else given.endpoint
        return refused_as_revoked(sandbox, endpoint, endpoint.fetches[0] if isinstance(given, FetchInput) else given.call)
    if isinstance(given, FetchInput):
        return fetch(sandbox, given, real_now)
    return _load(sandbox, given, real_now) if given.call.body is None else shown(sandbox, given, real_now, steering)


def _load(sandbox: Sandbox, given: LoadInput, real_now: float) -> Outcome:
    now = sandbox.clock.now(real_now)
    waiting = list(unfinished(sandbox, now))
    left = sum(max(0.0, job.submitted_at + job.takes_s - now) for job in waiting)
    account = {"queue_num": len(waiting), "queue_time": math.ceil(left)}
    answer = next(each for each in given.call.answers if each != "error")
    return Outcome([], Reply(given.endpoint, given.call, answer, 200, f"{len(waiting)} jobs wait", account=account), [])


def _nudge(sandbox: Sandbox, job_id: int, real_now: float) -> Outcome:
    """Move an `auto` clock to the webhook of a job that nobody fetches; until it has ended, fetches move the clock."""
    due_at = sandbox.pending.get(job_id)
    if due_at is None or sandbox.clock.mode != "auto":
        return Outcome([], None, [])
    fetches = sandbox.fetches.get(job_id)
    if fetches and status(sandbox.jobs[job_id], fetches, sandbox.clock.now(real_now)) == "processing":
        return Outcome([], None, [])
    clock = sandbox.clock.moved_to(due_at, real_now)
    facts, effects = due_webhooks(sandbox, clock.now(real_now))
    return Outcome([ClockMoved(clock), *facts], None, effects)
