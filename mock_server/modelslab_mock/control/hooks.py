"""Webhook deliveries: list, wait, look at one, send one once more."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from .delivery_desk import Asked, DeliveryDesk, DeliveryList, DeliveryView
from .journal import Limit, Order, Wait, WaitSeconds
from .names import SandboxName, Within
from .panel import Panel

State = Annotated[
    Literal["pending", "delivered", "failed", "lost", "refused", "settled"] | None,
    Query(description="Only those that stand so; `settled` is any state but pending."),
]
OfJob = Annotated[int | None, Query(ge=0, description="Only those of this job.")]
After = Annotated[int, Query(ge=0, description="Only those with a number above this one; numbers are per sandbox.")]
Number = Annotated[int, Path(ge=1, description="Its number in the outbox of its sandbox.", examples=[1])]


def room(panel: Panel) -> APIRouter:
    """All of it for one sandbox and for all."""
    router = APIRouter(tags=["webhooks"])
    desk = DeliveryDesk(panel)

    async def answer(
        asked: Asked, limit: int, order: str, wait: Literal["match", "next"] | None, seconds: float
    ) -> DeliveryList:
        if wait is None:
            return await desk.listed(asked, limit, newest=order == "newest")
        return await desk.waited(asked, wait, seconds, limit, newest=order == "newest")

    @router.get("/webhooks", summary="Webhooks of all sandboxes, or of one; with `wait`, once one matches")
    async def webhooks(
        state: State = None,
        job: OfJob = None,
        after: After = 0,
        limit: Limit = 100,
        order: Order = "newest",
        wait: Wait = None,
        seconds: WaitSeconds = 10,
        within: Within = None,
    ) -> DeliveryList:
        return await answer(Asked(within, state, job, after), limit, order, wait, seconds)

    @router.get("/sandboxes/{name}/webhooks", summary="The webhooks of a sandbox; with `wait`, once one matches")
    async def webhooks_of(
        name: SandboxName,
        state: State = None,
        job: OfJob = None,
        after: After = 0,
        limit: Limit = 100,
        order: Order = "newest",
        wait: Wait = None,
        seconds: WaitSeconds = 10,
    ) -> DeliveryList:
        return await answer(Asked(name, state, job, after), limit, order, wait, seconds)

    @router.get("/sandboxes/{name}/webhooks/{n}", summary="One webhook with its attempts and its body")
    async def webhook(name: SandboxName, n: Number) -> DeliveryView:
        return desk.one(name, n)

    @router.post("/sandboxes/{name}/webhooks/{n}/redeliver", summary="Send a webhook once more and wait for the receiver")
    async def redeliver(name: SandboxName, n: Number) -> DeliveryView:
        return await desk.redelivered(name, n)

    return router
