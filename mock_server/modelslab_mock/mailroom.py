"""Taking what comes for an inbox: `ANY /__mock/inbox/NAME`, from anybody, without a token. Who may read is for others to say.

It is a receiver, and whoever sends webhooks (the vendor's servers, say, or an emulator in the next container) can neither
know a token nor choose a Host or Origin: so nothing of the kind is asked for. A plain form that some page posts here, or
its cross-site fetch, is harmless. It can do no more than put a message of its own into the inbox: nothing is done because
of a message, the answer is the same few bytes whatever the inbox holds and comes without CORS headers, so no page can
read it, and what fills an inbox pushes out the oldest messages within bounds. Reading, waiting and emptying stand behind
the gate.
"""

from __future__ import annotations

from typing import Literal

import orjson

from .inbox import PATH, Inboxes, Message, name_in
from .messages import JSON, Request, Response

NO_NAME = f"an inbox is named by 1 to 64 letters, digits, _ . and -, such as {PATH}my-test"
#: Real seconds that a reader may wait for a message.
MAX_WAIT_S = 300
Wait = Literal["match", "next"]
_TAKEN = Response(200, JSON, b'{"status":"taken"}')


class NothingCame(Exception):
    """Why a reader waited in vain, as one sentence."""


def take(inboxes: Inboxes, request: Request, real_now: float) -> Response:
    """Keep a request for a path below PATH as a message, and say so; its method does not matter."""
    name = name_in(request.path)
    if name is None:
        return _problem(422, NO_NAME)
    if request.too_large:
        return _problem(413, "the message is longer than --max-body")
    inboxes.take(
        name,
        real_at=real_now,
        method=request.method,
        path=request.path,
        query=request.query,
        headers=request.headers,
        body=request.body,
    )
    return _TAKEN


async def read(inboxes: Inboxes, name: str, after: int, wait: Wait | None, seconds: float) -> list[Message]:
    """The messages of an inbox above `after`; with `wait` once there is one (`next`: one that comes from now on).

    Raises NothingCame.
    """
    if wait is None:
        return inboxes.messages(name, after)
    found = await inboxes.wait(name, max(after, inboxes.last(name)) if wait == "next" else after, seconds)
    if not found:
        raise NothingCame(f"no message came to the inbox {name} within {seconds:g} s")
    return found


def _problem(status: int, why: str) -> Response:
    return Response(status, JSON, orjson.dumps({"error": why, "nearest": None}))
