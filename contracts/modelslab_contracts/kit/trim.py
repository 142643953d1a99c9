"""Making a case simpler, one step at a time: each thing in which it differs from the plain one, put back to its default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..endpoint import Endpoint
from ..story import Story, as_json
from .chance import Simplest
from .orders import Asked, order_table
from .run import PLAIN_PROMPT


def weight(story: Story, asked: Asked) -> int:
    """How far from boring a case is: every word of its story, and every member that is asked for beside the needed ones."""
    prompt = asked.request.get("prompt")
    crowd = len(asked.later) + sum(asked.later) + (asked.left_after or 0)
    return 10 * _size(as_json(story)) + len(asked.request) + (prompt != PLAIN_PROMPT) + round(10 * crowd)


def simpler_values(value: Any) -> Iterator[Any]:
    """A story's JSON, each time with one thing less."""
    if isinstance(value, Mapping):
        yield from ({each: held for each, held in value.items() if each != name} for name in value)
        yield from ({**value, name: each} for name, held in value.items() for each in simpler_values(held))
    elif isinstance(value, list):
        yield from (value[:index] + value[index + 1 :] for index in range(len(value)) if len(value) > 1)
        yield from (
            [*value[:index], each, *value[index + 1 :]] for index, held in enumerate(value) for each in simpler_values(held)
        )
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and value > 1:
        yield from (1, int(value) // 2) if value > 3 else (1,)


def bare_request(asked: Asked, endpoint: Endpoint) -> Asked:
    """The simplest request of an endpoint; the given one where what is wrong with it may be the point."""
    if asked.kind in ("invalid", "unknown"):
        return asked
    request = order_table(endpoint).draw(Simplest()).request
    return asked._replace(
        request={**request, "prompt": PLAIN_PROMPT} if "prompt" in request else request, kind="valid", about=(), noticed=()
    )


def simpler_requests(asked: Asked, required: frozenset[str], bare: Mapping[str, Any]) -> Iterator[Asked]:
    """The request, each time without one member that its contract does not need, with the shortest prompt, with what the
    simplest request (`bare`) has for a member that is needed, or fewer callers.
    """
    if len(asked.later) > 1:
        yield from (asked._replace(later=(each,)) for each in asked.later)
    for name, value in asked.request.items():
        if name not in required:
            yield asked._replace(request={each: held for each, held in asked.request.items() if each != name})
        elif name == "prompt" and value != PLAIN_PROMPT:
            yield asked._replace(request={**asked.request, name: PLAIN_PROMPT})
        elif name in bare and value != bare[name]:
            yield asked._replace(request={**asked.request, name: bare[name]})


def _size(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(1 + _size(each) for each in value.values())
    if isinstance(value, list):
        return sum(1 + _size(each) for each in value)
    return min(9, int(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0


def siblings(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A story's JSON, each time with one word exchanged for another of the same kind: those that change the least."""
    if told.get("ends") == "unknown-status":
        yield {**told, "ends": "never"}
    if told.get("ends") in _ENDS:
        yield from ({**told, "ends": each} for each in _ENDS if each != told["ends"])
    shape = told.get("shape") or {}
    if shape.get("fetch_id") == "other":
        yield {**told, "shape": {**shape, "fetch_id": "same"}}
    for element in ("submit", "polls"):
        turns = told.get(element)
        if isinstance(turns, list):
            for index, turn in enumerate(turns):
                yield from ({**told, element: [*turns[:index], each, *turns[index + 1 :]]} for each in _other_turns(turn))


_ENDS = ("error", "failed", "success")


def _other_turns(turn: Any) -> Iterator[Any]:
    if not isinstance(turn, Mapping):
        return
    for name, others in _OTHER.items():
        if turn.get(name) in others:
            yield from ({**turn, name: each} for each in others if each != turn[name])


#: Words that stand for nearly the same.
_OTHER: Mapping[str, tuple[Any, ...]] = {
    "spelling": ("message", "messege"),
    "fetch_result": ("same", "changed", "elsewhere"),
    "to": ("other-host", "same-host"),
}
