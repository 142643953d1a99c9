"""Jobs: look at them, wait for one, end one by hand."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from modelslab_contracts.nearest import did_you_mean, nearest

from .errors import Refused
from .job_desk import JobDesk
from .job_shapes import STATUSES, Failure, JobList, JobView, Nothing, StatusWord
from .names import SandboxName, Within
from .panel import Panel

#: What can be waited for beside a status: any end.
ENDED = "ended"
MAX_WAIT_S = 300

JobId = Annotated[int, Path(ge=0, description="The id that the submit was answered with.", examples=[1234567890])]
OfStatus = Annotated[StatusWord | None, Query(alias="status", description="Only jobs that stand so now.")]
OfEndpoint = Annotated[str | None, Query(max_length=100, description="Only jobs of this endpoint.", examples=["realtime-v6"])]
Limit = Annotated[int, Query(ge=1, le=10_000, description="At most so many.")]
Wait = Annotated[
    str | None,
    Query(
        max_length=100,
        description=f"`status:WORD`: answer when the job stands so; WORD is {', '.join(STATUSES)}, or {ENDED} for any end. "
        "409 when it does not in time, or never can.",
        examples=["status:success"],
    ),
]
WaitSeconds = Annotated[
    float, Query(alias="timeout", ge=0, le=MAX_WAIT_S, allow_inf_nan=False, description="Real seconds to wait.")
]


def room(panel: Panel) -> APIRouter:
    """List with filters, get with wait, complete, fail."""
    router = APIRouter(tags=["jobs"])
    desk = JobDesk(panel)

    @router.get("/jobs", summary="Jobs of all sandboxes, or of one, the newest first")
    async def jobs(
        stands: OfStatus = None,
        endpoint: OfEndpoint = None,
        limit: Limit = 100,
        within: Within = None,
    ) -> JobList:
        return desk.listed(within, stands, endpoint, limit)

    @router.get("/sandboxes/{name}/jobs", summary="The jobs of a sandbox, the newest first")
    async def jobs_of(name: SandboxName, stands: OfStatus = None, endpoint: OfEndpoint = None, limit: Limit = 100) -> JobList:
        return desk.listed(name, stands, endpoint, limit)

    @router.get("/jobs/{job_id}", summary="One job; with `wait`, once it stands as asked")
    async def job(job_id: JobId, wait: Wait = None, seconds: WaitSeconds = 10, within: Within = None) -> JobView:
        if wait is None:
            return desk.view(job_id, within)
        return await desk.wait(job_id, within, _wanted(wait), seconds)

    @router.post("/jobs/{job_id}/complete", summary="End a job in success now; its webhook goes out")
    async def complete(job_id: JobId, _: Nothing | None = None, within: Within = None) -> JobView:
        return desk.end(job_id, within, "success")

    @router.post("/jobs/{job_id}/fail", summary="End a job in failure now; its webhook goes out")
    async def fail(job_id: JobId, how: Failure | None = None, within: Within = None) -> JobView:
        failure = how or Failure()
        return desk.end(job_id, within, failure.status, failure.message)

    return router


def _wanted(wait: str) -> tuple[str, ...]:
    """The statuses that `wait` asks for. Raises Refused."""
    what, _, word = wait.partition(":")
    if what != "status":
        raise Refused(422, f"?wait must be status:WORD{did_you_mean(what, ['status'])}", "status:success")
    if word == ENDED:
        return tuple(each for each in STATUSES if each != "processing")
    if word not in STATUSES:
        known = (*STATUSES, ENDED)
        raise Refused(422, f"?wait: a status is one of {', '.join(known)}{did_you_mean(word, known)}", nearest(word, known))
    return (word,)
