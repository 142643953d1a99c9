"""What a document says of the whole service and of each call beside their bodies: where it is, who may call, for how long."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..findings import shown
from ..lint_subject import Place, mapping
from .envelope import Change
from .security import secured
from .servers import addresses, base
from .view import Version
from .walk import REQUEST, Call, Pair

_STABILITY = ("draft", "alpha", "beta", "stable")
_SUNSETS = ("x-sunset", "sunset")
_SLOT = re.compile(r"\{[^}]*\}")
_NO_BASES = ("", "")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_VERSION = re.compile(r"v?([0-9]+)\.([0-9]+)(?:\.([0-9]+))?")
#: x-mock words of an operation and the row of a change.
_OF_CALLS = {"file-name": "file-name-changed", "selected-by": "selection-changed"}


def service(old: Version, new: Version, calls: Iterable[Call]) -> Iterator[Change]:
    """Every change of the service, then those of each call that both documents have."""
    roots = Pair(("", old.subject.root), ("", new.subject.root))
    calls = tuple(calls)
    bases = base(roots.old), base(roots.new)
    lifted = bases[0] != bases[1] and any(_is_lifted(each, bases) for each in calls)
    yield from _servers(roots, "/servers", bases if lifted else _NO_BASES)
    yield from _limits(roots, "/x-limits")
    yield from _versions(roots)
    for call in calls:
        if call.side != REQUEST or None in call.operation:
            continue
        yield from secured(old, new, call)
        if any("servers" in mapping(place[1]) for place in (*call.operation, *call.item) if place):
            yield from _servers(_nearest(call, roots), call.name)
        yield from _limits(call.operation, call.name)
        yield from _life(call)
        yield from _names(call)
        if old.subject.is_ours and new.subject.is_ours:
            yield from _words(call)


def _is_lifted(call: Call, bases: tuple[str, str]) -> bool:
    """Whether a call is at the same address only because a part of its path moved between the path and the server's URL."""
    if call.side != REQUEST or None in call.item:
        return False
    paths = (place[0].removeprefix("/paths/").replace("~1", "/").replace("~0", "~") for place in call.item if place)
    whole = [start + _SLOT.sub("{}", path) for start, path in zip(bases, paths, strict=True)]
    return whole[0] == whole[1]


def _servers(pair: Pair, where: str, bases: tuple[str, str] = _NO_BASES) -> Iterator[Change]:
    """What became of the servers. `bases`: the parts of their URLs that count to the paths."""
    one, other = ([each.removesuffix(start) for each in addresses(place)] for place, start in zip(pair, bases, strict=True))
    both = Pair(*(_of_servers(place) for place in pair))
    gone, come = [each for each in one if each not in other], [each for each in other if each not in one]
    if len(gone) == len(come) == 1:
        yield Change("base-url-changed", where, both, come[0], gone[0])
        return
    for each in gone:
        yield Change("server-removed", where, both, f"{each} is gone")
    for each in come:
        yield Change("server-added", where, both, f"{each} is new")


def _of_servers(place: Place | None) -> Place:
    pointer, node = place or ("", {})
    return (f"{pointer}/servers" if "servers" in node else pointer), node


def _nearest(call: Call, roots: Pair) -> Pair:
    """What names the servers of a call, in each document: itself, its path, or the document."""
    sides = zip(call.operation, call.item, roots, strict=True)
    return Pair(*(next((place for place in side if place and "servers" in place[1]), side[2]) for side in sides))


def _limits(pair: Pair, where: str) -> Iterator[Change]:
    """Numbers under `x-limits`: how often, how long, how much. Less of it hurts."""
    one, other = (mapping(place[1].get("x-limits")) if place else {} for place in pair)
    both = Pair(*((f"{place[0]}/x-limits", {}) if place else None for place in pair))
    for name in dict.fromkeys((*one, *other)):
        was, became = one.get(name), other.get(name)
        if was == became:
            continue
        if isinstance(was, int | float) and isinstance(became, int | float):
            row = "limit-lowered" if became < was else "limit-raised"
        else:
            row = "limit-added" if was is None else "limit-removed" if became is None else "limit-lowered"
        yield Change(
            row, where, both, *(f"{name} {shown(each)}" if each is not None else f"no {name}" for each in (became, was))
        )


