"""Whether a recorded call touches what a finding of the differ is about."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from ..body import Body, parse_body
from ..findings import Finding, Severity
from ..json_pointer import escaped
from ..place import place_of
from ..profiles import PROFILES
from .used import REFUSED, Used

_CALL = re.compile(r"(/\S*) ([A-Z]+)(?: (.*))?", re.DOTALL)
#: What the differ says of a field that is called otherwise.
_OLD_NAME = re.compile(r"the name ['\"](.+)['\"]", re.DOTALL)
_STATUS = re.compile(r"([0-9][0-9X]{2}|default)(?: (.*))?", re.DOTALL)
#: What comes or goes with a call as a whole: whoever makes it is touched.
_OF_THE_CALL = (
    "operation-",
    "body-became-required",
    "success-status-",
    "error-status-added",
    "response-media-type-added",
    "required-parameter-added",
    "parameter-became-required",
)


def touches(used: Used, finding: Finding) -> bool | None:
    """Whether a call touches a finding; None where a recording cannot tell: webhooks, and what belongs to no call."""
    place = place_of(finding)
    found = _CALL.fullmatch(place.within) if place is not None else None
    if found is None:
        return None
    name, rest = f"{found[1]} {found[2]}", found[3] or ""
    if rest.startswith("callback "):
        return None
    # A call that is found again elsewhere is told of under its new name; what it was called is what was expected.
    if used.old_at.name not in (name, finding.expected) and name != (used.new_at.name if used.new_at else ""):
        return False
    row = finding.rule.partition("/")[2]
    if not rest or row.startswith(_OF_THE_CALL):
        return True
    status = _STATUS.fullmatch(rest)
    if status is not None:
        return _in_answer(used, status[1], _before(_pointer(status[2] or ""), finding), row)
    if rest.startswith("body"):
        return _in_request(used, _before(_pointer(rest), finding), finding, row)
    kind, _, parameter = rest.partition(" ")
    if kind == "query" and finding.severity is Severity.ERROR:
        return _refused_for(used, f"/{parameter.replace(' ', '')}")
    query = parse_qsl(used.exchange.query, keep_blank_values=True)
    sent = dict(query if kind == "query" else used.exchange.request_headers)
    return kind == "path" or parameter.partition(" ")[0].lower() in {each.lower() for each in sent}


def _pointer(rest: str) -> str:
    """The pointer at the end of a place, behind the media type; "" for the value as a whole."""
    at = rest.find(" /")
    return rest[at + 1 :] if at >= 0 else ""


def _before(pointer: str, finding: Finding) -> str:
    """The pointer to a field that has another name now as recordings have it: under its old name."""
    found = _OLD_NAME.fullmatch(finding.expected)
    return f"{pointer.rpartition('/')[0]}/{escaped(found[1])}" if found and pointer else pointer


def _in_request(used: Used, pointer: str, finding: Finding, row: str) -> bool:
    if finding.severity is Severity.ERROR and not _OLD_NAME.fullmatch(finding.expected):
        return _refused_for(used, pointer)
    headers = dict(used.exchange.request_headers)
    kind = headers.get("content-type", "application/json")
    read = parse_body(kind, used.exchange.request_body, "", PROFILES["documented"])
    holds = any(True for _ in _held(read.fields if isinstance(read, Body) else None, pointer))
    return not holds if row == "request-default-changed" else holds


def _refused_for(used: Used, pointer: str) -> bool:
    return used.change == REFUSED and any(_related(each.where, pointer) for each in used.after)


def _in_answer(used: Used, status: str, pointer: str, row: str) -> bool:
    """An answer touches what it holds; of a field that may be missing from now on, what holds it now."""
    told = str(used.exchange.status)
    if status not in (told, f"{told[0]}XX", "default"):
        return False
    if row.startswith("response-alternative") or not pointer:
        return True
    try:
        value = json.loads(used.exchange.reply_body)
    except ValueError:
        return False
    return any(True for _ in _held(value, pointer))


def _related(one: str, other: str) -> bool:
    """Whether one pointer leads to the other, or further; `*` stands for any item or name."""
    both = zip(one.split("/"), other.split("/"), strict=False)
    return not one or all(this == that or "*" in (this, that) for this, that in both)


def _held(value: Any, pointer: str) -> Iterator[Any]:
    """What a value holds at a pointer; of a list all its items, and of an object those of `*`."""
    part, _, rest = pointer.removeprefix("/").partition("/")
    if not pointer:
        yield value
    elif isinstance(value, list) or (isinstance(value, dict) and part == "*"):
        for each in value if isinstance(value, list) else value.values():
            yield from _held(each, f"/{rest}" if rest else "")
    elif isinstance(value, dict) and (name := part.replace("~1", "/").replace("~0", "~")) in value:
        yield from _held(value[name], f"/{rest}" if rest else "")
