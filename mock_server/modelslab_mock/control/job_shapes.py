"""What goes in and comes out where jobs are looked at, waited for and ended."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, Field

StatusWord = Literal["processing", "success", "failed", "error"]
STATUSES: tuple[str, ...] = get_args(StatusWord)


class ByHand(BaseModel):
    """How a job was ended by hand."""

    at: float = Field(description="When, on the sandbox's clock.")
    message: str | None = Field(description="What its failure says.")


class JobView(BaseModel):
    """A job, looked at without polling it. Times are of its sandbox's clock, seconds since 1970."""

    id: int = Field(examples=[1234567890])
    sandbox: str = Field(examples=["sb-2bb80d53"])
    endpoint: str = Field(examples=["realtime-v6"])
    status: StatusWord = Field(description="What a client would be told now.")
    submitted_at: float = Field(examples=[1767225600.0])
    ends_at: float | None = Field(description="When it ended or will; null when that is not known yet, or never.")
    fetches: int = Field(description="How often it was fetched before it ended.", examples=[0])
    pictures: int = Field(description="How many pictures it makes.", examples=[1])
    webhook: str | None = Field(description="Scheme and host that its webhook goes to.", examples=["http://127.0.0.1:9000"])
    by_hand: ByHand | None = Field(description="Set when it was ended by hand.")


class JobList(BaseModel):
    """Jobs, the newest first."""

    matched: int = Field(description="How many there are, also beyond the limit.", examples=[1])
    jobs: list[JobView]


class Failure(BaseModel, extra="forbid"):
    """How a job fails."""

    message: str | None = Field(
        default=None, min_length=1, max_length=1_000, description="What the failure says.", examples=["out of memory"]
    )
    status: Literal["failed", "error"] = Field(default="failed", description="The status word of its answers.")


class Nothing(BaseModel, extra="forbid"):
    """An empty object; the body may be left out."""
