"""The sandboxes: which there are, what each holds, how it applies clauses."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, field_validator

from modelslab_contracts.profiles import PROFILES

from ..engine.ids import sandbox_name
from ..engine.inputs import Outcome
from ..engine.sandbox import ProfileSet, Sandbox
from . import clock
from .names import SandboxName
from .panel import Panel

ProfileName = Literal["documented", "strict", "observed"]


class SandboxView(BaseModel):
    """What belongs to one API key. A key that nobody used yet has a sandbox like any other, with nothing in it."""

    name: str = Field(
        description="`sb-` and eight digits made from the key; `sb-none` for requests without one.", examples=["sb-2bb80d53"]
    )
    profile: ProfileName = Field(description="How clauses are applied.")
    clock: clock.ClockView
    submitted: int = Field(description="Jobs that were ever submitted.", examples=[3])
    jobs: int = Field(description="Jobs that are kept.", examples=[3])
    webhooks_waiting: int = Field(description="Webhook calls whose time has not come.", examples=[0])
    version: int = Field(description="Grows with everything that happens in it.", examples=[7])
    last_used_at: float | None = Field(description="The real time of its last exchange that is kept, seconds since 1970.")


class SandboxList(BaseModel):
    """Sandboxes, the most recently used first."""

    held: int = Field(description="How many are kept; the least recently used is let go when there are too many.", examples=[1])
    sandboxes: list[SandboxView]


class WhoseKey(BaseModel, extra="forbid"):
    """An API key, in a body because it must not stand in a URL. It is not kept and not logged."""

    key: str = Field(min_length=1, max_length=10_000, examples=["my-key"])

    @field_validator("key")
    @classmethod
    def not_blank(cls, key: str) -> str:
        """A blank key is none, as on the emulated routes."""
        if not key.strip():
            raise ValueError("must not be blank")
        return key


class ProfileChoice(BaseModel, extra="forbid"):
    """How clauses are applied from now on."""

    profile: ProfileName = Field(examples=["strict"])


def room(panel: Panel) -> APIRouter:
    """List, find, look, and set the profile."""
    router = APIRouter(prefix="/sandboxes", tags=["sandboxes"])

    def view(sandbox: Sandbox) -> SandboxView:
        return SandboxView(
            name=sandbox.name,
            profile=sandbox.profile.name,  # type: ignore[arg-type] # a profile's name is one of the three
            clock=clock.view(sandbox.clock, panel.real_now()),
            submitted=sandbox.submitted,
            jobs=len(sandbox.jobs),
            webhooks_waiting=len(sandbox.pending),
            version=sandbox.version,
            last_used_at=panel.store.last_used_at(sandbox.name),
        )

    @router.get("", summary="The sandboxes, the most recently used first")
    async def sandboxes(limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> SandboxList:
        held = list(panel.store.held())
        return SandboxList(held=len(held), sandboxes=[view(each) for each in islice(held, limit)])

    @router.post("", summary="The sandbox of an API key: how to learn its name")
    async def whose(owner: WhoseKey) -> SandboxView:
        return view(panel.store.look(sandbox_name(owner.key)))

    @router.get("/{name}", summary="One sandbox")
    async def sandbox(name: SandboxName) -> SandboxView:
        return view(panel.store.look(name))

    @router.put("/{name}/profile", summary="Set how clauses are applied")
    async def profile(name: SandboxName, choice: ProfileChoice) -> SandboxView:
        panel.emulator.commit(name, lambda _: Outcome([ProfileSet(PROFILES[choice.profile])], None, []))
        return view(panel.store.look(name))

    return router
