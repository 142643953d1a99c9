"""Answers in each dialect, field by field, as the contract lays them out.

A field is filled from what its `from` names, else from its literal; a field that has neither value nor need is left
out. Each answer is laid out once per dialect and then filled by a flat list of small functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

import orjson

from modelslab_contracts.endpoint import Answer, AnswerField, Endpoint
from modelslab_contracts.profiles import Profile
from modelslab_contracts.situations import Situation

from .job import Job
from .links import picture_paths

ABSENT: Any = object()
Getter = Callable[["Facts"], Any]


class Facts:
    """All that an answer can be filled from. Links are built on first use and once."""

    __slots__ = ("_paths", "account", "endpoint", "job", "situation")

    def __init__(
        self,
        endpoint: Endpoint,
        job: Job | None = None,
        situation: Situation | None = None,
        account: Mapping[str, Any] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.job = job
        self.situation = situation
        self.account = account or {}
        self._paths: list[str] | None = None

    @property
    def paths(self) -> list[str]:
        """The paths of the job's pictures."""
        if self._paths is None:
            self._paths = picture_paths(self.endpoint, self.job) if self.job else []
        return self._paths


def render(answer: Answer, dialect: str, facts: Facts) -> dict[str, Any]:
    """The body of an answer."""
    return _filled(_layout(answer, dialect), facts)


def dumps(body: Mapping[str, Any], profile: Profile) -> bytes:
    """A body as JSON, as the profile's server writes it: captures show every slash escaped."""
    text = orjson.dumps(body)
    return text.replace(b"/", b"\\/") if profile.escapes_slashes else text


class _Layout(NamedTuple):
    """How an object is filled: a copy of `template` keeps order and literals, then each list fills its names."""

    template: dict[str, Any]
    values: tuple[tuple[str, str], ...]
    flags: tuple[tuple[str, str], ...]
    rest: tuple[tuple[str, Getter], ...]


@lru_cache(maxsize=1024)
def _layout(answer: Answer, dialect: str) -> _Layout:
    return _lay_out(answer.fields, dialect)


def _lay_out(fields: tuple[AnswerField, ...], dialect: str) -> _Layout:
    """Sort the fields by how they are filled: most of a meta is copied straight from the order."""
    sent = [
        each
        for each in fields
        if each.dialect in (None, dialect) and (each.space or each.has_literal or each.children is not None)
    ]
    values: list[tuple[str, str]] = []
    flags: list[tuple[str, str]] = []
    rest: list[tuple[str, Getter]] = []
    for each in sent:
        if each.children is not None and not each.space:
            rest.append((each.name, partial(_filled, _lay_out(each.children, dialect))))
        elif each.space == "order" and each.is_yes_no:
            flags.append((each.name, each.fact))
        elif each.space == "order" and "null" in each.types and not each.has_literal:
            values.append((each.name, each.fact))
        elif each.space:
            rest.append((each.name, _getter(each)))
    return _Layout({each.name: each.literal for each in sent}, tuple(values), tuple(flags), tuple(rest))


def _filled(layout: _Layout, facts: Facts) -> dict[str, Any]:
    body = layout.template.copy()
    order = facts.job.values if facts.job else {}
    for name, field in layout.values:
        body[name] = order.get(field)
    for name, field in layout.flags:
        body[name] = "yes" if order.get(field) else "no"
    for name, get in layout.rest:
        value = get(facts)
        if value is ABSENT:
            del body[name]
        else:
            body[name] = value
    return body


def _getter(field: AnswerField) -> Getter:
    read = _SPACES[field.space](field.fact)
    fallback = field.literal if field.has_literal else ABSENT
    if field.space == "order":
        fact = field.fact
        return lambda facts: fallback if (value := facts.job.values.get(fact) if facts.job else None) is None else value
    if field.types == ("string",) and field.fact == "id":
        return lambda facts: str(read(facts))  # meta repeats the id as text
    return read


def _order(fact: str) -> Getter:
    return lambda facts: facts.job.values.get(fact) if facts.job else None


def _job(fact: str) -> Getter:
    return JOB_FACTS[fact]


def _account(fact: str) -> Getter:
    return lambda facts: facts.account[fact]


def _situation(fact: str) -> Getter:
    def get(facts: Facts) -> Any:
        value = getattr(facts.situation, fact) if facts.situation else None
        return ABSENT if value is None else value

    return get


_SPACES: dict[str, Callable[[str], Getter]] = {"order": _order, "job": _job, "account": _account, "situation": _situation}

FAILED_TEXT = "Failed, Try Again"


def _of(read: Callable[[Job], Any]) -> Getter:
    def get(facts: Facts) -> Any:
        assert facts.job is not None, "an answer that speaks of a job was rendered without one"
        return read(facts.job)

    return get


def _links(before: str) -> Getter:
    def get(facts: Facts) -> Any:
        origin = (facts.job.origin if facts.job else "") + before
        return [origin + path for path in facts.paths]

    return get


def _fetch_url(facts: Facts) -> str:
    path = next(each.path for each in facts.endpoint.fetches if each.id_in == "path")
    return facts.job.origin + path.replace("{id}", str(facts.job.id)) if facts.job else ""


def _meta(facts: Facts) -> Any:
    for field in facts.endpoint.submit.answers["success"].fields:
        if field.name == "meta":  # the webhook repeats it
            return _filled(_lay_out(field.children or (), "documented"), facts)
    return {}


def _whole_if_it_is(seconds: float) -> float:
    return int(seconds) if float(seconds).is_integer() else seconds


#: What `x-mock: {from: job.NAME}` can name.
JOB_FACTS: dict[str, Getter] = {
    "id": _of(lambda job: job.id),
    "seed": _of(lambda job: job.seed),
    "prompt": _of(lambda job: job.prompt),
    "nsfw": _of(lambda job: job.nsfw),
    "eta": _of(lambda job: _whole_if_it_is(job.takes_s)),
    "generation_time": _of(lambda job: job.generation_s),
    "file_prefix": _of(lambda job: job.file_prefix),
    "file_name": _of(lambda job: job.file_prefix + ".png"),
    "message": _of(lambda job: job.story.message or FAILED_TEXT),
    "links": _links(""),
    "proxy_links": _links("/proxy"),
    "future_links": _links(""),
    "future_proxy_links": _links("/proxy"),
    "fetch_url": _fetch_url,
    "meta": _meta,
}
ACCOUNT_FACTS = ("queue_num", "queue_time")
