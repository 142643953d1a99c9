"""Which webhooks go out now, and which are planned for later.

A sandbox's `pending` holds one moment per job: all calls that a fate makes of a webhook are due together.
"""

from __future__ import annotations

from .inputs import Deliver, Due, Effect, Nudge, Outcome
from .job import Job, end_status, ended_at, is_told_ahead
from .sandbox import ClockMoved, Fact, Sandbox, WebhookPlanned, WebhookSent
from .webhook_fates import FATES

#: In `auto`, real seconds after which a job with a webhook that nobody fetches is moved to its end.
NUDGE_AFTER_S = 0.05
#: Webhooks that a sandbox keeps for later; the excess is refused.
MAX_PENDING = 1_000


def due_webhooks(sandbox: Sandbox, now: float) -> tuple[list[Fact], list[Effect]]:
    """Webhooks whose time has come, earliest first."""
    facts: list[Fact] = []
    effects: list[Effect] = []
    if not sandbox.pending:
        return facts, effects
    due = [(at, job_id) for job_id, at in sandbox.pending.items() if at <= now]
    for due_at, job_id in sorted(due, key=lambda each: each[0]):
        facts.append(WebhookSent(job_id))
        if job := sandbox.jobs.get(job_id):
            effects += [each._replace(due_at=due_at) for each in _calls(sandbox, job, due_at)]
    return facts, effects


def webhook_of_new(sandbox: Sandbox, job: Job) -> tuple[list[Fact], list[Effect]]:
    """What a submit comes to for the webhook of its job: sent now, planned, or neither as long as the end is not known."""
    end = job.submitted_at if is_told_ahead(job) else ended_at(job, [])
    return ([], []) if end is None else _sent_or_planned(sandbox, job, end, job.submitted_at)


def webhook_of_ended(sandbox: Sandbox, job: Job, now: float) -> tuple[list[Fact], list[Effect]]:
    """The same for a fetch that found the job ended, at `now`."""
    if job.story.polls is not None and job.story.webhook != "before-reply":
        return _sent_or_planned(sandbox, job, now, now)
    if sandbox.clock.mode == "auto" and sandbox.pending.get(job.id, now) > now:
        return [], [Nudge(job.id, NUDGE_AFTER_S)]  # a late one: no fetch will move the clock that far
    return [], []


def webhook_of_settled(sandbox: Sandbox, job: Job, now: float) -> tuple[list[Fact], list[Effect]]:
    """The same for a job that was ended by hand, at `now`: what was planned for its own end is off."""
    facts: list[Fact] = [WebhookSent(job.id)] if job.id in sandbox.pending else []
    if job.story.webhook == "before-reply":
        return facts, []  # it was told before anybody knew of the job
    planned, effects = _sent_or_planned(sandbox, job, now, now)
    return facts + planned, effects


def advance(sandbox: Sandbox, moment: float, real_now: float) -> Outcome:
    """Move the clock to `moment`, or to the next webhook on the way, and hand out what is due there.

    A clock that became real meanwhile is not moved, and nothing is due before it shows so.
    """
    now = sandbox.clock.now(real_now)
    clock = sandbox.clock.moved_to(min(moment, min(sandbox.pending.values(), default=moment)), real_now)
    stop = clock.now(real_now)
    facts, effects = due_webhooks(sandbox, stop)
    moved = [ClockMoved(clock)] if stop > now else []
    return Outcome([*moved, *facts], None, effects)


def _sent_or_planned(sandbox: Sandbox, job: Job, end: float, now: float) -> tuple[list[Fact], list[Effect]]:
    calls = _calls(sandbox, job, end)
    if not calls:
        return [], []
    at = calls[0].due_at
    if at <= now:
        return [], list(calls)
    if len(sandbox.pending) >= MAX_PENDING:
        return [], [each._replace(how="excess") for each in calls[:1]]
    mode = sandbox.clock.mode
    later: list[Effect] = [Nudge(job.id, NUDGE_AFTER_S)] if mode == "auto" else [] if mode == "frozen" else [Due(at)]
    return [WebhookPlanned(job.id, at)], later


def _calls(sandbox: Sandbox, job: Job, end: float) -> tuple[Deliver, ...]:
    """The calls that the job's story makes of its webhook when it ends at `end`."""
    answer = "success" if end_status(job) == "success" else "failed"
    return FATES[job.story.webhook](Deliver(job, answer, end, job.id), sandbox)
