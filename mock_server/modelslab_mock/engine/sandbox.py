"""Everything that belongs to one API key, and the facts that change it.

The engine only reads a sandbox; what happened is said in facts, and a store applies them. `apply` is the one place
where a sandbox changes, so every store changes it alike.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from modelslab_contracts.profiles import PROFILES, Profile

from .account import UNLIMITED, Account, cost_of
from .clock import Clock
from .job import Job, Settled, pictures_made
from .story_queue import SetStory, StoryQueue

#: How many stories with more than one answer a sandbox counts attempts for.
MAX_ATTEMPT_COUNTERS = 1_000


class Fresh(NamedTuple):
    """What a sandbox had when nobody had used it yet: what a reset goes back to."""

    clock: Clock
    profile: Profile
    account: Account


class Forgotten(NamedTuple):
    """What the jobs that made room for others still count for: pictures made, credits that they would have cost."""

    pictures: int = 0
    credits: int = 0


@dataclass(slots=True)
class Sandbox:
    """Jobs, clock, profile, account and counters of one key. `version` grows with every commit.

    The first job is the oldest; an OrderedDict, because finding the first of a plain dict gets slow once many were removed.
    `fetches` holds the clock times at which each job was fetched; `pending` the clock times at which webhooks are due.
    `spent` are credits since the account was set (none is counted while it is unlimited); `stories` is None until one is set.
    `resets` counts how often the jobs were reset: what was to be done for those before is not done any more.
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
    account: Account = UNLIMITED
    spent: int = 0
    stories: StoryQueue | None = None
    forgotten: Forgotten = Forgotten()
    resets: int = 0
    fresh: Fresh = field(init=False)

    def __post_init__(self) -> None:
        self.fresh = Fresh(self.clock, self.profile, self.account)


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
    """The clock was moved, or runs in another way from now on."""

    clock: Clock


class WebhookPlanned(NamedTuple):
    """A webhook call is due at a time of the sandbox's clock."""

    job_id: int
    due_at: float


class WebhookSent(NamedTuple):
    """A webhook call that was due has been handed out for sending."""

    job_id: int


class JobSettled(NamedTuple):
    """A job was ended by hand."""

    job_id: int
    settled: Settled


class ProfileSet(NamedTuple):
    """The clauses are applied in another way from now on."""

    profile: Profile


class AccountSet(NamedTuple):
    """The account was replaced; what was spent before does not count against its credits."""

    account: Account


class StoryQueued(NamedTuple):
    """A story was set."""

    entry: SetStory


class StoryPlayed(NamedTuple):
    """One answer of the story `n` that was set was given."""

    n: int


class StoriesReset(NamedTuple):
    """The stories that were set, and every count of attempts, are as if the sandbox were new."""


class JobsReset(NamedTuple):
    """The jobs are gone (each was forgotten before) and the count begins anew: the next one is the first one again."""


Fact = (
    JobSubmitted
    | JobForgotten
    | Fetched
    | Attempted
    | ClockMoved
    | WebhookPlanned
    | WebhookSent
    | JobSettled
    | ProfileSet
    | AccountSet
    | StoryQueued
    | StoryPlayed
    | StoriesReset
    | JobsReset
)


def apply(sandbox: Sandbox, fact: Fact) -> None:
    """Change `sandbox` as `fact` says."""
    _APPLY[type(fact)](sandbox, fact)


def _submitted(sandbox: Sandbox, fact: JobSubmitted) -> None:
    sandbox.submitted = fact.job.n + 1
    sandbox.jobs[fact.job.id] = fact.job
    if sandbox.account is not UNLIMITED:
        sandbox.spent += cost_of(fact.job)


def _forgotten(sandbox: Sandbox, fact: JobForgotten) -> None:
    job, so_far = fact.job, sandbox.forgotten
    # What it would have come to by itself: nobody can ask it any more.
    made = pictures_made(job, sandbox.fetches.get(job.id, []), math.inf)
    sandbox.forgotten = Forgotten(so_far.pictures + made, so_far.credits + cost_of(job))
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


def _settled(sandbox: Sandbox, fact: JobSettled) -> None:
    sandbox.jobs[fact.job_id] = sandbox.jobs[fact.job_id]._replace(settled=fact.settled)


def _profile_set(sandbox: Sandbox, fact: ProfileSet) -> None:
    sandbox.profile = fact.profile


def _account_set(sandbox: Sandbox, fact: AccountSet) -> None:
    # One value for "no limits", so that a submit only has to ask whether it is that one.
    sandbox.account = UNLIMITED if fact.account == UNLIMITED else fact.account
    sandbox.spent = 0


def _story_queued(sandbox: Sandbox, fact: StoryQueued) -> None:
    if sandbox.stories is None:
        sandbox.stories = StoryQueue()
    sandbox.stories.add(fact.entry)


def _story_played(sandbox: Sandbox, fact: StoryPlayed) -> None:
    if sandbox.stories is not None:
        sandbox.stories.play(fact.n)


def _stories_reset(sandbox: Sandbox, _: StoriesReset) -> None:
    sandbox.stories = None
    sandbox.attempts.clear()


def _jobs_reset(sandbox: Sandbox, _: JobsReset) -> None:
    for kept in (sandbox.jobs, sandbox.fetches, sandbox.pending):
        kept.clear()
    sandbox.submitted = 0
    sandbox.forgotten = Forgotten()
    sandbox.resets += 1


_APPLY: dict[type[Any], Callable[[Sandbox, Any], None]] = {
    JobSubmitted: _submitted,
    JobForgotten: _forgotten,
    Fetched: _fetched,
    Attempted: _attempted,
    ClockMoved: _clock_moved,
    WebhookPlanned: _webhook_planned,
    WebhookSent: _webhook_sent,
    JobSettled: _settled,
    ProfileSet: _profile_set,
    AccountSet: _account_set,
    StoryQueued: _story_queued,
    StoryPlayed: _story_played,
    StoriesReset: _stories_reset,
    JobsReset: _jobs_reset,
}
