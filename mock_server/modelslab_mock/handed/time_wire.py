"""The emulator on a socket for a client that is another process: slow answers are slow in its time, and it may ask for time."""

from __future__ import annotations

from typing import Any

import orjson

from ..messages import JSON, Request, Response
from ..wire.asgi import Receive, Scope, Send, Wire
from .timekeeper import Timekeeper, seconds_of

#: Where time is asked for: GET tells it, POST asks for it to move.
PATH = "/__mock/kit/time"
_WANTED = 'ask with {"sleep": SECONDS}, or with {"until": MOMENT, "seen": ANSWERS}'


class TimeWire(Wire):
    """See Wire."""

    keeper: Timekeeper

    def answer(self, request: Request) -> Response:
        """See Wire."""
        self.keeper.asked()
        return super().answer(request)

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await super()._converse(scope, receive, send)
            return
        request = await self._request(scope, receive)
        if request is not None:
            status, told = await self._grant(request)
            await self._respond(receive, send, request, Response(status, JSON, orjson.dumps(told)))

    async def _grant(self, request: Request) -> tuple[int, dict[str, Any]]:
        keeper = self.keeper
        if request.method in ("GET", "HEAD"):
            return 200, {"now": keeper.now, "answers": keeper.answers}
        try:
            asked = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            asked = None
        asked = asked if isinstance(asked, dict) else {}
        seconds, until, seen = (seconds_of(asked.get(name)) for name in ("sleep", "until", "seen"))
        if (seconds is None) == (until is None):
            return 400, {"error": _WANTED}
        if seconds is not None:
            return 200, (await keeper.sleep(seconds))._asdict()
        assert until is not None
        return 200, (await keeper.ask(until, None if seen is None else int(seen)))._asdict()

    async def _deliver(self, request: Request, response: Response, receive: Receive, send: Send) -> None:
        if response.delay_s:
            await self.keeper.hold(response.delay_s)
            response = response._replace(delay_s=0.0)
        self.keeper.working += 1
        try:
            await super()._deliver(request, response, receive, send)
        finally:
            self.keeper.working -= 1
            self.keeper.answered()
