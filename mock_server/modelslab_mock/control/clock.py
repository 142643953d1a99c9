"""The clock of a sandbox: what it shows, how it runs, moving it on."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from ..clockwork import CannotAdvance
from ..engine.clock import Clock
from ..engine.inputs import Outcome, TickInput
from ..engine.sandbox import ClockMoved
from .errors import Refused
from .names import SandboxName
from .panel import Panel

Mode = Literal["real", "scaled", "frozen", "auto"]
MAX_FACTOR = 1_000_000
#: The pace of a scaled clock when nobody names one, as with `--clock scaled`.
USUAL_FACTOR = 20.0


class ClockView(BaseModel):
    """The clock of a sandbox."""

    mode: Mode = Field(examples=["frozen"])
    now: float = Field(description="Seconds since 1970 that the clock shows.", examples=[1767225600.0])
    factor: float = Field(description="How many of its seconds pass in a real one, when it is scaled.", examples=[1.0])


class ClockMode(BaseModel, extra="forbid"):
    """How a clock shall run from now on. It goes on from what it shows: time never runs backwards."""

    mode: Mode = Field(
        description="`real`; `scaled`, that many times as fast; `frozen`, moved only by advance; `auto`, moved on by the "
        "fetches of its jobs.",
        examples=["frozen"],
    )
    factor: float | None = Field(
        None, gt=0, le=MAX_FACTOR, allow_inf_nan=False, description=f"For `scaled` only; {USUAL_FACTOR:g} when it is left out."
    )


class Advance(BaseModel, extra="forbid"):
    """How far to move a clock."""

    seconds: float = Field(ge=0, le=366 * 86_400, allow_inf_nan=False, examples=[5])


class FiredView(BaseModel):
    """A webhook that became due on the way."""

    at: float = Field(description="When, on the sandbox's clock.", examples=[1767225603.0])
    job_id: int = Field(examples=[1234567890])
    answer: str = Field(description="Which body it has.", examples=["success"])
    how: Literal["send", "lost", "excess"] = Field(description="Sent; recorded only; or refused, because too many wait.")


class Advanced(BaseModel):
    """Where the clock stands now, and the webhooks that became due on the way, in order."""

    before: float = Field(examples=[1767225600.0])
    now: float = Field(examples=[1767225605.0])
    fired: list[FiredView]
    pending: list[int] = Field(
        description="Numbers in the outbox of those whose receiver had not answered within 5 real seconds.", examples=[[]]
    )


def view(clock: Clock, real_now: float) -> ClockView:
    """A clock as this API shows it."""
    return ClockView(mode=clock.mode, now=clock.now(real_now), factor=clock.factor)


def room(panel: Panel) -> APIRouter:
    """Everything about time."""
    router = APIRouter(prefix="/sandboxes/{name}/clock", tags=["clock"])

    @router.get("", summary="What the clock shows")
    async def clock(name: SandboxName) -> ClockView:
        return view(panel.store.look(name).clock, panel.real_now())

    @router.put("", summary="Set how the clock runs")
    async def run(name: SandboxName, how: ClockMode) -> ClockView:
        if how.factor is not None and how.mode != "scaled":
            raise Refused(422, f"/factor is for mode scaled only, and mode is {how.mode}", "scaled")
        factor = how.factor or (USUAL_FACTOR if how.mode == "scaled" else 1.0)
        real_now = panel.real_now()
        wanted = Clock(how.mode, factor=factor)
        panel.emulator.commit(name, lambda sandbox: Outcome([ClockMoved(sandbox.clock.in_mode_of(wanted, real_now))], None, []))
        panel.courier.carry_out(name, panel.emulator.tick(name, TickInput(), panel.real_now()))
        panel.courier.plan(name)
        return view(panel.store.look(name).clock, panel.real_now())

    @router.post("/advance", summary="Move a frozen, auto or scaled clock forward, stopping at every webhook that is due")
    async def advance(name: SandboxName, by: Advance) -> Advanced:
        try:
            moved = await panel.clockwork.advance(name, by.seconds)
        except CannotAdvance as problem:
            raise Refused(409, str(problem)) from None
        fired = [FiredView(at=each.at, job_id=each.job_id, answer=each.answer, how=each.how) for each in moved.fired]  # type: ignore[arg-type] # one of three words
        return Advanced(before=moved.before, now=moved.now, fired=fired, pending=list(moved.pending))

    return router
