"""What no schema says: calls, parameters, bodies, statuses, media types and headers that came, went or became required."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ..findings import shown
from .statuses import is_success
from .walk import OTHER, REQUEST, Answer, Call, Pair, Walker

#: How a parameter is written on the wire, and what that is when nothing is said, by where it stands.
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}


class Change(NamedTuple):
    """A row of the catalogue without its room, where, the thing in both documents, what it became, what it was, a witness."""

    rule: str
    where: str
    pair: Pair
    says: str
    was: str = ""
    hint: str = ""


def changes(walker: Walker, calls: Iterable[Call]) -> Iterator[Change]:
    """Every change of an envelope, in the order of the old document."""
    for call in calls:
        yield from _call(walker, call, "operation" if call.side == REQUEST else "callback")


def _call(walker: Walker, call: Call, kind: str) -> Iterator[Change]:
    if change := one_sided(call.operation):
        says = f"the {'call' if kind == 'operation' else kind} was {change}"
        announced = _word(call.operation.old, "deprecated") is True and _word(call.operation.old, "x-sunset")
        if change == "removed" and kind == "operation" and announced:
            yield Change("announced-operation-removed", call.name, call.operation, f"{says}, as was announced for {announced}")
        else:
            yield Change(f"{kind}-{change}", call.name, call.operation, says)
        return
    if call.row:
        yield Change(call.row, call.name, call.operation, call.says, call.was)
    if call.row != "operation-method-changed":  # what is asked by another method is asked otherwise
        yield from _asked(walker, call)
    for answer in walker.answers(call.operation):
        yield from _answer(walker, answer, f"{call.name} {answer.status}", OTHER[call.side])
    for callback, back, addresses in walker.callbacks(call.operation):
        if addresses:
            was, became = addresses
            yield Change("callback-address-changed", f"{call.name} callback {callback}", back, became, was)
        for each in walker.methods(back, f"{call.name} callback {callback}", OTHER[call.side]):
            yield from _call(walker, each, "callback")


def _asked(walker: Walker, call: Call) -> Iterator[Change]:
    body = walker.only(call.operation, "requestBody")
    if call.side == REQUEST:
        for parameter, pair in walker.parameters(call):
            yield from _parameter(pair, f"{call.name} {parameter}")
        yield from _body(body, f"{call.name} body")
    yield from _media(walker, body, f"{call.name} body", call.side)


def _parameter(pair: Pair, where: str) -> Iterator[Change]:
    before, after = (_is_required(place) for place in pair)
    match one_sided(pair):
        case "added":
            word = "required" if after else "optional"
            yield Change(f"{word}-parameter-added", where, pair, f"the parameter was added, {word}")
        case "removed":
            yield Change("parameter-removed", where, pair, "the parameter was removed")
        case _ if before != after:
            word = "required" if after else "optional"
            yield Change(f"parameter-became-{word}", where, pair, f"the parameter became {word}")
    if None not in pair:
        yield from _styled(pair, where)


def _body(pair: Pair, where: str) -> Iterator[Change]:
    before, after = (_is_required(place) for place in pair)
    match one_sided(pair):
        case "added":
            yield Change("body-became-required" if after else "optional-body-added", where, pair, "the body was added")
        case "removed":
            yield Change("body-removed", where, pair, "the body was removed")
        case _ if before != after:
            word = "required" if after else "optional"
            yield Change(f"body-became-{word}", where, pair, f"the body became {word}")


def _answer(walker: Walker, answer: Answer, where: str, side: str) -> Iterator[Change]:
    if side == REQUEST:
        return  # what the client says to a callback: whoever sends less than it may breaks nothing
    pair = answer.pair
    if change := one_sided(pair):
        kind = "success-status" if is_success(answer.status) else "error-status"
        kind = "default-answer" if answer.status == "default" else kind
        yield Change(f"{kind}-{change}", where, pair, f"the {'answer' if 'answer' in kind else 'status'} was {change}")
        return
    if answer.was.isdecimal() and answer.became.isdecimal() and answer.was != answer.became:
        yield Change("success-status-changed", where, pair, answer.became, answer.was)
    yield from _media(walker, pair, where, side)
    for header, each in walker.inner(pair, "headers"):
        yield from _header(each, f"{where} header {header}")


def _header(pair: Pair, where: str) -> Iterator[Change]:
    before, after = (_is_required(place) for place in pair)
    match one_sided(pair):
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
    for media, each in walker.media(pair):
        place = f"{where} {media}"
        if change := one_sided(each):
            yield Change(f"{side}-media-type-{change}", place, each, f"the media type was {change}")
            continue
        was, became = (_last(found) for found in each)
        if was != became and ";" in was + became:
            yield Change("media-type-parameters-changed", place, each, became, was)
        old, new = (_word(found, "encoding") for found in each)
        if old != new:
            yield Change("encoding-changed", place, each, f"encoding {_said(new)}", f"encoding {_said(old)}")


def _styled(pair: Pair, where: str) -> Iterator[Change]:
    """Other bytes for the same value: another style, other escapes, a media type in place of a style."""
    styles = [_style(found) for found in pair]
    for word, was in styles[0].items():
        if was != styles[1][word]:
            said = (f"{word} {shown(each)}" if each is not None else f"no {word}" for each in (was, styles[1][word]))
            old, new = said
            yield Change("parameter-style-changed", where, pair, new, old)


def _style(place: Any) -> dict[str, Any]:
    node = place[1]
    if "content" in node:
        return {"content": next(iter(node["content"]), None) if isinstance(node["content"], dict) else None,
                "style": None, "explode": None, "allowReserved": None}  # fmt: skip
    style = node.get("style", _STYLES.get(str(node.get("in")), "simple"))
    schema = node.get("schema")
    explode = node.get("explode", style == "form")
    if isinstance(schema, dict) and schema.get("type") in ("string", "integer", "number", "boolean"):
        explode = None  # one value is written the same either way
    return {"content": None, "style": style, "explode": explode, "allowReserved": bool(node.get("allowReserved", False))}


def _word(place: Any, word: str) -> Any:
    return place[1].get(word) if place and isinstance(place[1], dict) else None


def _said(value: Any) -> str:
    return "left to its default" if value is None else shown(value, 200)


def _last(place: Any) -> str:
    return str(place[0]).rpartition("/")[2].replace("~1", "/").replace("~0", "~") if place else ""


def one_sided(pair: Pair) -> str:
    """`added`, `removed`, or nothing where both documents have it or none has."""
    if (pair.old is None) == (pair.new is None):
        return ""
    return "added" if pair.old is None else "removed"


def _is_required(place: tuple[str, object] | None) -> bool:
    node = place[1] if place else None
    return isinstance(node, dict) and node.get("required") is True
