"""Inboxes: list, read, wait for a message, empty. What is sent to them is taken elsewhere, and from anybody (mailroom)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from ..inbox import NAME
from ..mailroom import NO_NAME, NothingCame, Wait, read
from .errors import Refused
from .jobs import WaitSeconds
from .panel import Panel

InboxName = Annotated[str, Path(description="The NAME of `/__mock/inbox/NAME`.", examples=["fox"])]


class MessageView(BaseModel):
    """What arrived, with API keys masked and the body cut at 64 KiB."""

    number: int = Field(description="Counts from 1 in each inbox.", examples=[1])
    real_at: float = Field(description="When, in real seconds since 1970.")
    method: str = Field(examples=["POST"])
    path: str = Field(examples=["/__mock/inbox/fox"])
    query: str
    headers: dict[str, str] = Field(description="Names in lower case.")
    body: str
    parsed: Any = Field(alias="json", description="The body as a value, when it is JSON; else null.")


class MessageList(BaseModel):
    """The messages of an inbox, the oldest first."""

    inbox: str = Field(examples=["fox"])
    messages: list[MessageView]


class InboxList(BaseModel):
    """The inboxes that took something."""

    inboxes: dict[str, int] = Field(description="How many messages each holds, by name.", examples=[{"fox": 1}])


class InboxesGone(BaseModel):
    """What was let go."""

    messages: int = Field(examples=[1])


def room(panel: Panel) -> APIRouter:
    """Everything but taking."""
    router = APIRouter(prefix="/inboxes", tags=["inboxes"])
    inboxes = panel.inboxes

    @router.get("", summary="The inboxes that took something")
    async def listed() -> InboxList:
        return InboxList(inboxes=inboxes.names())

    @router.get("/{name}", summary="What an inbox holds; with `wait`, once there is a message")
    async def messages(
        name: InboxName,
        after: Annotated[int, Query(ge=0, description="Only messages with a number above this one.")] = 0,
        wait: Annotated[
            Wait | None,
            Query(
                description="`match`: answer as soon as there is a message after `after`; `next`: as soon as one arrives from "
                "now on. 409 when none does in time."
            ),
        ] = None,
        seconds: WaitSeconds = 10,
    ) -> MessageList:
        _check(name)
        try:
            found = await read(inboxes, name, after, wait, seconds)
        except NothingCame as problem:
            raise Refused(409, str(problem)) from None
        return MessageList(inbox=name, messages=[MessageView.model_validate(each.as_json()) for each in found])

    @router.delete("", summary="Empty all inboxes")
    async def all_gone() -> InboxesGone:
        return InboxesGone(messages=panel.resets.reset("inboxes")["inboxes"])

    @router.delete("/{name}", summary="Empty an inbox; its numbers begin anew")
    async def gone(name: InboxName) -> InboxesGone:
        _check(name)
        return InboxesGone(messages=inboxes.clear(name))

    return router


def _check(name: str) -> None:
    if not NAME.fullmatch(name):
        raise Refused(422, NO_NAME)
