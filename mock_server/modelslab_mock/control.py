"""The control API under /__mock: read the contracts and their doubts, look at a sandbox, move its clock.

FastAPI, typed, with its own OpenAPI; imported on the first request for it, so that nobody pays for it who does not ask.
Keys never appear in its URLs: sandboxes are named by the `sb-…` of the log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Path, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field

from modelslab_contracts.findings import RULES
from modelslab_contracts.ledger import ledger

from .app import App
from .engine.inputs import Deliver, Nudge, Outcome, TickInput
from .engine.job import ended_at, status
from .engine.sandbox import ClockMoved, Sandbox
from .engine.step import step
from .version import __version__
from .webhooks import is_loopback
from .wire import wall_clock

Name = Annotated[str, Path(pattern="^sb-([0-9a-f]{8}|none)$", description="A sandbox as the log names it.")]


class ClockView(BaseModel):
    """The clock of a sandbox."""

    mode: Literal["real", "scaled", "frozen", "auto"]
    now: float = Field(description="Seconds since 1970 that the clock shows.")
    factor: float


class Advance(BaseModel, extra="forbid"):
    """How far to move a clock."""

    seconds: float = Field(ge=0, le=366 * 86_400)


class Advanced(BaseModel):
    """Where the clock stands now, and the jobs whose webhooks became due on the way, in order."""

    now: float
    webhooks: list[int]


class JobView(BaseModel):
    """A job, looked at without polling it."""

    id: int
    endpoint: str
    status: str
    submitted_at: float
    ends_at: float | None
    fetches: int


def make_control(
    app: App, carry_out: Callable[[str, Sequence[Deliver | Nudge]], None], real_now: Callable[[], float] = wall_clock.real_now
) -> FastAPI:
    """The control API of an emulator. `carry_out` sends what moving a clock makes due."""
    control = FastAPI(
        title="modelslab-mock control API",
        version=__version__,
        openapi_url="/__mock/openapi.json",
        docs_url=None,
        redoc_url=None,
    )

    @control.middleware("http")
    async def only_from_here(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        """Refuse foreign Host and Origin headers: no page that a browser shows may steer the server."""
        for header in ("host", "origin"):
            if (given := request.headers.get(header)) and not _is_ours(given, app):
                return JSONResponse({"detail": f"{header} {given!r} is not this machine"}, 403)
        return await call_next(request)

    _add_contracts(control, app)
    _add_sandboxes(control, app, carry_out, real_now)
    return control


def _add_contracts(control: FastAPI, app: App) -> None:
    """What is the same for every sandbox: contracts, doubts, rules."""

    @control.get("/__mock", summary="What there is")
    def index() -> dict[str, Any]:
        calls = sorted(path for path in control.openapi()["paths"])
        return {"modelslab-mock": __version__, "calls": calls, "openapi": "/__mock/openapi.json"}

    @control.get("/__mock/specs", summary="The contracts")
    def specs() -> dict[str, str]:
        return {name: endpoint.title for name, endpoint in app.endpoints.items()}

    @control.get("/__mock/specs/{name}", summary="A contract as OpenAPI YAML", response_class=PlainTextResponse)
    def spec(name: str) -> str:
        if name not in app.endpoints:
            raise HTTPException(404, f"no contract {name!r}; there are {', '.join(app.endpoints)}")
        return app.endpoints[name].document.text.decode()

    @control.get("/__mock/fidelity", summary="Every doubt: contradictions between pages and reality, and what is assumed")
    def fidelity() -> dict[str, Any]:
        assumed = [
            {"endpoint": endpoint.name, "field": field.name, "keywords": field.clause.assumed, "why": field.clause.why}
            for endpoint in app.endpoints.values()
            for field in endpoint.fields
            if field.clause.assumed
        ]
        return {"ledger": [_plain(entry) for entry in ledger()], "assumed": assumed}

    @control.get("/__mock/rules", summary="The catalogue of rules")
    def rules() -> list[dict[str, str]]:
        return [{"id": rule.id, "severity": rule.severity.label, "sentence": rule.sentence} for rule in RULES.values()]


def _add_sandboxes(
    control: FastAPI, app: App, carry_out: Callable[[str, Sequence[Deliver | Nudge]], None], real_now: Callable[[], float]
) -> None:
    """What belongs to one sandbox: its clock and its jobs."""

    def sandbox_of(name: str) -> Sandbox:
        return app.store.read(name)

    @control.get("/__mock/sandboxes/{name}/clock", summary="What the clock shows")
    def clock(name: Name) -> ClockView:
        held = sandbox_of(name).clock
        return ClockView(mode=held.mode, now=held.now(real_now()), factor=held.factor)

    @control.post("/__mock/sandboxes/{name}/clock/advance", summary="Move a frozen, auto or scaled clock forward")
    async def advance(name: Name, by: Advance) -> Advanced:
        if sandbox_of(name).clock.mode == "real":
            raise HTTPException(409, "a real clock cannot be moved; start with --clock frozen, auto or scaled:FACTOR")
        app.commit(name, lambda sandbox: Outcome([ClockMoved(_later(sandbox, by.seconds, real_now()))], None, []))
        effects = app.commit(name, lambda sandbox: step(sandbox, TickInput(), real_now(), app.steering)).effects
        carry_out(name, effects)
        sent = [effect.job.id for effect in effects if isinstance(effect, Deliver)]
        return Advanced(now=sandbox_of(name).clock.now(real_now()), webhooks=sent)

    @control.get("/__mock/sandboxes/{name}/jobs", summary="The jobs; looking at them is never a poll")
    def jobs(name: Name) -> list[JobView]:
        sandbox = sandbox_of(name)
        now = sandbox.clock.now(real_now())
        views = []
        for job in sandbox.jobs.values():
            fetches = sandbox.fetches.get(job.id, [])
            views.append(
                JobView(
                    id=job.id,
                    endpoint=job.endpoint,
                    status=status(job, fetches, now),
                    submitted_at=job.submitted_at,
                    ends_at=ended_at(job, fetches),
                    fetches=len(fetches),
                )
            )
        return views


def _later(sandbox: Sandbox, seconds: float, real_now: float) -> Any:
    return sandbox.clock.moved_to(sandbox.clock.now(real_now) + seconds, real_now)


def _is_ours(given: str, app: App) -> bool:
    from urllib.parse import urlsplit

    try:
        host = urlsplit(given if "://" in given else f"//{given}").hostname or ""
        return is_loopback(host) or host == urlsplit(app.bound_origin).hostname
    except ValueError:
        return False


def _plain(entry: Any) -> dict[str, Any]:
    """A ledger entry as plain values."""
    import dataclasses

    return dataclasses.asdict(entry)
