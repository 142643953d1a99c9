"""A recording as it is played back: orders by what they ask for, fetches by their job and in their order, the rest by address.

Where a sandbox stands in each of these is kept per sandbox, so that two keys play the same recording side by side. A sequence
that came to its end stays with its last answer; the same order again begins its job again.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.findings import Finding, shown
from modelslab_contracts.kit.road import Find, Match, Road, Said, roads
from modelslab_contracts.kit.said import said
from modelslab_contracts.profiles import Profile
from modelslab_contracts.recordings.captured import PICTURE_BYTES

#: Sandboxes whose place in the recording is kept; members of the nearest order that are told; jobs that are named.
_SANDBOXES, _TOLD, _NAMED = 1_000, 5, 5
_RULE = "route/not-recorded"


class Playing(NamedTuple):
    """What is played for a request: the recorded exchange and its job; or none, and why."""

    exchange: Exchange | None
    road: Road | None
    findings: tuple[Finding, ...] = ()


class Tape:
    """A recording. `find` says which calls of which contracts a path is."""

    def __init__(self, exchanges: Sequence[Exchange], find: Find, profile: Profile) -> None:
        self._profile = profile
        traced = roads([each._replace(n=n) for n, each in enumerate(exchanges, 1)], find, profile)
        self.roads = traced.roads
        self._orders: dict[str, list[Road]] = {}
        self._jobs: dict[str, Road] = {}
        self._others: dict[tuple[str, str], list[Exchange]] = {}
        self._places: OrderedDict[str, dict[Any, int]] = OrderedDict()
        for road in traced.roads:
            if road.submit is not None:
                self._orders.setdefault(_signature(road.submit), []).append(road)
            if road.id and road.steps[0].call.kind != "plain":
                self._jobs[road.id] = road
            for step in road.steps:
                if step.call.kind == "plain":
                    self._others.setdefault(("POST", step.exchange.path), []).append(step.exchange)
        for each in traced.strays:
            if len(each.reply_body) < PICTURE_BYTES:
                self._others.setdefault((each.method, each.path), []).append(each)

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts whose API was recorded, as their Host headers say."""
        told = (dict(step.exchange.request_headers).get("host", "") for road in self.roads for step in road.steps)
        return frozenset(each.lower() for each in told if each)

    def has_file(self, path: str) -> bool:
        """Whether a file was recorded at a path, whole."""
        return any(each.status == 200 and each.reply_body for each in self._others.get(("GET", path), ()))

    def file(self, sandbox: str, method: str, path: str) -> Exchange | None:
        """What was answered at an address that is no call of a contract; a HEAD is answered as a GET."""
        found = self._others.get((method, path)) or (self._others.get(("GET", path)) if method == "HEAD" else None)
        return found[self._next(sandbox, (method, path), len(found))] if found else None

    def call(self, sandbox: str, match: Match, fields: Mapping[str, Any], asked: Exchange) -> Playing:
        """What was answered to a call of a contract."""
        kind = match.calls[0][1].kind
        if kind == "plain":
            found = self.file(sandbox, "POST", asked.path.rstrip("/"))
            return Playing(found, None, () if found else (self._no_such(f"POST {asked.path}"),))
        if kind == "submit":
            return self._order(sandbox, said(asked, *match.select(fields), self._profile))
        id_ = match.id_text if match.id_text is not None else str(fields.get("request_id", ""))
        return self._fetch(sandbox, id_)

    def _order(self, sandbox: str, step: Said) -> Playing:
        key = _signature(step)
        same = self._orders.get(key)
        if not same:
            return Playing(None, None, tuple(self._nearest(step)))
        road = same[self._next(sandbox, key, len(same))]
        self._place(sandbox).pop(road.id, None)
        assert road.submit is not None
        return Playing(_told(road.submit), road)

    def _fetch(self, sandbox: str, id_: str) -> Playing:
        road = self._jobs.get(id_)
        if road is not None and road.fetches:
            return Playing(_told(road.fetches[self._next(sandbox, id_, len(road.fetches))]), road)
        told = [each for each, job in self._jobs.items() if job.fetches]
        more = ", …" if len(told) > _NAMED else ""
        jobs = f"it has fetches of {', '.join(told[:_NAMED])}{more}" if told else "it has no fetch at all"
        must = "a fetch of the recording" if road is None else "a fetch of this job, of which the recording has none"
        return Playing(None, road, (Finding(_RULE, "", must, f"one of {shown(id_, 40)}", "the recording", jobs),))

    def _nearest(self, step: Said) -> Iterator[Finding]:
        """How an order differs from the nearest one of the recording, member by member."""
        name = step.endpoint.name
        there = [each.submit for group in self._orders.values() for each in group if each.submit and each.endpoint.name == name]
        if not there:
            yield self._no_such(f"an order of {name}")
            return
        nearest = min(there, key=lambda each: len(_differences(step, each)))
        hint = f"the nearest order is #{nearest.exchange.n} of the recording"
        differ = _differences(step, nearest)
        if not differ:
            yield Finding(_RULE, "", "an order of the recording", "a body that is read otherwise", "the recording", hint)
        for each, (must, got) in list(differ.items())[:_TOLD]:
            yield Finding(_RULE, f"/{each}", must, got, "the recording", hint)

    def _no_such(self, got: str) -> Finding:
        names = sorted({each.endpoint.name for each in self.roads})
        hint = f"it has calls of {', '.join(names)}" if names else "it has no call of a contract"
        return Finding(_RULE, "", "a request of the recording", got, "the recording", hint)

    def _next(self, sandbox: str, what: Any, count: int) -> int:
        """The place of the next answer of a sequence; the last one stays."""
        place = self._place(sandbox)
        place[what] = min(place.get(what, -1) + 1, count - 1)
        return place[what]

    def _place(self, sandbox: str) -> dict[Any, int]:
        place = self._places.setdefault(sandbox, {})
        self._places.move_to_end(sandbox)
        if len(self._places) > _SANDBOXES:
            self._places.popitem(last=False)
        return place


def _told(step: Said) -> Exchange:
    """The exchange of a step, with the word of its answer, which not every recorder notes."""
    return step.exchange if step.exchange.answer else step.exchange._replace(answer=step.answered.word)


def _signature(step: Said) -> str:
    """What makes two orders the same: all that they ask for, as the contract reads it, and not who asks."""
    return f"{step.endpoint.name} {json.dumps(_asked(step), sort_keys=True, default=str)}"


def _asked(step: Said) -> Mapping[str, Any]:
    if step.read is not None and step.read.order is not None:
        return step.read.order.values
    if step.sent is not None:
        return {name: each for name, each in step.sent.items() if name != "key"}
    return {"": step.exchange.request_body.decode("utf-8", "replace")}


def _differences(step: Said, other: Said) -> dict[str, tuple[str, str]]:
    """The members in which two orders differ: what the other one has, and what this one has."""
    mine, theirs = _asked(step), _asked(other)
    names: Iterable[str] = dict.fromkeys((*theirs, *mine))
    return {
        each: (_shown(theirs.get(each)), _shown(mine.get(each)))
        for each in names
        if theirs.get(each) != mine.get(each) or type(theirs.get(each)) is not type(mine.get(each))
    }


def _shown(value: Any) -> str:
    return "absent" if value is None else shown(value)
