"""How a job lives, in two versions: what it may be, when it has ended, and how it is asked after.

Only where a document says so itself, by a link from a call to the one that asks how its job stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..document import escaped
from ..lint_subject import Place, mapping
from .alternatives import listed
from .envelope import Change
from .mocked import words
from .rules import Told, lost
from .view import Version, View
from .walk import RESPONSE, Call, Pair, Position, Standing

#: What a job is called that has not ended, where its answer does not show it by an estimate.
_UNDER_WAY = {
    "in_progress", "in_queue", "pending", "processing", "queued", "running", "scheduled", "started", "starting", "waiting",
}  # fmt: skip
#: What an answer tells of a job: the fact that fills it, and what such a field is usually called.
_ESTIMATE, _ADDRESS = ("job.eta", "eta"), ("job.fetch_url", "fetch_result")


class Link(NamedTuple):
    """A link of a call: where it stands, the call that it leads to, and what it takes along."""

    place: Place
    target: str
    takes: Mapping[str, Any]


class Statuses(NamedTuple):
    """The statuses of an answer: the field that tells them, and what is answered with each."""

    field: str
    views: Mapping[str, View | None]


class Jobs:
    """The calls of both documents that submit a job or ask after one."""

    def __init__(self, old: Version, new: Version, calls: list[Call]) -> None:
        self.old, self.new = old, new
        self._calls = {each.name: each for each in calls}
        self._links = [{each.name: list(_links(calls, each, side)) for each in calls} for side in (0, 1)]
        self._submits = {name for side in self._links for name, found in side.items() if found}
        self._fetches = {link.target for side in self._links for found in side.values() for link in found}

    def is_one(self, call: str) -> bool:
        """Whether a call submits a job or asks after one."""
        return call in self._submits | self._fetches

    def told(self, each: Told, position: Position) -> Told:
        """A finding about a job in words of a job; any other as it is."""
        if not self.is_one(position.call) or each.cause is None:
            return each
        name = each.at.rpartition("/")[2]
        if position.side != RESPONSE:
            return (
                _renamed(each, "job-fetch-needs-key") if each.kind == "required" and self._is_key(position.call, name) else each
            )
        if each.kind == "required":
            field = each.cause.one.properties.get(name) or each.cause.other.properties.get(name)
            for fact, row in ((_ADDRESS, "job-fetch-address-optional"), (_ESTIMATE, "job-estimate-optional")):
                if field and _tells(self.old, name, field, fact):
                    return _renamed(each, row)
        return self._of_status(each, position) if each.kind in ("branch", "enum") else each

    def _of_status(self, each: Told, position: Position) -> Told:
        assert each.cause is not None
        if position.old is None or position.new is None:
            return each
        before, after = self._both(position.old, position.new)
        if each.kind == "enum":
            found = [value for value in lost(each.cause) if each.at == f"/{escaped(after.field)}"]
        else:
            found = [_constant(self.new, each.cause.one, after.field)]
        names = [value for value in found if isinstance(value, str) and value not in before.views]
        if not names:
            return each
        waits = [value for value in names if _is_under_way(self.new, value, after.views.get(value))]
        if waits and not any(_is_under_way(self.old, *known) for known in before.views.items()):
            row, says = "job-may-be-queued", "may be queued now, as"
        else:
            row, says = ("job-status-added", "may be") if waits else ("job-end-added", "may end as")
        got = f"a job {says} {' or '.join(map(repr, names))}"
        return _renamed(each, row, got)

    def _both(self, one: Standing, other: Standing) -> tuple[Statuses, Statuses]:
        """The statuses of an answer in both documents, told by the same field."""
        field = _told_by(self.old, one) or _told_by(self.new, other)
        return _statuses(self.old, one, field), _statuses(self.new, other, field)

    def _is_key(self, call: str, name: str) -> bool:
        """Whether a field of a fetch is one that the submit needs as well, as an account's key is."""
        return call in self._fetches and any(
            name in _required(self.old, self._calls[each], 0) for each in self._submits if each != call
        )

    def changes(self, positions: Iterable[Position]) -> Iterator[Change]:
        """What is no matter of sets: statuses that are gone, that end a job now, or no longer; other links."""
        for position in positions:
            if self.is_one(position.call) and position.side == RESPONSE and position.old and position.new:
                yield from self._ends(position, position.old, position.new)
        for name in self._calls:
            yield from self._linked(name)
        for name in sorted(self._fetches):
            yield from self._keys(name)

    def _ends(self, position: Position, one: Standing, other: Standing) -> Iterator[Change]:
        before, after = self._both(one, other)
        if not before.views or not after.views:
            return
        pair = Pair((one.pointer, {}), (other.pointer, {}))
        waits = [{each for each in known.views if _is_under_way(version, each, known.views[each])}
                 for version, known in ((self.old, before), (self.new, after))]  # fmt: skip
        never = bool(waits[0]) and not waits[1] and position.call in self._submits
        if never:
            yield Change("job-never-queued", position.where, pair, "a job is never queued any more")
        for name in before.views:
            if name not in after.views:
                if not never or name not in waits[0]:
                    yield Change("job-status-removed", position.where, pair, f"a job is never {name!r} any more")
            elif (name in waits[0]) != (name in waits[1]):
                row = "job-status-ends-now" if name in waits[0] else "job-status-ends-no-longer"
                yield Change(row, position.where, pair, *_flip(name, name in waits[0]))

    def _linked(self, name: str) -> Iterator[Change]:
        one, other = (side[name] for side in self._links)
        if None in self._calls[name].operation:
            return
        for was, became in ((was, next((each for each in other if each.target == was.target), None)) for was in one):
            if became is not None and was.takes != became.takes:
                said = (", ".join(f"{key} from {value}" for key, value in each.takes.items()) for each in (was, became))
                yield Change("job-fetch-id-changed", name, Pair(was.place, became.place), *reversed([*said]))
            elif became is None and self._calls[was.target].operation.new is not None:
                yield Change(
                    "job-fetch-unlinked",
                    name,
                    Pair(was.place, self._calls[name].operation.new),
                    f"no longer linked to {was.target}",
                )
        for each in other:
            if each.target not in {link.target for link in one} and self._calls[each.target].operation.old is not None:
                yield Change(
                    "job-fetch-linked", name, Pair(self._calls[name].operation.old, each.place), f"linked to {each.target}"
                )

    def _keys(self, name: str) -> Iterator[Change]:
        call = self._calls[name]
        if None in call.operation:
            return
        before, after = _required(self.old, call, 0), _required(self.new, call, 1)
        for field in sorted(before - after):
            if self._is_key(name, field):
                yield Change("job-fetch-needs-no-key", f"{name} body /{field}", call.operation, "optional", "required")


