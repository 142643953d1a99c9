"""What this server is: alive, which version, how it is set up, and what its control API has."""

from __future__ import annotations

import platform
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from modelslab_contracts.exchange import MASK
from modelslab_contracts.story import Story, as_json

from ..settings import FIELDS
from ..version import __version__
from .page import html
from .panel import Panel
from .reference import reference


class Health(BaseModel):
    """The server answers."""

    status: Literal["ok"] = "ok"
    version: str = Field(examples=["0.1.0"])
    contracts: int = Field(description="How many contracts are served.", examples=[5])
    uptime_s: float = Field(description="Seconds since it started.", examples=[12.5])


class Version(BaseModel):
    """What runs here."""

    name: Literal["modelslab-mock"] = "modelslab-mock"
    version: str = Field(examples=["0.1.0"])
    python: str = Field(examples=["3.12.1"])


class Setting(BaseModel):
    """One setting as it was resolved: flag > environment > file > default."""

    value: Any = Field(description="What holds. Secrets are masked.")
    default: Any = Field(description="What holds when nobody says anything.")
    sentence: str


class Config(BaseModel):
    """How this server is set up."""

    url: str = Field(description="The origin that it listens on.", examples=["http://127.0.0.1:4777"])
    settings: dict[str, Setting]


class Index(BaseModel):
    """What the control API has."""

    version: str = Field(examples=["0.1.0"])
    rooms: dict[str, str] = Field(
        description="What the calls are about, by the tag that they have in the OpenAPI document.",
        examples=[{"journal": "Every request with its reply."}],
    )
    calls: list[str] = Field(description="Every path, sorted.", examples=[["/__mock/health"]])
    openapi: str = Field(examples=["/__mock/openapi.json"])
    docs: str = Field(examples=["/__mock/docs"])


def room(panel: Panel) -> APIRouter:
    """Health, version, config, the index and the reference page."""
    router = APIRouter(tags=["about"])

    @router.get("", summary="What there is; a browser gets the reference page", response_model=Index)
    async def index(request: Request) -> Response | Index:
        if "text/html" in request.headers.get("accept", ""):
            return docs_page(request)
        document = request.app.openapi()
        rooms = {each["name"]: each["description"] for each in document["tags"]}
        calls = sorted(document["paths"])
        return Index(version=__version__, rooms=rooms, calls=calls, openapi="/__mock/openapi.json", docs="/__mock/docs")

    @router.get("/docs", summary="This reference, as a page that loads nothing from elsewhere", response_class=HTMLResponse)
    async def docs(request: Request) -> Response:
        return docs_page(request)

    def docs_page(request: Request) -> Response:
        page = html(reference(request.app.openapi()), panel.emulator.bound_origin, __version__)
        policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return HTMLResponse(page, headers={"content-security-policy": policy, "vary": "accept"})

    @router.get("/health", summary="Whether the server answers; open to everybody")
    async def health() -> Health:
        uptime = round(panel.real_now() - panel.started, 3)
        return Health(version=__version__, contracts=len(panel.emulator.endpoints), uptime_s=uptime)

    @router.get("/version", summary="What runs here")
    async def version() -> Version:
        return Version(version=__version__, python=platform.python_version())

    @router.get("/config", summary="The settings as they were resolved, secrets masked")
    async def config() -> Config:
        resolved = {name: getattr(panel.settings, name) for name in FIELDS}
        resolved["seed"] = panel.emulator.steering.seed  # drawn, when nobody gave one
        return Config(
            url=panel.emulator.bound_origin,
            settings={
                name: Setting(
                    value=_shown(resolved[name], secret=each.metadata["secret"]),
                    default=_shown(each.default),
                    sentence=each.metadata["sentence"],
                )
                for name, each in FIELDS.items()
            },
        )

    return router


def _shown(value: Any, *, secret: bool = False) -> Any:
    """A setting as JSON; each of its secrets as the mask."""
    if secret and value:
        return [MASK] * len(value) if isinstance(value, tuple) else MASK
    if isinstance(value, Story):
        return as_json(value)
    return list(value) if isinstance(value, tuple) else value
