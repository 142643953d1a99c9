"""The lines that the kit and a client's adapter speak: one JSON object each, in either direction.

The adapter is a program that lives for the whole check: it reads calls from stdin, makes them with the client, and writes what
came of each to stdout. Unknown members are ignored both ways, so that either side can learn new ones.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..findings import shown
from ..nearest import did_you_mean
from .run import Capabilities, Outcome, OutcomeKind

#: The version of the protocol.
VERSION = 1
#: A line that is longer is no answer: pictures as base64 are long, and no ten of them are longer than this.
MAX_LINE = 64 * 2**20
#: What a result can be: each with half a sentence.
KINDS: Mapping[str, str] = {
    "images": "the pictures that the client returned; none is an empty list",
    "error": "the client raised or returned an error: `message` is all that it says, `class` its type",
    "timeout": "the client gave up waiting",
    "pending": "the client returned before the job had ended, and says so",
    "refused": "the client refused the request before it sent anything",
    "crash": "an error that the client's author did not mean for a caller",
    "skipped": "the adapter does not make such calls, for the `reason` that it gives",
    "errored": "the adapter could not even try: `context` says why",
}
_OUTCOMES: Mapping[str, OutcomeKind] = {
    "images": "images", "error": "error", "timeout": "timeout", "pending": "pending", "refused": "refused", "crash": "crash",
}  # fmt: skip
#: How a picture may be told, beside its mere address.
_PICTURES = ("url", "b64", "path")
#: JSON's own names of what is no list.
_TYPES: Mapping[type, str] = {
    dict: "JSON object",
    list: "list that holds something else",
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
}
#: How an adapter's sleeps and clocks go.
TIMES: Mapping[str, str] = {
    "none": "its sleeps take as long as they do",
    "tied": "its sleeps move the kit's clock and take no time, and its clocks show that one",
}
#: What an adapter's client does at all, where its hello does not say so.
FLAGS: Mapping[str, bool] = {"polls": True, "downloads": False, "webhooks": False, "exact_integers": False}
#: Classes of errors that nobody raises to say something to a caller, in several languages, and texts with which they do.
_UNMEANT = frozenset(
    (
        "TypeError", "ReferenceError", "SyntaxError", "RangeError", "URIError",  # JavaScript
        "KeyError", "IndexError", "AttributeError", "NameError", "UnboundLocalError", "AssertionError", "JSONDecodeError",
        "ZeroDivisionError", "OverflowError", "RecursionError", "UnicodeDecodeError", "UnicodeEncodeError",  # Python
        "NoMethodError", "FrozenError", "JSON::ParserError", "FloatDomainError",  # Ruby
        "JsonException", "DivisionByZeroError", "ArgumentCountError", "UnhandledMatchError",  # PHP
        "NullPointerException", "ClassCastException", "runtime.Error",
    )
)  # fmt: skip
_MEANT = ("fetch failed", "terminated", "Failed to parse URL", "Invalid URL")


class NoAnswer(ValueError):
    """Why a line cannot be used, as one sentence."""


@dataclass(frozen=True, slots=True)
class Hello:
    """What an adapter says of itself and of its client."""

    name: str = "client"
    version: str = ""
    language: str = ""
    capabilities: Capabilities = Capabilities()
    cancel: bool = False
    virtual_time: str = "none"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a call: an outcome; or `trouble`, one sentence on why there is none."""

    seq: int
    outcome: Outcome | None
    trouble: str = ""


def hello_line(kit: str, time_url: str, time_file: str) -> dict[str, Any]:
    """The kit's first line."""
    return {"op": "hello", "v": VERSION, "kit": kit, "time": {"url": time_url, "file": time_file}}


