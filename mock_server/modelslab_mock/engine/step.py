"""The engine: `step(sandbox, input, real_now) -> (facts, reply, effects)`. No I/O, no clock of its own, no chance.

Nothing in the background makes a job finish: a finished job is one whose time has come.
"""

from __future__ import annotations

import math

from .choose import Steering
from .due import due_webhooks
from .fetch import fetch
from .inputs import FetchInput, Input, LoadInput, NudgeInput, Outcome, Reply, SubmitInput, TickInput
from .job import status
from .sandbox import ClockMoved, Sandbox
from .submit import submit


def step(sandbox: Sandbox, given: Input, real_now: float, steering: Steering) -> Outcome:
    """What happens to `sandbox` when `given` comes at the real time `real_now`; the sandbox itself is not changed."""
    match given:
        case SubmitInput():
            return submit(sandbox, given, real_now, steering)
        case FetchInput():
            return fetch(sandbox, given, real_now)
        case LoadInput():
            return _load(sandbox, given, real_now)
        case NudgeInput(job_id):
            return _nudge(sandbox, job_id, real_now)
        case TickInput():
            facts, effects = due_webhooks(sandbox, sandbox.clock.now(real_now))
            return Outcome(facts, None, effects)


def _load(sandbox: Sandbox, given: LoadInput, real_now: float) -> Outcome:
    now = sandbox.clock.now(real_now)
    waiting = [job for job in sandbox.jobs.values() if status(job, sandbox.fetches.get(job.id, []), now) == "processing"]
    left = sum(max(0.0, job.submitted_at + job.takes_s - now) for job in waiting)
    account = {"queue_num": len(waiting), "queue_time": math.ceil(left)}
    answer = next(each for each in given.call.answers if each != "error")
    return Outcome([], Reply(given.endpoint, given.call, answer, 200, f"{len(waiting)} jobs wait", account=account), [])


def _nudge(sandbox: Sandbox, job_id: int, real_now: float) -> Outcome:
    """Move an `auto` clock to the end of a job that nobody fetches, so that its webhook goes out."""
    due_at = sandbox.pending.get(job_id)
    if due_at is None or sandbox.clock.mode != "auto" or sandbox.fetches.get(job_id):
        return Outcome([], None, [])
    clock = sandbox.clock.moved_to(due_at, real_now)
    facts, effects = due_webhooks(sandbox, clock.now(real_now))
    return Outcome([ClockMoved(clock), *facts], None, effects)
