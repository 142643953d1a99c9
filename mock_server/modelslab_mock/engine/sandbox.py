"""Everything that belongs to one API key, and the facts that change it.

The engine only reads a sandbox; what happened is said in facts, and a store applies them. `apply` is the one place
where a sandbox changes, so every store changes it alike.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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
    _APPLY[type(fact)](sandbox, fact)


def _submitted(sandbox: Sandbox, fact: JobSubmitted) -> None:
    sandbox.submitted = fact.job.n + 1
    sandbox.jobs[fact.job.id] = fact.job


def _forgotten(sandbox: Sandbox, fact: JobForgotten) -> None:
    for kept in (sandbox.jobs, sandbox.fetches, sandbox.pending):
        kept.pop(fact.job.id, None)


def _fetched(sandbox: Sandbox, fact: Fetched) -> None:
    sandbox.fetches.setdefault(fact.job_id, []).append(fact.at)


def _attempted(sandbox: Sandbox, fact: Attempted) -> None:
    sandbox.attempts[fact.source] = sandbox.attempts.pop(fact.source, 0) + 1
    if len(sandbox.attempts) > MAX_ATTEMPT_COUNTERS:
        del sandbox.attempts[next(iter(sandbox.attempts))]


def _clock_moved(sandbox: Sandbox, fact: ClockMoved) -> None:
    sandbox.clock = fact.clock


def _webhook_planned(sandbox: Sandbox, fact: WebhookPlanned) -> None:
    sandbox.pending[fact.job_id] = fact.due_at


def _webhook_sent(sandbox: Sandbox, fact: WebhookSent) -> None:
    sandbox.pending.pop(fact.job_id, None)


_APPLY: dict[type[Any], Callable[[Sandbox, Any], None]] = {
    JobSubmitted: _submitted,
    JobForgotten: _forgotten,
    Fetched: _fetched,
    Attempted: _attempted,
    ClockMoved: _clock_moved,
    WebhookPlanned: _webhook_planned,
    WebhookSent: _webhook_sent,
}
