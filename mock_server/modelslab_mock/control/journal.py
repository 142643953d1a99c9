"""The journal: list with every filter, wait, look at one, near misses, and the two files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import StreamingResponse

from .journal_desk import JournalDesk
from .journal_shapes import ExchangeList, ExchangeView, NearMissList
from .names import SandboxName, Within
from .panel import Panel

MAX_WAIT_S = 300
_LONGEST = 300


def _text(says: str, example: str) -> Any:
    return Query(max_length=_LONGEST, description=says, examples=[example])


async def _asked(
    endpoint: Annotated[str | None, _text("Only those that this contract answered.", "realtime-v6")] = None,
    method: Annotated[str | None, _text("Only this method, in any case.", "POST")] = None,
    path: Annotated[str | None, _text("Only this path as a whole; `*` is anything, `?` one character.", "/api/v6/*")] = None,
    status: Annotated[str | None, _text("Only this HTTP status, or class of it.", "4xx")] = None,
    job: Annotated[int | None, Query(ge=0, description="Only those about this job.")] = None,
    answer: Annotated[
        str | None, _text("Only those answered so: a status word, `picture`, or a fault that was played.", "error")
    ] = None,
    rule: Annotated[str | None, _text("Only those with a finding of this rule; `*` is anything.", "request/*")] = None,
    refused: Annotated[bool, Query(description="Only those with something wrong in the request.")] = False,
    unmatched: Annotated[bool, Query(description="Only those for whose path and method there is no call.")] = False,
    after: Annotated[int, Query(ge=0, description="Only those with a number above this one; numbers are per sandbox.")] = 0,
) -> dict[str, Any]:
    return {
        "endpoint": endpoint, "method": method, "path": path, "status": status, "job": job, "answer": answer, "rule": rule,
        "refused": refused, "unmatched": unmatched, "since": after,
    }  # fmt: skip


Asked = Annotated[dict[str, Any], Depends(_asked)]
Limit = Annotated[int, Query(ge=1, le=1_000, description="At most so many.")]
Order = Annotated[Literal["newest", "oldest"], Query(description="Which come first.")]
Wait = Annotated[
    Literal["match", "next"] | None,
    Query(
        description="`match`: answer when there is one that matches, which may be there already. `next`: answer with the first "
        "that matches of those yet to come. 409 when none came in time."
    ),
]
WaitSeconds = Annotated[
    float, Query(alias="timeout", ge=0, le=MAX_WAIT_S, allow_inf_nan=False, description="Real seconds to wait.")
]
Number = Annotated[int, Path(ge=1, description="Its number in the journal of its sandbox.", examples=[1])]

_JSON_LINES = "application/jsonl"
_HAR = "application/json"


class _JsonLines(StreamingResponse):
    media_type = _JSON_LINES


class _Har(StreamingResponse):
    media_type = _HAR


def room(panel: Panel) -> APIRouter:
    """All of it for one sandbox and for all."""
    router = APIRouter(tags=["journal"])
    desk = JournalDesk(panel)

    async def answer(
        asked: dict[str, Any], within: str | None, limit: int, order: str, wait: Literal["match", "next"] | None, seconds: float
    ) -> ExchangeList:
        what, newest = desk.wanted(asked, within), order == "newest"
        if wait is not None:
            return await desk.waited(what, wait, seconds, limit, newest=newest)
        return await desk.listed(what, limit, newest=newest)

    @router.get("/journal", summary="Requests and replies of all sandboxes, or of one; with `wait`, once one matches")
    async def journal(
        asked: Asked,
        limit: Limit = 100,
        order: Order = "newest",
        wait: Wait = None,
        seconds: WaitSeconds = 10,
        within: Within = None,
    ) -> ExchangeList:
        return await answer(asked, within, limit, order, wait, seconds)

    @router.get("/journal/near-misses", summary="What was refused or unmatched, and what was probably meant")
    async def near_misses(asked: Asked, limit: Limit = 100, order: Order = "newest", within: Within = None) -> NearMissList:
        return await desk.near_misses(desk.wanted(asked, within), limit, newest=order == "newest")

    @router.get("/journal.jsonl", summary="The journal as JSON Lines, oldest first", response_class=_JsonLines)
    async def json_lines(asked: Asked, within: Within = None) -> StreamingResponse:
        return _JsonLines(desk.as_json_lines(desk.wanted(asked, within)), headers=_named("jsonl", within))

    @router.get("/journal.har", summary="The journal as an HTTP Archive (HAR 1.2), oldest first", response_class=_Har)
    async def har(asked: Asked, within: Within = None) -> StreamingResponse:
        return _Har(desk.as_har(desk.wanted(asked, within)), headers=_named("har", within))

    @router.get("/sandboxes/{name}/journal", summary="Requests and replies of a sandbox; with `wait`, once one matches")
    async def journal_of(
        name: SandboxName,
        asked: Asked,
        limit: Limit = 100,
        order: Order = "newest",
        wait: Wait = None,
        seconds: WaitSeconds = 10,
    ) -> ExchangeList:
        return await answer(asked, name, limit, order, wait, seconds)

    @router.get("/sandboxes/{name}/journal/{n}", summary="One request and its reply, with headers, bodies and its near miss")
    async def exchange(name: SandboxName, n: Number) -> ExchangeView:
        return desk.one(name, n)

    return router


def _named(ending: str, within: str | None) -> dict[str, str]:
    """The header that names the file under which a browser saves it."""
    return {"content-disposition": f'attachment; filename="journal{f"-{within}" if within else ""}.{ending}"'}
