"""Listening: everything that happens, as Server-Sent Events."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response

from modelslab_contracts.nearest import did_you_mean, nearest

from ..events import KINDS
from .errors import Refused
from .event_stream import EventStream
from .names import Within
from .panel import Panel

#: Listeners at the same time: each holds a connection and a queue.
MAX_LISTENERS = 100

Kind = Annotated[
    list[str] | None,
    Query(max_length=len(KINDS), description=f"Only events of this kind; may be repeated. There are {', '.join(KINDS)}."),
]
LastEventId = Annotated[
    str | None,
    Header(
        description="The `id` of the last event that the client has, as browsers send it. What happened since is not kept: "
        "the first event says so.",
    ),
]


class _Described(Response):
    """What the OpenAPI document says of the stream, which is made otherwise."""

    media_type = EventStream.media_type


def room(panel: Panel) -> APIRouter:
    """One stream."""
    router = APIRouter(tags=["events"])

    @router.get(
        "/events",
        summary="Everything that happens from now on, as Server-Sent Events; the answer does not end",
        response_class=_Described,
    )
    async def events(kind: Kind = None, last_event_id: LastEventId = None, within: Within = None) -> Response:
        for each in kind or ():
            if each not in KINDS:
                raise Refused(
                    422, f"?kind is none of {', '.join(KINDS)}{did_you_mean(each[:100], KINDS)}", nearest(each[:100], KINDS)
                )
        if last_event_id and not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= 18):
            raise Refused(422, "the header last-event-id must be the id of an event: a whole number")
        if panel.watch.listeners >= MAX_LISTENERS:
            raise Refused(409, f"{MAX_LISTENERS} listen already; one of them has to go first")
        after = int(last_event_id) if last_event_id else None
        return EventStream(panel.watch, within, frozenset(kind) if kind else None, resumes_after=after)

    return router
