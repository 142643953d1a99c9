"""A job: facts fixed when it was submitted. Its status is worked out from them, its fetches, and the time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from modelslab_contracts.story import Story

Status = Literal["processing", "success", "failed", "error"]


class Job(NamedTuple):
    """One accepted order. Times are seconds of the sandbox's clock.

    A job that is not `is_queued` was finished when it was submitted. `takes_s` is how long a queued one takes,
    `generation_s` what its answers say. `origin` is the scheme and host on which its links are built.
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

    @property
    def samples(self) -> int:
        """How many pictures the job makes."""
        return int(self.values.get("samples") or 1)


def ended_at(job: Job, fetches: list[float]) -> float | None:
    """When the job ended or will end; None when that is not known yet or never.

    A road is walked by polls or by time, never both: with `polls` the fetch after the n-th one ends it.
    """
    if not job.is_queued:
        return job.submitted_at
    if job.story.ends == "never":
        return None
    if job.story.polls is not None:
        return fetches[job.story.polls] if len(fetches) > job.story.polls else None
    return job.submitted_at + job.takes_s


def status(job: Job, fetches: list[float], now: float) -> Status:
    """What a client asking at `now` would be told. Looking never changes it; only a fetch is a poll."""
    end = ended_at(job, fetches)
    if end is None or now < end:
        return "processing"
    return job.story.ends if job.is_queued else "success"  # type: ignore[return-value] # "never" has no end
