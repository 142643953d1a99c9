"""What an account has used, worked out from the facts whenever somebody asks: slots, credits, totals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .account import cost_of
from .job import Job, pictures_made, status
from .sandbox import Sandbox


class Totals(NamedTuple):
    """What a sandbox's jobs came to since they were reset, also those that were forgotten since.

    `pictures` of jobs that have ended in success, if it was not an empty one; `credits_not_spent` is what the orders would
    have cost elsewhere.
    """

    jobs: int
    pictures: int
    credits_not_spent: int


def unfinished(sandbox: Sandbox, now: float) -> Iterator[Job]:
    """The jobs that hold a queue slot at `now`, the newest first: those whose time has not come.

    Source: rate-limit page (the limit counts unfinished requests of the account, over all endpoints).
    """
    for job in reversed(sandbox.jobs.values()):
        if job.is_queued and status(job, sandbox.fetches.get(job.id, []), now) == "processing":
            yield job


def credits_left(sandbox: Sandbox) -> int | None:
    """Credits that are left, never fewer than none; None when they are not counted."""
    held = sandbox.account.credits
    return None if held is None else max(0, held - sandbox.spent)


def totals(sandbox: Sandbox, now: float) -> Totals:
    """What the jobs came to until `now`."""
    pictures, price = sandbox.forgotten
    for job in sandbox.jobs.values():
        price += cost_of(job)
        pictures += pictures_made(job, sandbox.fetches.get(job.id, []), now)
    return Totals(sandbox.submitted, pictures, price)
