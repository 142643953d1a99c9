"""The account behind a sandbox's key: look at it, set it, take it away; and what the vendor's plans allow."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, WithJsonSchema

from modelslab_contracts.accounts import plan_only, plans
from modelslab_contracts.nearest import meant

from ..engine.account import MAX_CREDITS, MAX_SLOTS, MAX_WINDOW_S, SAME_ORDER_WITHIN_S
from ..steer import SteerError, account_view, reset, set_account
from .errors import Refused
from .names import SandboxName
from .panel import Panel


def _whole(most: int) -> dict[str, Any]:
    return {"anyOf": [{"type": "integer", "minimum": 0, "maximum": most}, {"type": "null"}]}


# One reader for all who set accounts, `account_of`: here only the schemas are told.
PlanName = Annotated[Any, WithJsonSchema({"anyOf": [{"enum": [*plans()]}, {"type": "null"}]})]
Slots = Annotated[Any, WithJsonSchema(_whole(MAX_SLOTS))]
Credits = Annotated[Any, WithJsonSchema(_whole(MAX_CREDITS))]
Fields = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "boolean"}]})]
Flag = Annotated[Any, WithJsonSchema({"type": "boolean"})]
Window = Annotated[
    Any,
    WithJsonSchema(
        {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": MAX_WINDOW_S}, {"type": "boolean"}, {"type": "null"}]}
    ),
]
_PLAN = "A plan as GET /__mock/plans lists it: it stands for its queue slots."
_SLOTS = "How many jobs may be unfinished at a time; the excess is refused. null is no limit."
_CREDITS = "Credits there were when the account was set; an order costs one for each picture. null is no limit."
_FIELDS = "Order fields that the account lacks; an order that uses one is refused. true stands for the assumed list."
_REVOKED = "Whether every call is refused as with an invalid key."
_WINDOW = (
    f"The same order is not taken twice within so many seconds of the sandbox's clock; true is {SAME_ORDER_WITHIN_S:g}, "
    "null never."
)


class Account(BaseModel, extra="forbid"):
    """What an account may do. What is left out has no limit: the account is set as a whole."""

    plan: PlanName = Field(None, description=_PLAN)
    queue_slots: Slots = Field(None, description=_SLOTS)
    credits: Credits = Field(None, description=_CREDITS, examples=[2])
    plan_only: Fields = Field([], description=_FIELDS)
    revoked: Flag = Field(default=False, description=_REVOKED)
    same_order_within_s: Window = Field(None, description=_WINDOW)


class TotalsView(BaseModel):
    """What the jobs came to since they were reset, also those that made room for others."""

    jobs: int = Field(description="Jobs that were submitted.", examples=[3])
    pictures: int = Field(description="Pictures of jobs that have ended in success.", examples=[3])
    credits_not_spent: int = Field(description="What the orders would have cost elsewhere.", examples=[3])


class AccountView(BaseModel):
    """An account, with what of it is used."""

    plan: str | None = Field(description=_PLAN, examples=["basic"])
    queue_slots: int | None = Field(description=_SLOTS, examples=[5])
    credits: int | None = Field(description=_CREDITS, examples=[2])
    plan_only: list[str] = Field(description=_FIELDS)
    revoked: bool = Field(description=_REVOKED)
    same_order_within_s: float | None = Field(description=_WINDOW)
    slots_used: int = Field(description="Jobs that are unfinished now.", examples=[0])
    credits_left: int | None = Field(description="null when they are not counted.", examples=[2])
    totals: TotalsView


class PlanView(BaseModel, from_attributes=True):
    """A plan, and who says so."""

    name: str = Field(examples=["basic"])
    queue_slots: int = Field(examples=[5])
    source: str
    certainty: str = Field(examples=["stated"])


class PlanOnlyView(BaseModel, from_attributes=True):
    """An order field that a plan can lack, and why we think so: no page names any."""

    field: str = Field(examples=["upscale"])
    source: str
    certainty: str = Field(examples=["assumed"])
    why: str


class PlanList(BaseModel):
    """The plans, the smallest first, and what `"plan_only": true` stands for."""

    plans: list[PlanView]
    plan_only: list[PlanOnlyView]


def room(panel: Panel) -> APIRouter:
    """Plans; an account: get, put, delete."""
    router = APIRouter(tags=["accounts"])

    def view(name: str) -> AccountView:
        return AccountView.model_validate(account_view(panel.emulator, name, panel.real_now()))

    @router.get("/plans", summary="What the vendor's plans allow, and who says so")
    async def known() -> PlanList:
        return PlanList(
            plans=[PlanView.model_validate(each) for each in plans().values()],
            plan_only=[PlanOnlyView.model_validate(each) for each in plan_only()],
        )

    @router.get("/sandboxes/{name}/account", summary="The account, what of it is used, and the totals")
    async def account(name: SandboxName) -> AccountView:
        return view(name)

    @router.put("/sandboxes/{name}/account", summary="Set the account as a whole; credits count from now on")
    async def put(name: SandboxName, wanted: Account) -> AccountView:
        try:
            set_account(panel.emulator, name, wanted.model_dump(exclude_unset=True))
        except SteerError as problem:
            raise Refused(422, str(problem), meant(str(problem))) from None
        return view(name)

    @router.delete("/sandboxes/{name}/account", summary="Let the account do everything again, as at the start")
    async def delete(name: SandboxName) -> AccountView:
        if panel.store.holds(name):
            reset(panel.emulator, name, ("account",), panel.real_now())
        return view(name)

    return router