def _flip(name: str, was_waiting: bool) -> tuple[str, str]:
    says = (f"{name!r} under way", f"{name!r} an end")
    return (says[1], says[0]) if was_waiting else says


def _renamed(each: Told, row: str, got: str = "") -> Told:
    finding = each.finding._replace(rule=f"diff/{row}")
    return each._replace(finding=finding._replace(expected="", got=got) if got else finding)


def _links(calls: list[Call], call: Call, side: int) -> Iterator[Link]:
    place = call.operation[side]
    if place is None:
        return
    named = {each.operation[side][1].get("operationId"): each.name for each in calls if each.operation[side]}  # type: ignore[index]
    by_pointer = {each.operation[side][0]: each.name for each in calls if each.operation[side]}  # type: ignore[index]
    for status, response in mapping(place[1].get("responses")).items():
        for name, link in mapping(mapping(response).get("links")).items():
            reference = str(mapping(link).get("operationRef", "")).removeprefix("#")
            target = named.get(mapping(link).get("operationId"), "") or by_pointer.get(reference, "")
            if target:
                pointer = f"{place[0]}/responses/{status}/links/{escaped(name)}"
                yield Link((pointer, link), target, mapping(link.get("parameters")))


def _told_by(version: Version, standing: Standing) -> str:
    """The field that tells how a job stands: a constant that tells alternatives apart, or a list with a word of waiting."""
    view = version.view(standing)
    views = _views(version, view)
    for name in sorted(views[0].properties):
        constants = {_constant(version, each, name) for each in views}
        if len(views) > 1 and None not in constants and len(constants) > 1:
            return name
    for name, each in views[0].properties.items() if len(views) == 1 else ():
        values = mapping(each.schema).get("enum")
        if isinstance(values, list) and _UNDER_WAY & {value for value in values if isinstance(value, str)}:
            return name
    return ""


def _statuses(version: Version, standing: Standing, field: str) -> Statuses:
    """The statuses of an answer: constants of its alternatives, or a list of values."""
    view = version.view(standing)
    found: dict[str, View | None] = {}
    for each in _views(version, view):
        values = mapping(each.properties[field].schema).get("enum") if field in each.properties else None
        if isinstance(values, list):
            found |= dict.fromkeys(map(str, values))
        elif (name := _constant(version, each, field)) is not None:
            found[name] = each
    return Statuses(field, found)


def _views(version: Version, view: View) -> list[View]:
    return [version.view(each) for word in ("oneOf", "anyOf") for each in listed(view, word)] or [view]


def _constant(version: Version, view: View, name: str) -> str | None:
    """The one text that a field can hold, None where it can hold another value."""
    inner = version.view(view.properties[name]) if name in view.properties else view
    listed_values = inner.get("enum")
    value = listed_values[0] if isinstance(listed_values, list) and len(listed_values) == 1 else inner.get("const")
    return value if isinstance(value, str) and name in view.properties else None


def _is_under_way(version: Version, status: str, view: View | None) -> bool:
    """Whether a job of this status has not ended: it is called so, or its answer holds an estimate."""
    if status.lower().replace("-", "_").replace(" ", "_") in _UNDER_WAY:
        return view is None or not _names_something(version, view, "job.links")
    return view is not None and _names_something(version, view, *_ESTIMATE)


def _names_something(version: Version, view: View, fact: str, usual: str = "") -> bool:
    return any(_tells(version, name, each, (fact, usual)) for name, each in view.properties.items())


def _tells(version: Version, name: str, field: Standing, fact: tuple[str, str]) -> bool:
    bound = words(version, field).get("from")
    return bound == fact[0] if bound else name == fact[1]


def _required(version: Version, call: Call, side: int) -> set[str]:
    """The fields that a call's body has to hold."""
    place = call.operation[side]
    body = version.subject.followed(f"{place[0]}/requestBody", place[1].get("requestBody")) if place else ("", {})
    found: set[str] = set()
    for media, each in mapping(body[1].get("content")).items():
        pointer = f"{body[0]}/content/{escaped(media)}/schema"
        found |= set(version.view(Standing(pointer, mapping(each).get("schema", True))).get("required") or ())
    return found
