"""How a job lives, in two versions: what it may be, when it has ended, and how it is asked after.

Only where a document says so itself, by a link from a call to the one that asks how its job stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..json_pointer import escaped
from ..lint_subject import Place, mapping
from .envelope import Change
from .job_statuses import ADDRESS, ESTIMATE, Statuses, constant, is_under_way, statuses_of, tells, told_by
from .rules import Told, lost
from .view import Version
from .walk import RESPONSE, Call, Pair, Position, Standing


class Link(NamedTuple):
    """A link of a call: where it stands, the call that it leads to, and what it takes along."""

    place: Place
    target: str
    takes: Mapping[str, Any]


class Jobs:
    """The calls of both documents that submit a job or ask after one."""

    def __init__(self, old: Version, new: Version, calls: list[Call]) -> None:
        self.old, self.new = old, new
        self._calls = {each.name: each for each in calls}
        self._links = [
            {each.name: list(_links(version, known, each.operation[side])) for each in calls}
            for side, (version, known) in enumerate(((old, _addresses(calls, 0)), (new, _addresses(calls, 1))))
        ]
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
            for fact, row in ((ADDRESS, "job-fetch-address-optional"), (ESTIMATE, "job-estimate-optional")):
                if field and tells(self.old, name, field, fact):
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
            found = [constant(self.new, each.cause.one, after.field)]
        names = [value for value in found if isinstance(value, str) and value not in before.views]
        if not names:
            return each
        waits = [value for value in names if is_under_way(self.new, value, after.views.get(value))]
        if waits and not any(is_under_way(self.old, *known) for known in before.views.items()):
            row, says = "job-may-be-queued", "may be queued now, as"
        else:
            row, says = ("job-status-added", "may be") if waits else ("job-end-added", "may end as")
        got = f"a job {says} {' or '.join(map(repr, names))}"
        return _renamed(each, row, got)

    def _both(self, one: Standing, other: Standing) -> tuple[Statuses, Statuses]:
        """The statuses of an answer in both documents, told by the same field."""
        field = told_by(self.old, one) or told_by(self.new, other)
        return statuses_of(self.old, one, field), statuses_of(self.new, other, field)

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
        waits = [{each for each in known.views if is_under_way(version, each, known.views[each])}
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


def _addresses(calls: list[Call], side: int) -> dict[str, str]:
    """What a link may say of a call of one document, and the call's name."""
    known = [(each.operation[side], each.name) for each in calls]
    names = {str(other[1].get("operationId", "")): name for other, name in known if other}
    return names | {f"#{other[0]}": name for other, name in known if other}


def _links(version: Version, names: Mapping[str, str], place: Place | None) -> Iterator[Link]:
    """Where a call's answers lead to, as far as that is a call of the same document."""
    for status, response in mapping(place[1].get("responses")).items() if place else ():
        pointer, answer = version.subject.followed(f"{place[0] if place else ''}/responses/{escaped(status)}", response)
        for name, each in mapping(answer.get("links")).items():
            stands, link = version.subject.followed(f"{pointer}/links/{escaped(name)}", each)
            leads = link.get("operationId") or link.get("operationRef")
            if isinstance(leads, str) and leads in names:
                yield Link((stands, link), names[leads], mapping(link.get("parameters")))


def _required(version: Version, call: Call, side: int) -> set[str]:
    """The fields that a call's body has to hold."""
    place = call.operation[side]
    body = version.subject.followed(f"{place[0]}/requestBody", place[1].get("requestBody")) if place else ("", {})
    found: set[str] = set()
    for media, each in mapping(body[1].get("content")).items():
        pointer = f"{body[0]}/content/{escaped(media)}/schema"
        found |= set(version.whole(Standing(pointer, mapping(each).get("schema", True))).get("required") or ())
    return found
