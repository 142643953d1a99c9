"""What this server counts, for a Prometheus server."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from fastapi.responses import Response

from ..metrics import CONTENT_TYPE, as_prometheus, measure
from ..version import __version__
from .panel import Panel


class _Prometheus(Response):
    media_type = CONTENT_TYPE


def room(panel: Panel) -> APIRouter:
    """One page."""
    router = APIRouter(tags=["metrics"])

    @router.get("/metrics", summary="Numbers in the text format of Prometheus", response_class=_Prometheus)
    async def metrics() -> Response:
        # In a thread: many jobs take a while to look at, and nobody has to wait for that.
        measured = await asyncio.to_thread(
            measure,
            panel.store,
            panel.real_now(),
            version=__version__,
            pictures_drawn=panel.pictures_drawn(),
            webhooks=dict(panel.courier.outcomes),
            started=panel.started,
        )
        return _Prometheus(as_prometheus(measured))

    return router
