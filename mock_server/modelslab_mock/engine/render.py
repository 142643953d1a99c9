"""Answers in each dialect, field by field, as the contract lays them out.

A field is filled from what its `from` names, else from its literal; one that has neither value nor need is left out.
Each answer is written out once per dialect as a function; this is the hottest code of the server.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

import orjson

from modelslab_contracts.endpoint import Answer, AnswerField, Endpoint
from modelslab_contracts.profiles import Profile
from modelslab_contracts.situations import Situation

from .job import Job
from .links import picture_paths

ABSENT: Any = object()
FAILED_TEXT = "Failed, Try Again"
#: Facts of a job that are numbers, and so may be told as text.
_NUMBERS = frozenset(("id", "eta", "generation_time", "seed"))
#: Those that are whole numbers already.
_WHOLE = frozenset(("id", "seed"))


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
        return [*map((self.job.origin + before).__add__, self._paths)]


def render(answer: Answer, dialect: str, facts: Facts) -> dict[str, Any]:
    """The body of an answer."""
    job = facts.job
    return _filler(answer, dialect)(facts, job, job.values if job is not None else {})


def dumps(body: Mapping[str, Any], profile: Profile) -> bytes:
    """A body as JSON, as the profile's server writes it: captures show every slash escaped."""
    text = orjson.dumps(body)
    return text.replace(b"/", b"\\/") if profile.escapes_slashes else text


Filler = Callable[[Facts, "Job | None", Mapping[str, Any]], dict[str, Any]]


@lru_cache(maxsize=1024)
def _filler(answer: Answer, dialect: str) -> Filler:
    """A function that fills an answer, written out: a loop over the fields takes several times as long."""
    return _written(answer.fields, dialect)


@lru_cache(maxsize=1024)
def _written(fields: tuple[AnswerField, ...], dialect: str) -> Filler:
    """What the order alone decides is filled in once for it, in templates; the rest for each answer, in copies of them.

    The templates of the last order are kept beside it, in a global of the function that is written.
    """
    names: dict[str, Any] = {"ABSENT": ABSENT, "ceil": math.ceil}
    of_order: dict[str, list[str]] = {}
    lines = [*_statements("body", fields, dialect, names, of_order), "return body"]
    if of_order:
        names["last"] = (None,) * (1 + len(of_order))
        templates = ", ".join(of_order)
        made = (f"    {each}" for some in of_order.values() for each in some)
        kept = ["global last", f"of, {templates} = last", "if of is not order:", *made, f"    last = order, {templates}"]
        lines = kept + lines
    exec("\n    ".join(("def fill(facts, job, order):", *lines)), names)  # noqa: S102 # every name is quoted by repr, every value is bound
    filler: Filler = names["fill"]
    return filler


def _statements(
    body: str, fields: tuple[AnswerField, ...], dialect: str, names: dict[str, Any], of_order: dict[str, list[str]]
) -> Iterator[str]:
    """Fill `body`: a copy of a template keeps the order of the names and the literals, the rest is assigned to it.

    Where an order decides some of it, the template is one of that order: what makes it goes to `of_order`, by its name.
    """
    sent = [f for f in fields if f.dialect in (None, dialect) and (f.space or f.has_literal or f.children is not None)]
    template = _bound({each.name: each.literal for each in sent}, names)
    if any(each.space == "order" for each in sent):
        assigned = [f"{template}_[{f.name!r}] = {_expression(f, names)}" for f in sent if f.space == "order"]
        of_order[f"{template}_"] = [f"{template}_ = {template}.copy()", *assigned]
        template += "_"
    yield f"{body} = {template}.copy()"
    for each in sent:
        target = f"{body}[{each.name!r}]"
        if each.children is not None and not each.space:
            inner = f"{body}_{len(names)}"
            yield from _statements(inner, each.children, dialect, names, of_order)
            yield f"{target} = {inner}"
        elif each.space not in ("", "order"):
            yield f"{target} = {_expression(each, names)}"
            if each.space == "situation":
                yield f"if {target} is ABSENT: del {target}"


def _expression(field: AnswerField, names: dict[str, Any]) -> str:
    """What fills a field, as an expression over `facts`, `job`, `order` and the names bound in `names`."""
    fact = field.fact
    if field.space == "order":
        value = f"order[{fact!r}]"
        if field.is_yes_no:
            return f"('yes' if {value} else 'no')"
        return f"({_bound(field.literal, names)} if {value} is None else {value})" if field.has_literal else value
    if field.space == "job" and fact in SHORT_FACTS:
        return _as_told(SHORT_FACTS[fact], field)
    return _as_told(f"{_bound(_computed(field), names)}(facts)", field)


def _as_told(value: str, field: AnswerField) -> str:
    """A number as a text where that is the field's type, or as a whole one; a meta repeats the id as text."""
    if field.space != "job" or field.fact not in _NUMBERS:
        return value
    if "string" in field.types and not {"integer", "number"} & set(field.types):
        return f"str({value})"
    whole = "integer" in field.types and "number" not in field.types and field.fact not in _WHOLE
    return f"ceil({value})" if whole else value


def _bound(value: Any, names: dict[str, Any]) -> str:
    name = f"value_{len(names)}"
    names[name] = value
    return name


def _computed(field: AnswerField) -> Callable[[Facts], Any]:
    if field.space == "account":
        return lambda facts: facts.account[field.fact]
    if field.space == "situation":
        return partial(_situation_fact, field.fact)
    return JOB_FACTS[field.fact]


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
    return job.origin + facts.endpoint.fetch_by_path.address(job.id)


def _meta(facts: Facts) -> dict[str, Any]:
    """What the endpoint's own success calls meta; the webhook repeats it."""
    for field in facts.endpoint.submit.answers["success"].fields:
        if field.children is not None:
            return _written(field.children, "documented")(facts, facts.job, _job_of(facts).values)
    return {}


#: Facts that are an expression over `facts` and `job`: a call for each would cost more than most of them.
SHORT_FACTS: dict[str, str] = {
    **{name: f"job[{Job._fields.index(name)}]" for name in ("id", "seed", "prompt", "nsfw", "file_prefix")},
    "generation_time": f"job[{Job._fields.index('generation_s')}]",
    "file_name": f"job[{Job._fields.index('file_prefix')}] + '.png'",
    "links": "facts.links('')",
    "first_link": "facts.links('')[0]",
    "proxy_links": "facts.links('/proxy')",
    "future_links": "facts.links('')",
    "future_proxy_links": "facts.links('/proxy')",
}
#: Facts that are worked out.
JOB_FACTS: dict[str, Callable[[Facts], Any]] = {
    "eta": _eta,
    "message": lambda facts: _job_of(facts).message or FAILED_TEXT,
    "fetch_url": _fetch_url,
    "meta": _meta,
}
