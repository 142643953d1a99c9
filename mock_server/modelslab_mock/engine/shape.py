"""The form of an answer as its story wants it: fields dropped, added, retyped, after the contract's answer was rendered.

Fields are found by what fills them, never by their names; a part that an answer has no field for is without effect.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlsplit

from modelslab_contracts.endpoint import Answer
from modelslab_contracts.story import Story, Turn
from modelslab_contracts.story_shape import PLAIN_SHAPE

from ..pictures import Picture, draw
from .ids import other_id
from .job import Job
from .links import read_path
from .render import Facts

HUGE_ETA_S = 1_000_000_000
#: Values of fields that no contract knows, one after the other: every kind that JSON has.
_UNKNOWN_VALUES = ("unknown", 7, None, ["unknown"], {"unknown": True}, False)


class View:
    """A rendered answer of a job with the means to change it."""

    __slots__ = ("answer", "body", "elsewhere", "facts", "job", "turn")

    def __init__(self, body: dict[str, Any], answer: Answer, facts: Facts, turn: Turn, elsewhere: str) -> None:
        self.body = body
        self.answer = answer
        self.facts = facts
        self.job = facts.job
        self.turn = turn
        self.elsewhere = elsewhere

    def names(self, *facts: str) -> Iterator[str]:
        """The fields of this answer that are filled from one of a job's facts, whatever their dialect."""
        yield from (each.name for each in self.answer.fields if each.space == "job" and each.fact in facts)

    def names_of_output(self) -> Iterator[str]:
        """The field that holds the pictures' addresses once there are any."""
        yield from _names_in(self.facts.endpoint.submit.answers["success"], "links")


def shape(body: dict[str, Any], answer: Answer, facts: Facts, turn: Turn, story: Story, elsewhere: str) -> None:
    """Change `body` as the turn and the story's shape say. What `body` holds is replaced, never changed itself. `elsewhere` is
    the origin of another host.
    """
    view = View(body, answer, facts, turn, elsewhere)
    if facts.job is not None:
        for part, what in (("fetch_result", turn.fetch_result), ("output", turn.output), ("eta", turn.eta)):
            if what is not None:
                TURN_PARTS[part](view, what)
        if facts.job.ends == "empty" and answer.status == "success" and facts.job.is_queued:
            without_pictures(view)
    if story.shape != PLAIN_SHAPE:
        for part, shaper in PARTS.items():
            if (held := getattr(story.shape, part)) and (facts.job is not None or part in ("add", "null", "drop")):
                shaper(view, held)


def without_pictures(view: View) -> None:
    """Success with no picture at all: catches clients that poll on, or crash, when output is empty."""
    for name in view.names("links", "proxy_links"):
        if name in view.body:
            view.body[name] = []
    for name in view.names("first_link"):
        view.body[name] = ""


def optional(answer: Answer) -> frozenset[str]:
    """The fields that the contract lets an answer do without."""
    return _optional(answer)


@lru_cache(maxsize=1024)
def _optional(answer: Answer) -> frozenset[str]:
    return answer.optional


def _names_in(answer: Answer, fact: str) -> Iterator[str]:
    yield from (each.name for each in answer.fields if each.space == "job" and each.fact == fact)


def _fetch_result(view: View, which: str) -> None:
    names = list(_names_in(view.facts.endpoint.submit.answers["processing"], "fetch_url"))
    for name in names:
        if which == "missing":
            view.body.pop(name, None)
        else:
            view.body[name] = _fetch_url(view, other=(which == "changed"))


