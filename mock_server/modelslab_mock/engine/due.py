"""Which webhooks go out now."""

from __future__ import annotations

from .inputs import Deliver, Nudge
from .job import Job
from .sandbox import Fact, Sandbox, WebhookSent


def due_webhooks(sandbox: Sandbox, now: float, just_ended: Job | None = None) -> tuple[list[Fact], list[Deliver | Nudge]]:
    """Webhooks whose time has come, earliest first, and that of a job which a fetch has just ended."""
    facts: list[Fact] = []
    effects: list[Deliver | Nudge] = []
    for job_id, due_at in sorted(sandbox.pending.items(), key=lambda item: item[1]) if sandbox.pending else ():
        if due_at <= now and (job := sandbox.jobs.get(job_id)):
            facts.append(WebhookSent(job_id))
            effects.append(Deliver(job, _hook_answer(job)))
    if just_ended and just_ended.values.get("webhook"):
        effects.append(Deliver(just_ended, _hook_answer(just_ended)))
    return facts, effects


def _hook_answer(job: Job) -> str:
    return "success" if job.story.ends == "success" else "failed"
