"""Deliberate misbehaviours: each one small function that says which client bug it exposes.

Every function takes an answer as it would be sent and gives it back spoiled; FAULTS maps the words of the story to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import orjson

from modelslab_contracts.story import Turn

_HTML = b"""<!DOCTYPE html>
<html><head><title>Bad gateway</title></head>
<body><h1>Bad gateway</h1><p>The server did not answer in time.</p></body></html>
"""


class Sent(NamedTuple):
    """An answer on its way. `delivery`: write; cut (half of the body, then the connection is reset); reset (nothing)."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    delivery: str = "write"


class Scene(NamedTuple):
    """What a fault may need to know: the turn, the path and query of the request, and another name of this server."""

    turn: Turn
    target: str
    other_host: str


def truncated(sent: Sent, _: Scene) -> Sent:
    """Cut the JSON in its middle: catches clients that call `.json()` without expecting it to fail."""
    return sent._replace(body=sent.body[: max(1, len(sent.body) // 2)])


def html(sent: Sent, _: Scene) -> Sent:
    """A gateway's page: catches clients that parse before they look at the status, and show their user a parser's error."""
    return _typed(sent, "text/html; charset=utf-8")._replace(body=_HTML)


def empty(sent: Sent, _: Scene) -> Sent:
    """No body at all: catches clients that take an empty body for an object."""
    return sent._replace(body=b"")


def byte_order_mark(sent: Sent, _: Scene) -> Sent:
    """EF BB BF in front: catches clients that crash with a raw decoding error on a mark that editors and proxies add."""
    return sent._replace(body=b"\xef\xbb\xbf" + sent.body)


def wrong_type(sent: Sent, _: Scene) -> Sent:
    """JSON as text/html: catches clients that trust the media type more than the body, or never look at it."""
    return _typed(sent, "text/html; charset=utf-8")


def not_a_number(sent: Sent, _: Scene) -> Sent:
    """The first number becomes NaN: catches clients that carry NaN into their sleeps and sums, or crash on what is no JSON."""
    for name, value in _members(sent.body):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            before = orjson.dumps(name) + b":"
            return sent._replace(body=sent.body.replace(before + orjson.dumps(value), before + b"NaN", 1))
    return sent._replace(body=_with(sent.body, b'"nan":NaN'))


def duplicate_keys(sent: Sent, _: Scene) -> Sent:
    """The first member twice, first with null: catches clients that read the first of two members with one name, when others
    read the last.
    """
    name, _value = _members(sent.body)[0]
    return sent._replace(body=b"{" + orjson.dumps(name) + b":null," + sent.body[1:])


def gzip_lie(sent: Sent, _: Scene) -> Sent:
    """Plain bytes that call themselves gzip: catches clients that let a decompression error of their HTTP library escape."""
    return sent._replace(headers=(*sent.headers, ("content-encoding", "gzip")))


def latin1(sent: Sent, _: Scene) -> Sent:
    """Latin-1 in place of UTF-8: catches clients that let a UnicodeDecodeError escape where they promise an error of their own.

    A body without any letter beyond ASCII gets one.
    """
    body = sent.body if not sent.body.isascii() else _with(sent.body, '"tip":"café"'.encode())
    return sent._replace(body=body.decode().encode("latin-1", "replace"))


def reset_before(sent: Sent, _: Scene) -> Sent:
    """Answer nothing, and the wire cuts the connection: catches clients that never retry, and those that retry blindly though
    the order may have been taken.
    """
    return sent._replace(body=b"", delivery="reset")


def reset_mid_body(sent: Sent, _: Scene) -> Sent:
    """Head, half of the body, reset: catches clients that order again (and pay twice) when the answer broke off though the
    job was made.
    """
    return sent._replace(delivery="cut")


def redirect_301(sent: Sent, scene: Scene) -> Sent:
    """Moved: catches clients that turn the POST into a GET without noticing, and lose the order."""
    return _redirect(301, sent, scene)


def redirect_302(sent: Sent, scene: Scene) -> Sent:
    """Found elsewhere: catches clients that take a followed GET's error for the job's."""
    return _redirect(302, sent, scene)


def redirect_307(sent: Sent, scene: Scene) -> Sent:
    """Elsewhere, with the same body: catches clients that follow without counting, round in a circle."""
    return _redirect(307, sent, scene)


def redirect_308(sent: Sent, scene: Scene) -> Sent:
    """Moved, with the same body: catches clients that do not know that 308 repeats the body."""
    return _redirect(308, sent, scene)


def to_same_host(scene: Scene) -> str:
    """The same address, without its host: catches clients that resolve no relative address."""
    return scene.target


def to_other_host(scene: Scene) -> str:
    """The same path under another name of this server: catches clients that send the API key, which stands in the body, to
    whatever host a redirect names.
    """
    return scene.other_host + scene.target


def _redirect(status: int, sent: Sent, scene: Scene) -> Sent:
    location = TARGETS[scene.turn.to](scene)
    return Sent(status, (*sent.headers, ("location", location)), b'{"status":"redirect"}')


def seconds_and_body(headers: tuple[tuple[str, str], ...], seconds: int, _: float) -> tuple[tuple[str, str], ...]:
    """Header and body: catches clients that come back before the seconds that this very reply names."""
    return (*headers, ("retry-after", str(seconds)))


def as_date(headers: tuple[tuple[str, str], ...], seconds: int, now: float) -> tuple[tuple[str, str], ...]:
    """A date of the sandbox's clock: catches clients that read Retry-After as a number only."""
    from email.utils import formatdate

    return (*headers, ("retry-after", formatdate(now + seconds, usegmt=True)))


def header_only(headers: tuple[tuple[str, str], ...], seconds: int, now: float) -> tuple[tuple[str, str], ...]:
    """Nothing in the body: catches clients that look for the seconds in the body only."""
    return seconds_and_body(headers, seconds, now)


def body_only(headers: tuple[tuple[str, str], ...], _: int, __: float) -> tuple[tuple[str, str], ...]:
    """No header: catches clients that look for the seconds in the header only."""
    return headers


def _typed(sent: Sent, kind: str) -> Sent:
    kept = tuple(each for each in sent.headers if each[0] != "content-type")
    return sent._replace(headers=(("content-type", kind), *kept))


def _members(body: bytes) -> list[tuple[str, object]]:
    return list(orjson.loads(body).items())


def _with(body: bytes, member: bytes) -> bytes:
    """An object with one more member at its end."""
    return re.sub(rb"\}\Z", lambda _: b"," + member + b"}", body)


Fault = Callable[[Sent, Scene], Sent]
#: Word and kind of a turn -> what is done to the answer.
FAULTS: Mapping[tuple[str, object], Fault] = {
    ("garbled", "truncated"): truncated,
    ("garbled", "html"): html,
    ("garbled", "empty"): empty,
    ("garbled", "bom"): byte_order_mark,
    ("garbled", "wrong-type"): wrong_type,
    ("garbled", "nan"): not_a_number,
    ("garbled", "duplicate-keys"): duplicate_keys,
    ("garbled", "gzip-lie"): gzip_lie,
    ("garbled", "latin1"): latin1,
    ("reset", "before"): reset_before,
    ("reset", "mid-body"): reset_mid_body,
    ("redirect", 301): redirect_301,
    ("redirect", 302): redirect_302,
    ("redirect", 307): redirect_307,
    ("redirect", 308): redirect_308,
}
TARGETS: Mapping[str, Callable[[Scene], str]] = {"same-host": to_same_host, "other-host": to_other_host}
#: How the seconds to wait are said. A body that has no such field in its contract keeps having none.
RETRIES: Mapping[str, Callable[[tuple[tuple[str, str], ...], int, float], tuple[tuple[str, str], ...]]] = {
    "both": seconds_and_body,
    "date": as_date,
    "header": header_only,
    "body": body_only,
}