def call_line(seq: int, endpoint: str, base_url: str, key: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """A call: what the client is to ask for, where, and with which key."""
    return {"op": "call", "seq": seq, "endpoint": endpoint, "base_url": base_url, "key": key, "request": dict(request)}


def object_of(line: bytes) -> dict[str, Any]:
    """The object of a line. Raises NoAnswer: whatever else stands on stdout is noise."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        text = line[:160].decode("utf-8", "backslashreplace").rstrip("\r\n")
        raise NoAnswer(f"adapter noise: stdout is for JSON objects, one on each line, and this is none: {text!r}")
    return told


def hello_of(told: Mapping[str, Any]) -> Hello:
    """An adapter's first line. Raises NoAnswer."""
    if told.get("op") != "hello":
        raise NoAnswer(f'the first line of an adapter must be its hello, {{"op": "hello", "v": 1, …}}, got {shown(told)}')
    if told.get("v") != VERSION:
        raise NoAnswer(f"hello: v must be {VERSION}, the version of the protocol, got {shown(told.get('v'))}")
    caps = told.get("caps", {})
    if not isinstance(caps, dict):
        raise NoAnswer(f"hello: caps must be an object, got {shown(caps)}")
    time = caps.get("virtual_time", "none")
    if time not in TIMES:
        raise NoAnswer(f"hello: virtual_time {shown(time)} is not one of {', '.join(TIMES)}{did_you_mean(str(time), TIMES)}")
    flags = {name: _flag(caps, name, usual) for name, usual in FLAGS.items()}
    defaults = caps.get("defaults", {})
    if not isinstance(defaults, dict):
        raise NoAnswer(
            f"hello: defaults must be an object with the members that the client sends unasked, got {shown(defaults)}"
        )
    name, version, language = (str(told.get(each, "")) for each in ("name", "version", "language"))
    capabilities = Capabilities(defaults=defaults, **flags)
    return Hello(name or "client", version, language, capabilities, _flag(caps, "cancel", usual=False), time)


def result_of(told: Mapping[str, Any], read: Callable[[str], bytes]) -> Result:
    """What came of a call; `read(path)` reads a picture's file. Raises NoAnswer."""
    if told.get("op") != "result":
        raise NoAnswer(f'the answer to a call must be {{"op": "result", …}}, got {shown(told)}')
    seq, kind = told.get("seq"), told.get("kind")
    if isinstance(seq, bool) or not isinstance(seq, int):
        raise NoAnswer(f"result: seq must be the number of the call that it answers, got {shown(seq)}")
    if kind in ("skipped", "errored"):
        why = told.get("reason") or told.get("context") or "it does not say why"
        says = "skips the call" if kind == "skipped" else "could not make the call"
        return Result(seq, None, f"the adapter {says}: {why}")
    if not isinstance(kind, str) or kind not in _OUTCOMES:
        raise NoAnswer(f"result: kind {shown(kind)} is not one of {', '.join(KINDS)}{did_you_mean(str(kind), KINDS)}")
    if kind == "images":
        return Result(seq, pictures_of(told.get("images"), read))
    return Result(seq, outcome_of_error(_OUTCOMES[kind], _text(told, "message"), _text(told, "class")))


def outcome_of_error(kind: OutcomeKind, message: str, type_: str) -> Outcome:
    """An error as a client in another language tells it: a crash, where nobody can have meant to raise it."""
    if kind == "error" and "timeout" in type_.lower():
        kind = "timeout"
    if kind == "error" and type_ in _UNMEANT and not message.startswith(_MEANT):
        kind = "crash"
    return Outcome(kind, (), message, type_ or kind)


def pictures_of(told: Any, read: Callable[[str], bytes]) -> Outcome:
    """The pictures of a result; what a client returned that is no list of pictures is odd. Raises NoAnswer."""
    given = [told] if isinstance(told, str) else told if isinstance(told, list) else None
    pictures = tuple(_picture(each, read) for each in given) if given is not None else (None,)
    found = tuple(each for each in pictures if each is not None)
    if len(found) < len(pictures):
        return Outcome("odd", (), _TYPES.get(type(told), type(told).__name__))
    return Outcome("images", found)


def _picture(told: Any, read: Callable[[str], bytes]) -> str | bytes | None:
    """A picture, as its address or as its bytes; None for what is none."""
    if isinstance(told, str):
        return told
    held = {name: told[name] for name in _PICTURES if isinstance(told.get(name), str)} if isinstance(told, Mapping) else {}
    if len(held) != 1:
        return None
    if "url" in held:
        return str(held["url"])
    try:
        return base64.b64decode(held["b64"], validate=True) if "b64" in held else read(held["path"])
    except binascii.Error as problem:
        raise NoAnswer(f"result: b64 is no base64: {problem}") from None
    except OSError as problem:
        raise NoAnswer(f"result: path {held['path']!r} cannot be read: {problem.strerror}") from None


def _flag(caps: Mapping[str, Any], name: str, usual: bool) -> bool:
    value = caps.get(name, usual)
    if not isinstance(value, bool):
        raise NoAnswer(f"hello: {name} must be true or false, got {shown(value)}")
    return value


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name, "")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
