"""A journal as JSON Lines: one exchange per line, written and read back without loss.

A line is a JSON object with every field of `Exchange` under its own name, and `edition`. A body is a string where it is
UTF-8 text and `{"base64": "…"}` otherwise; headers are pairs, in order; a finding is an object. Exchanges come masked
out of a journal, so a file holds no key.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from .exchange import Exchange
from .findings import RULES, Finding
from .nearest import did_you_mean
from .report import as_value

#: Grows when a line means something else than before; a reader takes no other edition than its own.
EDITION = 1
_BODIES = ("request_body", "reply_body")
_HEADERS = ("request_headers", "reply_headers")
_KNOWN = ("edition", *Exchange._fields)


class JsonLinesError(ValueError):
    """Why a text is no journal: one sentence that begins with the number of the line."""


def write(exchanges: Iterable[Exchange]) -> Iterator[str]:
    """One line per exchange, each with its line break; join them or write them as they come."""
    for each in exchanges:
        yield dumps(exchange_as_value(each)) + "\n"


def exchange_as_value(exchange: Exchange) -> dict[str, Any]:
    """What stands on the line of an exchange."""
    value = {"edition": EDITION, **exchange._asdict()}
    value["findings"] = [as_value(finding) for finding in exchange.findings]
    for name in _BODIES:
        value[name] = body_as_value(value[name])
    return value


def read(text: str) -> list[Exchange]:
    """The exchanges of a text that `write` made; empty lines do not count. Raises JsonLinesError."""
    # Not splitlines: a text may hold characters that Python takes for line breaks and JSON does not.
    return [_exchange(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def dumps(value: Any) -> str:
    """A value as JSON text on one line, whatever texts and numbers are in it."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # lone surrogates, numbers beyond 64 bits: only the slower one writes those
        return json.dumps(value, separators=(",", ":"))


def body_as_value(body: bytes) -> str | dict[str, str]:
    """A body as text where it is UTF-8, and as `{"base64": "…"}` otherwise."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _exchange(line: str, number: int) -> Exchange:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise JsonLinesError(f"line {number} is not JSON: {problem}") from None
    try:
        return _exchange_of(value)
    except JsonLinesError as problem:
        raise JsonLinesError(f"line {number}: {problem}") from None


def _exchange_of(value: Any) -> Exchange:
    if not isinstance(value, dict):
        raise JsonLinesError("not an object")
    if (edition := value.get("edition")) != EDITION:
        raise JsonLinesError(f"edition {edition!r} is not known here; this is a reader of edition {EDITION}")
    for name in value.keys() - set(_KNOWN):
        raise JsonLinesError(f"unknown field {name!r}{did_you_mean(name, _KNOWN)}")
    for name in Exchange._fields:
        if name not in value:
            raise JsonLinesError(f"{name} is missing")
    return Exchange(**{name: _READ.get(name, _plain)(name, value[name]) for name in Exchange._fields})


def _plain(name: str, value: Any) -> Any:
    kind = _KINDS.get(name, str)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise JsonLinesError(f"{name} must be {_KIND_WORDS[kind]}, got {_shown(value)}")
    try:
        return float(value) if kind == _NUMBER else value
    except OverflowError:
        raise JsonLinesError(f"{name} is a number beyond all times") from None


def _body(name: str, value: Any) -> bytes:
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError:
            raise JsonLinesError(f"{name} must be text without lone surrogates") from None
    if isinstance(value, dict) and value.keys() == {"base64"} and isinstance(value["base64"], str):
        try:
            return base64.b64decode(value["base64"], validate=True)
        except (binascii.Error, ValueError):
            raise JsonLinesError(f"{name}: what stands under base64 is none") from None
    raise JsonLinesError(f'{name} must be a string or {{"base64": "…"}}, got {_shown(value)}')


def _headers(name: str, value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or not all(
        isinstance(each, list) and len(each) == 2 and all(isinstance(part, str) for part in each) for each in value
    ):
        raise JsonLinesError(f"{name} must be a list of [name, value], got {_shown(value)}")
    return tuple((each[0], each[1]) for each in value)


def _findings(name: str, value: Any) -> tuple[Finding, ...]:
    if not isinstance(value, list):
        raise JsonLinesError(f"{name} must be a list, got {_shown(value)}")
    return tuple(map(finding_of, value))


def finding_of(value: Any) -> Finding:
    """The finding that an object of `report.as_value` stands for. Raises JsonLinesError."""
    if not isinstance(value, dict) or value.keys() - {"severity"} != set(Finding._fields):
        raise JsonLinesError(f"a finding must be an object with {', '.join(Finding._fields)}, got {_shown(value)}")
    parts = {name: _plain(name, value[name]) for name in Finding._fields}
    if parts["rule"] not in RULES:
        raise JsonLinesError(f"unknown rule {parts['rule']!r}{did_you_mean(parts['rule'], RULES)}")
    return Finding(**parts)


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:59] + "…"


_NUMBER = (int, float)
_KINDS: dict[str, Any] = {
    "real_at": _NUMBER, "at": _NUMBER, "status": int, "n": int, "job_id": (int, type(None)),
}  # fmt: skip
_KIND_WORDS: dict[Any, str] = {str: "a string", int: "an integer", _NUMBER: "a number", (int, type(None)): "an integer or null"}
_READ: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(_BODIES, _body),
    **dict.fromkeys(_HEADERS, _headers),
    "findings": _findings,
}
