"""What no schema says: calls, parameters, bodies, statuses, media types and headers that came, went or became required."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..lint_subject import METHODS
from .view import Version
from .walk import OTHER, REQUEST, RESPONSE, Pair, Walker


class Change(NamedTuple):
    """A row of the catalogue without its room, where, and the thing in both documents."""

    rule: str
    where: str
    pair: Pair
    says: str


def changes(old: Version, new: Version) -> Iterator[Change]:
    """Every change of an envelope, in the order of the old document."""
    walker = Walker(old.subject, new.subject)
    roots = Pair(("", old.subject.root), ("", new.subject.root))
    for path, item in walker.inner(roots, "paths"):
        yield from _item(walker, item, path, REQUEST, "operation")
    for name, item in walker.inner(roots, "webhooks"):
        yield from _item(walker, item, f"webhook {name}", RESPONSE, "callback")


def _item(walker: Walker, item: Pair, name: str, side: str, kind: str) -> Iterator[Change]:
    for method in METHODS:
        operation = walker.only(item, method)
        where = f"{name} {method.upper()}"
        if operation == (None, None):
            continue
        if change := _one_sided(operation):
            yield Change(f"{kind}-{change}", where, operation, f"the {'call' if kind == 'operation' else kind} was {change}")
        else:
            yield from _operation(walker, operation, item, where, side)


def _operation(walker: Walker, operation: Pair, item: Pair, name: str, side: str) -> Iterator[Change]:
    if side == REQUEST:
        for parameter, pair in walker.parameters(operation, item):
            yield from _parameter(pair, f"{name} {parameter}")
        yield from _body(walker.only(operation, "requestBody"), f"{name} body")
    body = walker.only(operation, "requestBody")
    yield from _media(walker, body, f"{name} body", side)
    for status, response in walker.inner(operation, "responses"):
        yield from _response(walker, response, status, f"{name} {status}", OTHER[side])
    for callback, back in walker.callbacks(operation):
        yield from _item(walker, back, f"{name} callback {callback}", OTHER[side], "callback")


def _parameter(pair: Pair, where: str) -> Iterator[Change]:
    before, after = (_is_required(place) for place in pair)
    match _one_sided(pair):
        case "added":
            word = "required" if after else "optional"
            yield Change(f"{word}-parameter-added", where, pair, f"the parameter was added, {word}")
        case "removed":
            yield Change("parameter-removed", where, pair, "the parameter was removed")
        case _ if before != after:
            word = "required" if after else "optional"
            yield Change(f"parameter-became-{word}", where, pair, f"the parameter became {word}")


def _body(pair: Pair, where: str) -> Iterator[Change]:
    before, after = (_is_required(place) for place in pair)
    match _one_sided(pair):
        case "added":
            yield Change("body-became-required" if after else "optional-body-added", where, pair, "the body was added")
        case "removed":
            yield Change("body-removed", where, pair, "the body was removed")
        case _ if before != after:
            word = "required" if after else "optional"
            yield Change(f"body-became-{word}", where, pair, f"the body became {word}")


def _response(walker: Walker, pair: Pair, status: str, where: str, side: str) -> Iterator[Change]:
    if side == REQUEST:
        return  # what the client says to a callback: whoever sends less than it may breaks nothing
    if change := _one_sided(pair):
        kind = "success" if status[:1] in "23" else "error"
        yield Change(f"{kind}-status-{change}", where, pair, f"the status was {change}")
        return
    yield from _media(walker, pair, where, side)
    for header, each in walker.inner(pair, "headers"):
        yield from _header(each, f"{where} header {header}")


def _header(pair: Pair, where: str) -> Iterator[Change]:
    before, after = (_is_required(place) for place in pair)
    match _one_sided(pair):
        case "added":
            yield Change("header-added", where, pair, "the header was added")
        case "removed":
            word = "required" if before else "optional"
            yield Change(f"{word}-header-removed", where, pair, "the header was removed")
        case _ if before != after:
            word = "required" if after else "optional"
            yield Change(f"header-became-{word}", where, pair, f"the header became {word}")


def _media(walker: Walker, pair: Pair, where: str, side: str) -> Iterator[Change]:
    if None in pair:
        return
    for media, each in walker.inner(pair, "content"):
        if change := _one_sided(each):
            yield Change(f"{side}-media-type-{change}", f"{where} {media}", each, f"the media type was {change}")


def _one_sided(pair: Pair) -> str:
    """`added`, `removed`, or nothing where both documents have it or none has."""
    if (pair.old is None) == (pair.new is None):
        return ""
    return "added" if pair.old is None else "removed"


def _is_required(place: tuple[str, object] | None) -> bool:
    node = place[1] if place else None
    return isinstance(node, dict) and node.get("required") is True
