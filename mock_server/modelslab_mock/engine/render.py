"""Answers in each dialect, field by field, as the contract lays them out.

A field is filled from what its `from` names, else from its literal; one that has neither value nor need is left out.
Each answer is laid out once per dialect: a template that keeps order and literals, and short lists that fill it. Most
of an answer is copied straight from the order or the job, and this is the hottest code of the server.
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
FAILED_TEXT = "Failed, Try Again"


class Facts:
    """All that an answer can be filled from. The links are built on first use, and once."""

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

    def links(self, before: str) -> list[str]:
        """The addresses of the job's pictures; `before` goes between origin and path."""
        assert self.job is not None, "links without a job"
        if self._paths is None:
            self._paths = picture_paths(self.endpoint, self.job)
        origin = self.job.origin + before
        return [origin + path for path in self._paths]


def render(answer: Answer, dialect: str, facts: Facts) -> dict[str, Any]:
    """The body of an answer."""
    return _filled(_layout(answer, dialect), facts)


def dumps(body: Mapping[str, Any], profile: Profile) -> bytes:
    """A body as JSON, as the profile's server writes it: captures show every slash escaped."""
    text = orjson.dumps(body)
    return text.replace(b"/", b"\\/") if profile.escapes_slashes else text


class _Layout(NamedTuple):
    """How an object is filled: copy `template`, then let each list fill its names."""

    template: dict[str, Any]
    from_order: tuple[tuple[str, str], ...]
    flags: tuple[tuple[str, str], ...]
    from_job: tuple[tuple[str, int], ...]
    computed: tuple[tuple[str, Callable[[Facts], Any]], ...]


@lru_cache(maxsize=1024)
def _layout(answer: Answer, dialect: str) -> _Layout:
    return _lay_out(answer.fields, dialect)


def _lay_out(fields: tuple[AnswerField, ...], dialect: str) -> _Layout:
    """Sort the fields of one dialect by how they are filled."""
    sent = [f for f in fields if f.dialect in (None, dialect) and (f.space or f.has_literal or f.children is not None)]
    from_order: list[tuple[str, str]] = []
    flags: list[tuple[str, str]] = []
    from_job: list[tuple[str, int]] = []
    computed: list[tuple[str, Callable[[Facts], Any]]] = []
    for each in sent:
        if each.children is not None and not each.space:
            computed.append((each.name, partial(_filled, _lay_out(each.children, dialect))))
        elif each.space == "order" and each.is_yes_no:
            flags.append((each.name, each.fact))
        elif each.space == "order" and not each.has_literal:
            from_order.append((each.name, each.fact))
        elif each.space == "job" and each.fact in _STORED and each.types != ("string",):
            from_job.append((each.name, _STORED[each.fact]))
        elif each.space:
            computed.append((each.name, _computed(each)))
    return _Layout({f.name: f.literal for f in sent}, tuple(from_order), tuple(flags), tuple(from_job), tuple(computed))


def _filled(layout: _Layout, facts: Facts) -> dict[str, Any]:
    template, from_order, flags, from_job, computed = layout
    body = template.copy()
    job = facts.job
    if job is not None:
        order = job.values
        for name, field in from_order:
            body[name] = order[field]
        for name, field in flags:
            body[name] = "yes" if order[field] else "no"
        for name, index in from_job:
            body[name] = job[index]
    for name, compute in computed:
        value = compute(facts)
        if value is ABSENT:
            del body[name]
        else:
            body[name] = value
    return body


def _computed(field: AnswerField) -> Callable[[Facts], Any]:
    fact = field.fact
    match field.space:
        case "order":  # null in the order: the answer shows the literal instead
            return lambda facts: field.literal if (value := _job_of(facts).values[fact]) is None else value
        case "account":
            return lambda facts: facts.account[fact]
        case "situation":
            return partial(_situation_fact, fact)
    if fact in _STORED:
        return lambda facts: str(_job_of(facts)[_STORED[fact]])  # a meta repeats the id as text
    return JOB_FACTS[fact]


def _situation_fact(fact: str, facts: Facts) -> Any:
    value = getattr(facts.situation, fact, None)
    return ABSENT if value is None else value


def _job_of(facts: Facts) -> Job:
    assert facts.job is not None, "an answer that speaks of a job was rendered without one"
    return facts.job


def _eta(facts: Facts) -> float:
    seconds = _job_of(facts).takes_s
    return int(seconds) if float(seconds).is_integer() else seconds


def _fetch_url(facts: Facts) -> str:
    job = _job_of(facts)
    path = next(each.path for each in facts.endpoint.fetches if each.id_in == "path")
    return job.origin + path.replace("{id}", str(job.id))


def _meta(facts: Facts) -> dict[str, Any]:
    """What the endpoint's own success calls meta; the webhook repeats it."""
    for field in facts.endpoint.submit.answers["success"].fields:
        if field.children is not None:
            return _filled(_lay_out(field.children, "documented"), facts)
    return {}


#: Facts that a job holds as they are, by their place in it.
_STORED: dict[str, int] = {
    "generation_time" if name == "generation_s" else name: Job._fields.index(name)
    for name in ("id", "seed", "prompt", "nsfw", "generation_s", "file_prefix")
}
#: Facts that are worked out.
JOB_FACTS: dict[str, Callable[[Facts], Any]] = {
    "eta": _eta,
    "file_name": lambda facts: _job_of(facts).file_prefix + ".png",
    "message": lambda facts: _job_of(facts).story.message or FAILED_TEXT,
    "links": lambda facts: facts.links(""),
    "proxy_links": lambda facts: facts.links("/proxy"),
    "future_links": lambda facts: facts.links(""),
    "future_proxy_links": lambda facts: facts.links("/proxy"),
    "fetch_url": _fetch_url,
    "meta": _meta,
}
#: Every name that `x-mock: {from: …}` may give, by space; `order` takes the request's own fields.
SPACES: dict[str, frozenset[str]] = {
    "job": frozenset({*_STORED, *JOB_FACTS}),
    "account": frozenset({"queue_num", "queue_time"}),
    "situation": frozenset({"text", "tip", "retry_after"}),
}
