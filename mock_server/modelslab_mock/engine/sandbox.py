"""Everything that belongs to one API key, and the facts that change it.

The engine only reads a sandbox; what happened is said in facts, and a store applies them. `apply` is the one place
where a sandbox changes, so every store changes it alike.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

from modelslab_contracts.profiles import PROFILES, Profile

from .clock import Clock
from .job import Job

#: How many stories with more than one answer a sandbox counts attempts for.
MAX_ATTEMPT_COUNTERS = 1_000


@dataclass(slots=True)
class Sandbox:
    """Jobs, clock, profile and counters of one key. `version` grows with every commit.

    The first job is the oldest; an OrderedDict, because finding the first of a plain dict gets slow once many were removed.
    `fetches` holds the clock times at which each job was fetched; `pending` the clock times at which webhooks are due.
    """

    name: str
    clock: Clock = Clock()
    profile: Profile = PROFILES["documented"]
    version: int = 0
    submitted: int = 0
    jobs: OrderedDict[int, Job] = field(default_factory=OrderedDict)
    fetches: dict[int, list[float]] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    pending: dict[int, float] = field(default_factory=dict)


class JobSubmitted(NamedTuple):
    """A job came to be."""

    job: Job


class JobForgotten(NamedTuple):
    """The oldest job made room for a new one."""

    job: Job


class Fetched(NamedTuple):
    """A client asked how a job stands, at a time of the sandbox's clock."""

    job_id: int
    at: float


class Attempted(NamedTuple):
    """One answer of a story's list of answers to the submit was given; `source` names the story."""

    source: str


class ClockMoved(NamedTuple):
    """The clock was moved."""

    clock: Clock


class WebhookPlanned(NamedTuple):
    """A webhook call is due at a time of the sandbox's clock."""

    job_id: int
    due_at: float


class WebhookSent(NamedTuple):
    """A webhook call that was due has been handed out for sending."""

    job_id: int


Fact = JobSubmitted | JobForgotten | Fetched | Attempted | ClockMoved | WebhookPlanned | WebhookSent


def apply(sandbox: Sandbox, fact: Fact) -> None:
    """Change `sandbox` as `fact` says."""
    match fact:
        case JobSubmitted(job):
            sandbox.submitted = job.n + 1
            sandbox.jobs[job.id] = job
        case JobForgotten(job):
            sandbox.jobs.pop(job.id, None)
            sandbox.fetches.pop(job.id, None)
            sandbox.pending.pop(job.id, None)
        case Fetched(job_id, at):
            sandbox.fetches.setdefault(job_id, []).append(at)
        case Attempted(source):
            sandbox.attempts[source] = sandbox.attempts.pop(source, 0) + 1
            if len(sandbox.attempts) > MAX_ATTEMPT_COUNTERS:
                del sandbox.attempts[next(iter(sandbox.attempts))]
        case ClockMoved(clock):
            sandbox.clock = clock
        case WebhookPlanned(job_id, due_at):
            sandbox.pending[job_id] = due_at
        case WebhookSent(job_id):
            sandbox.pending.pop(job_id, None)
