"""What becomes of a job's webhook: one small function for each word of the story's `webhook`.

Each takes the webhook as it would be, due when its job ends, and returns the calls that are made of it: all at one
moment of the sandbox's clock. Each says which bug of a client it exposes.
"""

from __future__ import annotations

from collections.abc import Callable

from .ids import draw
from .inputs import Deliver
from .sandbox import Sandbox

#: Seconds of the sandbox's clock between a job's end and a late webhook: most clients have given up by then.
LATE_S = 300.0


def none(_: Deliver, __: Sandbox) -> tuple[Deliver, ...]:
    """Never made: catches clients that wait for a webhook alone, though generation webhooks are best effort."""
    return ()


def once(hook: Deliver, _: Sandbox) -> tuple[Deliver, ...]:
    """Sent when the job ends, after the reply was written: catches clients that forget the job when its call comes."""
    return (hook,)


def twice(hook: Deliver, _: Sandbox) -> tuple[Deliver, ...]:
    """The same body again once the first was answered: catches clients that count, save or charge a job twice."""
    return (hook, hook)


def before_reply(hook: Deliver, _: Sandbox) -> tuple[Deliver, ...]:
    """Delivered, and answered, before the reply: catches clients that learn a job's id only from the reply."""
    return (hook._replace(ahead=True),)


def late(hook: Deliver, _: Sandbox) -> tuple[Deliver, ...]:
    """Sent LATE_S after the end: catches clients that forgot the job, or take a second result for a new one."""
    return (hook._replace(due_at=hook.due_at + LATE_S),)


def lost(hook: Deliver, _: Sandbox) -> tuple[Deliver, ...]:
    """Recorded in the outbox and never sent: catches clients that have no fetch to fall back on. It can be sent by hand."""
    return (hook._replace(how="lost"),)


def failed(hook: Deliver, _: Sandbox) -> tuple[Deliver, ...]:
    """The failed payload though the job went well: catches clients that read only `output`, and wait or crash."""
    return (hook._replace(answer="failed"),)


def foreign(hook: Deliver, sandbox: Sandbox) -> tuple[Deliver, ...]:
    """The webhook of a job that this key never had, in place of its own: catches clients that believe any id or track_id."""
    job = hook.job
    attempt = 0
    while (drawn := draw(job.seed, "foreign", job.n, attempt)).job_id in sandbox.jobs or drawn.job_id == job.id:
        attempt += 1
    values = {**job.values, "track_id": f"track-{drawn.file_prefix[:8]}"}
    other = job._replace(id=drawn.job_id, values=values, seed=drawn.picture_seed, file_prefix=drawn.file_prefix)
    return (hook._replace(job=other),)


FATES: dict[str, Callable[[Deliver, Sandbox], tuple[Deliver, ...]]] = {
    "none": none,
    "once": once,
    "twice": twice,
    "before-reply": before_reply,
    "late": late,
    "lost": lost,
    "failed": failed,
    "foreign": foreign,
}
