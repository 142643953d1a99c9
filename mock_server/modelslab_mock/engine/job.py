"""A job: facts fixed when it was submitted. Its status is worked out from them, its fetches, and the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from modelslab_contracts.story import Story

Status = Literal["processing", "success", "failed", "error"]


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted order. Times are seconds of the sandbox's clock.

    `takes_s` is 0 for a job that was finished when it was submitted; `generation_s` is what its answers say. `origin`
    is the scheme and host on which its links are built.
    """

    id: int
    n: int
    endpoint: str
    values: Mapping[str, Any]
    story: Story
    submitted_at: float
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
    if job.story.ends == "never":
        return None
    if job.story.polls is not None and job.takes_s > 0:
        return fetches[job.story.polls] if len(fetches) > job.story.polls else None
    return job.submitted_at + job.takes_s


def status(job: Job, fetches: list[float], now: float) -> Status:
    """What a client asking at `now` would be told. Looking never changes it; only a fetch is a poll."""
    end = ended_at(job, fetches)
    if end is None or now < end:
        return "processing"
    return job.story.ends if job.takes_s > 0 else "success"  # type: ignore[return-value] # "never" has no end
