"""The control API as a whole: its rooms, its errors, its gate."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI

from ..settings_check import OFF
from ..version import __version__
from . import about, accounts, clock, events, hooks, inboxes, jobs, journal, metrics, reset, sandboxes, specs, stories
from .calls import Calls
from .errors import Problem, add_handlers, only_known_queries
from .gate import Door, Gate
from .panel import Panel

ROOMS = (about, specs, sandboxes, clock, stories, accounts, jobs, journal, hooks, inboxes, events, metrics, reset)
#: What a control body may be at most, whatever images may be sent to the emulated routes.
MAX_BODY = 8 * 2**20

_TAGS = {
    "about": "What this server is and how it is set up.",
    "specs": "The contracts that it stands on, and every doubt about them.",
    "sandboxes": "Everything that belongs to one API key, named by what the log calls it. Keys never stand in a URL.",
    "clock": "The time of a sandbox.",
    "stories": "What the server will do with the next orders of a sandbox.",
    "accounts": "What the key of a sandbox may do, and what it has used.",
    "jobs": "Looking at jobs, waiting for them, ending them. Nothing here is ever a poll.",
    "journal": "Every request with its reply: what came, what went, and why. API keys are masked wherever they stand.",
    "webhooks": "What was sent to whom, and how it went.",
    "inboxes": "What came to receivers of our own: anything that is sent, by any method, to `/__mock/inbox/NAME`, which asks "
    "for no token. Use such an address as `webhook`.",
    "events": "Hearing of everything as it happens.",
    "metrics": "Numbers for a monitor.",
    "reset": "The way back: each word does what it says and leaves the rest as it is.",
}


def make_control(panel: Panel) -> FastAPI:
    """The control API of an emulator, without its gate."""
    control = FastAPI(
        title="modelslab-mock control API",
        summary="Look at an emulator and steer it.",
        description="Every error has the same shape: one sentence, and the nearest known word. Beyond loopback a bearer "
        "token is asked for.",
        version=__version__,
        openapi_url="/__mock/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_tags=[{"name": name, "description": sentence} for name, sentence in _TAGS.items()],
        dependencies=[Depends(only_known_queries(lambda: _calls(control)))],
        responses={"4XX": {"model": Problem, "description": "Why it was refused, in one sentence."}},
    )
    for each in ROOMS:
        control.include_router(each.room(panel), prefix="/__mock")
    add_handlers(control, lambda: _calls(control))
    return control


def gated(panel: Panel, bound_origin: str, made_up_token: str = "") -> Gate:
    """The control API of an emulator, for those whom its settings let in."""
    settings = panel.settings
    names = {urlsplit(each).hostname for each in (bound_origin, settings.public_base_url) if each}
    names |= {each.lower().strip("[]") for each in (settings.host, *settings.link_host)}
    door = Door(
        names=frozenset(each for each in names if each),
        token="" if settings.control_token == OFF else settings.control_token or made_up_token,
        any_address=not settings.is_on_loopback,
        max_body=min(settings.max_body, MAX_BODY),
    )
    return Gate(make_control(panel), door)


def _calls(control: FastAPI) -> Calls:
    """What the API knows of itself, read once."""
    held: Any = getattr(control.state, "calls", None)
    if held is None:
        held = control.state.calls = Calls(control.openapi())
    assert isinstance(held, Calls)
    return held
