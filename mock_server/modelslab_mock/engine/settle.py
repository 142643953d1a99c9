"""Ending a job by hand: a fact like any other, so its webhook goes out and its pictures are there."""

from __future__ import annotations

from .due import webhook_of_settled
from .inputs import Outcome, SettleInput
from .job import Settled, status
from .sandbox import Fact, JobSettled, Sandbox


def settle(sandbox: Sandbox, given: SettleInput, real_now: float) -> Outcome:
    """End a job now, on the sandbox's clock. No facts when there is no such job or it has ended: an end is for good."""
    job = sandbox.jobs.get(given.job_id)
    now = sandbox.clock.now(real_now)
    if job is None or status(job, sandbox.fetches.get(job.id, []), now) != "processing":
        return Outcome([], None, [])
    settled = Settled(given.status, now, given.message)
    facts: list[Fact] = [JobSettled(job.id, settled)]
    if not job.values.get("webhook"):
        return Outcome(facts, None, [])
    planned, effects = webhook_of_settled(sandbox, job._replace(settled=settled), now)
    return Outcome(facts + planned, None, effects)
