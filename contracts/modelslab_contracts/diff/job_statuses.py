"""What an answer says of a job: its status, whether that is an end, and the fields that tell what there is to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..lint_subject import mapping
from .alternatives import listed
from .mocked import words
from .view import Version, View
from .walk import Standing

#: What a job is called that has not ended, where its answer does not show it by an estimate.
_UNDER_WAY = {
    "in_progress", "in_queue", "pending", "processing", "queued", "running", "scheduled", "started", "starting", "waiting",
}  # fmt: skip
#: What an answer tells of a job: the fact that fills it, and what such a field is usually called.
ESTIMATE, ADDRESS = ("job.eta", "eta"), ("job.fetch_url", "fetch_result")


class Statuses(NamedTuple):
    """The statuses of an answer: the field that tells them, and what is answered with each."""

    field: str
    views: Mapping[str, View | None]


def told_by(version: Version, standing: Standing) -> str:
    """The field that tells how a job stands: a constant that tells alternatives apart, or a list with a word of waiting."""
    view = version.whole(standing)
    views = _views(version, view)
    for name in sorted(views[0].properties):
        constants = {constant(version, each, name) for each in views}
        if len(views) > 1 and None not in constants and len(constants) > 1:
            return name
    for name, each in views[0].properties.items() if len(views) == 1 else ():
        values = mapping(each.schema).get("enum")
        if isinstance(values, list) and _UNDER_WAY & {value for value in values if isinstance(value, str)}:
            return name
    return ""


def statuses_of(version: Version, standing: Standing, field: str) -> Statuses:
    """The statuses of an answer: constants of its alternatives, or a list of values."""
    view = version.whole(standing)
    found: dict[str, View | None] = {}
    for each in _views(version, view):
        values = mapping(each.properties[field].schema).get("enum") if field in each.properties else None
        if isinstance(values, list):
            found |= dict.fromkeys(map(str, values))
        elif (name := constant(version, each, field)) is not None:
            found[name] = each
    return Statuses(field, found)


def _views(version: Version, view: View) -> list[View]:
    return [version.whole(each) for word in ("oneOf", "anyOf") for each in listed(view, word)] or [view]


def constant(version: Version, view: View, name: str) -> str | None:
    """The one text that a field can hold, None where it can hold another value."""
    inner = version.whole(view.properties[name]) if name in view.properties else view
    listed_values = inner.get("enum")
    value = listed_values[0] if isinstance(listed_values, list) and len(listed_values) == 1 else inner.get("const")
    return value if isinstance(value, str) and name in view.properties else None


def is_under_way(version: Version, status: str, view: View | None) -> bool:
    """Whether a job of this status has not ended: it is called so, or its answer holds an estimate."""
    if status.lower().replace("-", "_").replace(" ", "_") in _UNDER_WAY:
        return view is None or not _names_something(version, view, "job.links")
    return view is not None and _names_something(version, view, *ESTIMATE)


def _names_something(version: Version, view: View, fact: str, usual: str = "") -> bool:
    return any(tells(version, name, each, (fact, usual)) for name, each in view.properties.items())


def tells(version: Version, name: str, field: Standing, fact: tuple[str, str]) -> bool:
    bound = words(version, field).get("from")
    return bound == fact[0] if bound else name == fact[1]