def _versions(roots: Pair) -> Iterator[Change]:
    one, other = (_version(place) for place in roots)
    if one and other and other < one:
        yield Change("version-lowered", "/info/version", _info(roots), *(_spelled(place) for place in reversed(roots)))


def not_raised(old: Version, new: Version, *, breaks: bool) -> Iterator[Change]:
    """A version of the form 1.2.3 says how much changed; one that breaks clients and says so by no new major is told of."""
    roots = Pair(("", old.subject.root), ("", new.subject.root))
    one, other = (_version(place) for place in roots)
    if not breaks or not one or not other or other < one or other[0] > one[0] or (other[0] == 0 and other > one):
        return
    row = "version-not-raised" if one == other else "major-version-not-raised"
    was, became = (f"version {_spelled(place)}" for place in roots)
    if row == "version-not-raised":
        was, became = "", f"the version is still {_spelled(roots.new)}, and something breaks"
    yield Change(row, "/info/version", _info(roots), became, was)


def _version(place: Place | None) -> tuple[int, ...] | None:
    found = _VERSION.fullmatch(_spelled(place))
    return tuple(int(each or 0) for each in found.groups()) if found else None


def _spelled(place: Place | None) -> str:
    return str(mapping(mapping(place[1]).get("info")).get("version", "")) if place else ""


def _info(roots: Pair) -> Pair:
    return Pair(*(("/info/version", place[1]) if place else None for place in roots))


def _life(call: Call) -> Iterator[Change]:
    """Deprecation, the day on which it ends, and how stable it is called."""
    one, other = (mapping(place[1]) if place else {} for place in call.operation)
    if (one.get("deprecated") is True) != (other.get("deprecated") is True):
        gone = other.get("deprecated") is True
        yield Change("operation-deprecated" if gone else "operation-no-longer-deprecated", call.name, call.operation,
                     "the call is deprecated" if gone else "the call is deprecated no more")  # fmt: skip
    was, became = (next((str(node[word]) for word in _SUNSETS if word in node), "") for node in (one, other))
    if was != became:
        yield Change(_sunset(was, became), call.name, call.operation, became or "no sunset", was or "no sunset")
    levels = [str(node.get("x-stability-level", "stable")) for node in (one, other)]
    if levels[0] != levels[1] and set(levels) <= set(_STABILITY):
        lower = _STABILITY.index(levels[1]) < _STABILITY.index(levels[0])
        yield Change("stability-lowered" if lower else "stability-raised", call.name, call.operation, levels[1], levels[0])


def _sunset(was: str, became: str) -> str:
    if became and not _DATE.match(became):
        return "sunset-unreadable"
    if not _DATE.match(was) or not became:
        return "sunset-added" if became else "sunset-removed"
    return "sunset-earlier" if became < was else "sunset-later"


def _names(call: Call) -> Iterator[Change]:
    """What generated code is called after."""
    one, other = (mapping(place[1]) if place else {} for place in call.operation)
    if one.get("operationId") != other.get("operationId"):
        said = (
            f"operationId {shown(node['operationId'])}" if "operationId" in node else "no operationId" for node in (other, one)
        )
        yield Change("operation-id-changed", call.name, call.operation, *said)
    tags = [sorted(map(str, node["tags"])) if isinstance(node.get("tags"), list) else [] for node in (one, other)]
    if tags[0] != tags[1]:
        yield Change("tags-changed", call.name, call.operation, *(f"tags {shown(each)}" for each in reversed(tags)))


def _words(call: Call) -> Iterator[Change]:
    one, other = (mapping(mapping(place[1]).get("x-mock")) if place else {} for place in call.operation)
    for word, row in _OF_CALLS.items():
        if one.get(word) != other.get(word):
            yield Change(row, call.name, call.operation, *(_told(word, each) for each in (other, one)))
    if one.get("also-in") != other.get("also-in"):
        row, says = ("query-not-read", "not read") if "also-in" in one else ("query-read", "read")
        yield Change(row, call.name, call.operation, f"parameters in the query are {says} when the body is empty")


def _told(word: str, words: Mapping[str, Any]) -> str:
    return f"{word} {json.dumps(words[word], ensure_ascii=False)}" if word in words else f"no {word}"
