"""An answer as its story wants it: the contract's answer, in another form, with other words, and spoiled at the end.

Only answers that a story has a say in come here; a plain one goes out as it was rendered.
"""

from __future__ import annotations

from typing import Any

from modelslab_contracts.endpoint import Answer
from modelslab_contracts.profiles import Profile
from modelslab_contracts.situations import Situation

from .engine.inputs import Reply, Staging
from .engine.render import Facts, dumps
from .engine.shape import shape
from .faults import FAULTS, RETRIES, Scene, Sent
from .messages import JSON, Headers, Request

_WITHOUT_BODY = (204, 304)


def stage(reply: Reply, staging: Staging, body: dict[str, Any], facts: Facts, profile: Profile, scene: Scene) -> Sent:
    """What is sent in place of the rendered `body`. `body` is changed."""
    answer, turn = reply.call.answer(reply.answer, reply.status), staging.turn
    headers = JSON
    if reply.situation is not None:
        _respell(body, answer, turn.spelling)
        headers = _with_retry(body, answer, reply.situation, staging)
    elif turn.word == "unknown-status":
        body["status"] = turn.status
    shape(body, answer, facts, turn, staging.story, scene.other_host)
    sent = Sent(reply.status, headers, dumps(body, profile))
    if turn.fault is not None:
        sent = FAULTS[turn.fault](sent, scene)
    return sent._replace(body=b"") if sent.status in _WITHOUT_BODY else sent


def scene_of(staging: Staging, request: Request, bound_origin: str, public_base_url: str = "") -> Scene:
    """What a fault may need to know of the request: its path with its query, and another name of the server."""
    host = request.headers.get("host", "")
    target = request.path + (f"?{request.query}" if request.query else "")
    return Scene(staging.turn, target, other_host(request.scheme, host, bound_origin, public_base_url))


def other_host(scheme: str, host: str, bound_origin: str, public_base_url: str = "") -> str:
    """Another name under which this server hears: localhost for 127.0.0.1 and the reverse, its own address for any other,
    and from there the one under which its links stand, if it has one.

    Never one away from this machine.
    """
    name, colon, port = host.rpartition(":")
    if not port.isdigit():
        name, colon, port = host, "", ""
    swapped = {"127.0.0.1": "localhost", "[::1]": "localhost", "localhost": "127.0.0.1"}.get(name.lower())
    if swapped:
        return f"{scheme}://{swapped}{colon}{port}"
    if bound_origin.partition("://")[2] != host:
        return bound_origin
    return public_base_url or f"{scheme}://localhost{colon}{port}"


def _names(answer: Answer, fact: str) -> list[str]:
    return [each.name for each in answer.fields if each.space == "situation" and each.fact == fact]


def _respell(body: dict[str, Any], answer: Answer, spelling: str | None) -> None:
    """Call the text of a refusal by another name than this dialect does."""
    if spelling is None:
        return
    for name in _names(answer, "text"):
        if name in body and name != spelling:
            body[spelling] = body.pop(name)


def _with_retry(body: dict[str, Any], answer: Answer, situation: Situation, staging: Staging) -> Headers:
    """The headers of a refusal, the seconds to wait among them as the turn says them."""
    if situation.retry_after is None:
        return JSON
    how = staging.turn.retry_after_as
    for name in _names(answer, "retry_after") if how == "header" else ():
        body.pop(name, None)
    return RETRIES[how](JSON, situation.retry_after, staging.now)
