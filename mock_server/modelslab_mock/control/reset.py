"""Resets: of everything or of one thing, in all sandboxes or in one."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from ..resets import ALL
from .errors import Refused
from .job_shapes import Nothing
from .names import Within
from .panel import Panel

ResetWord = Literal["jobs", "journal", "stories", "clock", "accounts", "profile", "webhooks", "inboxes", "all"]
What = Annotated[
    ResetWord,
    Path(
        description="`jobs`: none, nor any webhook of theirs that is planned, waits or is under way, and totals of nothing; "
        "the same orders get the same ids again. `journal`: empty; its numbers go on. `stories`: none set, no attempt counted. "
        "`clock`: mode and time of the start; while jobs are kept it goes on from the time it shows. `accounts`: without "
        "limits, nothing spent. `profile`: that of the start. `webhooks`: outboxes are empty, nothing in them is sent any "
        "more; webhooks of jobs that go on still come. `inboxes`: all are empty; they belong to no sandbox. `all`: all of "
        "this, but of one sandbox without inboxes.",
        examples=["jobs"],
    ),
]


class WasReset(BaseModel):
    """What was let go."""

    reset: dict[str, int] = Field(
        description="By word: how many jobs, exchanges, stories, webhooks, messages; how many sandboxes whose clock, account "
        "or profile was another one than at the start.",
        examples=[{"jobs": 3, "webhooks": 0}],
    )


def room(panel: Panel) -> APIRouter:
    """Reset all, or what a word names."""
    router = APIRouter(prefix="/reset", tags=["reset"])

    @router.post("", summary="Reset all: every sandbox, or one, is as fresh")
    async def everything(_: Nothing | None = None, within: Within = None) -> WasReset:
        return WasReset(reset=panel.resets.reset(ALL, within))

    @router.post("/{what}", summary="Reset one thing, in all sandboxes or in one")
    async def reset(what: What, _: Nothing | None = None, within: Within = None) -> WasReset:
        if what == "inboxes" and within is not None:
            raise Refused(422, "inboxes belong to no sandbox: leave out which one, or DELETE /__mock/inboxes/NAME")
        return WasReset(reset=panel.resets.reset(what, within))

    return router
