"""A job: facts fixed when it was submitted. Its status is worked out from them, its fetches, and the time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from modelslab_contracts.story import Story

from .asked import Asked

#: Ends that are none: the job goes on for ever.
ENDLESS = ("never", "unknown-status")
Status = Literal["processing", "success", "failed", "error"]


class Settled(NamedTuple):
    """How a job was ended by hand, and when on the sandbox's clock. `message` is what a failure says."""

    status: Literal["success", "failed", "error"]
    at: float
    message: str | None = None


class Job(NamedTuple):
    """One accepted order. Times are seconds of the sandbox's clock.

    A job that is not `is_queued` was finished when it was submitted. `takes_s` is how long a queued one takes,
    `generation_s` what its answers say. `origin` is the scheme and host on which its links are built. `settled` is the
    one thing that may come later: somebody ended the job by hand, before its story did.
    """

    id: int
    n: int
    endpoint: str
    values: Mapping[str, Any]
    story: Story
    submitted_at: float
    is_queued: bool
    takes_s: float
    generation_s: float
    seed: int
    file_prefix: str
    prompt: str
    nsfw: bool
    origin: str
    asked: Asked
    settled: Settled | None = None

    @property
    def samples(self) -> int:
        """How many pictures the job makes."""
        return self.asked.samples

    @property
    def ends(self) -> str | int:
        """How the job ends, or will: a word of the story's `ends`, or an HTTP status."""
        return self.settled.status if self.settled else self.story.ends

    @property
    def message(self) -> str | None:
        """What its failure says, when somebody chose it."""
        return self.settled.message if self.settled else self.story.message


def ended_at(job: Job, fetches: list[float]) -> float | None:
    """When the job ended or will end; None when that is not known yet or never.

    A road is walked by polls or by time, never both: with `polls` the fetch after the n-th one ends it.
    """
    if not job.is_queued:
        return job.submitted_at
    if job.settled is not None:
        return job.settled.at
    if job.story.ends in ENDLESS:
        return None
    if (polls := job.story.polls_before_end) is not None:
        return fetches[polls] if len(fetches) > polls else None
    if job.story.webhook == "before-reply":
        return job.submitted_at  # the queue was faster than the reply that speaks of it
    return job.submitted_at + job.takes_s


def is_told_ahead(job: Job) -> bool:
    """Whether the webhook of a job tells how it ends before anybody knows of it."""
    return job.story.webhook == "before-reply" and not (job.is_queued and job.story.ends in ENDLESS)


def is_odd(job: Job, fetches: list[float], now: float) -> bool:
    """Whether the job has come to where its story gives it a status that nobody knows, for ever."""
    if job.story.ends != "unknown-status" or job.settled is not None or not job.is_queued:
        return False
    polls = job.story.polls_before_end
    return len(fetches) > polls if polls is not None else now >= job.submitted_at + job.takes_s


def status(job: Job, fetches: list[float], now: float) -> Status:
    """What a client asking at `now` would be told. Looking never changes it; only a fetch is a poll."""
    end = ended_at(job, fetches)
    if end is None or now < end:
        return "processing"
    return end_status(job)


def end_status(job: Job) -> Status:
    """How the job ends, as a client understands it. A job whose end is an HTTP status fails."""
    ends = job.ends if job.is_queued else "success"
    return _END_STATUS.get(ends, "error")


def pictures_made(job: Job, fetches: list[float], now: float) -> int:
    """How many pictures there are at `now`: none before success, and none when the success is empty."""
    if status(job, fetches, now) != "success" or (job.is_queued and job.ends == "empty"):
        return 0
    return job.samples


_END_STATUS: Mapping[str | int, Status] = {"success": "success", "empty": "success", "failed": "failed", "error": "error"}