def _partial_output(view: View, _: str) -> None:
    """Part of the pictures, at least one, while the job is on its way."""
    links = view.facts.links("")
    for name in view.names_of_output():
        view.body[name] = links[: max(1, len(links) // 2)]


def _new_eta(view: View, seconds: float) -> None:
    for name in _names_in(view.facts.endpoint.submit.answers["processing"], "eta"):
        view.body[name] = int(seconds) if float(seconds).is_integer() else seconds


def _fetch_url(view: View, *, other: bool) -> str:
    """The address of the fetch by path, under the job's id or its other one; a story that uses the other one swaps them."""
    job = _job(view)
    named = other_id(job.id) if other != (job.story.shape.fetch_id == "other") else job.id
    origin = view.elsewhere if view.turn.fetch_result == "elsewhere" else job.origin
    return origin + view.facts.endpoint.fetch_by_path.address(named)


def _job(view: View) -> Job:
    assert view.job is not None, "a shape that speaks of a job was applied without one"
    return view.job


def _fetch_id(view: View, _: str) -> None:
    for name in view.names("fetch_url"):
        if name in view.body:
            view.body[name] = _fetch_url(view, other=(view.turn.fetch_result == "changed"))


def _retyped(fact: str, kinds: Mapping[str, Callable[[Any], Any]], view: View, kind: str) -> None:
    for name in view.names(fact):
        if name in view.body:
            view.body[name] = kinds[kind](view.body[name])


def _eta(view: View, kind: str) -> None:
    for name in _names_in(view.facts.endpoint.submit.answers["processing"], "eta"):
        if name not in view.body:
            continue
        if kind == "absent":
            del view.body[name]
        else:
            view.body[name] = ETAS[kind](view.body[name])


def _output(view: View, kind: str) -> None:
    for name in view.names_of_output():
        if name in view.body:
            held = view.body[name]
            view.body[name] = LINKS[kind](held if isinstance(held, list) else [])


def _proxy_links(view: View, kind: str) -> None:
    for name in view.names("proxy_links", "future_proxy_links"):
        held = view.body.get(name)
        if kind == "absent":
            view.body.pop(name, None)
        else:
            view.body[name] = LINKS[kind](held if isinstance(held, list) else view.facts.links("/proxy"))


def _nsfw(view: View, kind: str) -> None:
    for name in view.names("nsfw"):
        if kind == "absent":
            view.body.pop(name, None)
        else:
            view.body[name] = _job(view).nsfw if kind == "bool" else [_job(view).nsfw] * _job(view).samples


def _base64(view: View, kind: str) -> None:
    """`inline`: the pictures themselves in base64, where the order asked for base64 at all; `url` is the contract's own way."""
    if kind == "inline" and _job(view).values.get("base64"):
        for name in view.names("links"):
            view.body[name] = [_inline(each) for each in view.body[name]]
        for name in view.names("first_link"):
            view.body[name] = _inline(view.body[name])


def _inline(url: str) -> str:
    link = read_path(urlsplit(url).path)
    assert link is not None, "a link of ours that leads to no picture"
    return _encoded(link.picture)


@lru_cache(maxsize=8)
def _encoded(picture: Picture) -> str:
    return base64.b64encode(draw(picture)).decode()


def _add(view: View, names: tuple[str, ...]) -> None:
    for index, name in enumerate(names):
        view.body.setdefault(name, _UNKNOWN_VALUES[index % len(_UNKNOWN_VALUES)])


def _null(view: View, names: tuple[str, ...]) -> None:
    for name in optional(view.answer).intersection(names) & view.body.keys():
        view.body[name] = None


def _drop(view: View, names: tuple[str, ...]) -> None:
    for name in optional(view.answer).intersection(names):
        view.body.pop(name, None)


#: What a turn changes in a processing answer.
TURN_PARTS: Mapping[str, Callable[[View, Any], None]] = {
    "fetch_result": _fetch_result,
    "output": _partial_output,
    "eta": _new_eta,
}
IDS: Mapping[str, Callable[[Any], Any]] = {"number": int, "text": str}
ETAS: Mapping[str, Callable[[Any], Any]] = {
    "int": math.ceil,
    "float": lambda held: held + 0.25 if float(held).is_integer() else held,  # later rather than earlier: no lie
    "text": str,
    "zero": lambda _: 0,
    "negative": lambda _: -1,
    "huge": lambda _: HUGE_ETA_S,
}
LINKS: Mapping[str, Callable[[list[str]], Any]] = {
    "list": list,
    "text": lambda links: links[0] if links else "",
    "object": lambda links: {str(index): link for index, link in enumerate(links)},
    "empty": lambda _: "",
}
#: What a story's shape changes in any answer, in this order.
PARTS: Mapping[str, Callable[[View, Any], None]] = {
    "fetch_id": _fetch_id,
    "id": partial(_retyped, "id", IDS),
    "eta": _eta,
    "base64": _base64,
    "output": _output,
    "proxy_links": _proxy_links,
    "nsfw": _nsfw,
    "add": _add,
    "null": _null,
    "drop": _drop,
}
