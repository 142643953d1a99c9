"""What a recording holds before it is safe to look at: one request and its reply as they were, and how they become an exchange.

Nothing of this leaves the room: what comes out of it is masked, by position and (for long keys) wherever the key of any
request of the same recording stands.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from ..body import Body, parse_body
from ..exchange import (
    KEPT_BYTES,
    MASK,
    MASKED_AS_TEXT_FROM,
    NO_SANDBOX,
    SECRET_HEADERS,
    Exchange,
    forms_of,
    masked,
    sandbox_name,
)
from ..profiles import PROFILES

Headers = tuple[tuple[str, str], ...]
#: Pictures are kept whole up to here, so that a recording can be played back with them.
PICTURE_BYTES = 8 * 2**20
#: Different keys that one recording may hold: each is looked for in every body.
MOST_KEYS = 1_000
_KEY_NAME = re.compile(r"(?:x[-_])?(?:api[-_]?)?key", re.IGNORECASE)
_BEARER = re.compile(r"(?:bearer|token|basic)\s+", re.IGNORECASE)
_PICTURE = ("image/", "video/", "audio/")


class Captured(NamedTuple):
    """One request and its reply as they were recorded. Names of headers are in lower case; status 0: no reply came."""

    at: float
    method: str
    url: str
    request_headers: Headers
    request_body: bytes
    status: int
    reply_headers: Headers
    reply_body: bytes
    trouble: str = ""


class Masks:
    """The keys of a recording, as far as they are known, and what to look for because of them."""

    def __init__(self) -> None:
        self.keys: OrderedDict[str, tuple[bytes, ...]] = OrderedDict()
        #: How many keys were let go because there were too many.
        self.lost = 0

    def learn(self, captured: Captured) -> None:
        """Note the keys that a request was sent with; the least recently sent are let go."""
        for key in keys_of(captured):
            self.keys[key] = forms_of(key) if len(key) >= MASKED_AS_TEXT_FROM else ()
            self.keys.move_to_end(key)
            if len(self.keys) > MOST_KEYS:
                self.keys.popitem(last=False)
                self.lost += 1

    def body(self, body: bytes, at_most: int = KEPT_BYTES) -> bytes:
        """A body without any of the keys; cut."""
        for forms in self.keys.values():
            for form in forms:
                if form in body:
                    body = body.replace(form, MASK.encode())
        return masked(body, "", at_most)

    def text(self, text: str) -> str:
        """A path or query without any of the keys."""
        return self.body(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape") if text else text

    def headers(self, headers: Headers) -> Headers:
        """Headers, secret ones masked whole."""
        return tuple((name, MASK if name in SECRET_HEADERS else self.text(value)) for name, value in headers)

    def exchange(self, exchange: Exchange) -> Exchange:
        """An exchange that somebody else says is masked, masked."""
        findings = tuple(
            each._replace(where=self.text(each.where), got=self.text(each.got), hint=self.text(each.hint))
            for each in exchange.findings
        )
        return exchange._replace(
            path=self.text(exchange.path),
            query=self.text(exchange.query),
            reason=self.text(exchange.reason),
            findings=findings,
            request_headers=self.headers(exchange.request_headers),
            request_body=self.body(exchange.request_body),
            reply_headers=self.headers(exchange.reply_headers),
            reply_body=self.body(exchange.reply_body, PICTURE_BYTES),
        )


def keys_of(captured: Captured) -> Iterator[str]:
    """Every text that a request sends as its key, under any name that people give it; what is masked already is none."""
    headers = dict(captured.request_headers)
    query = _parts(captured.url).query if "?" in captured.url else ""
    given: list[tuple[str, Any]] = [*headers.items(), *_pairs(query), *_members(_fields(headers, captured.request_body))]
    for name, value in given:
        if isinstance(value, str) and value.strip() and value != MASK:
            if _KEY_NAME.fullmatch(name):
                yield value
            elif name in ("authorization", "proxy-authorization"):
                yield _BEARER.sub("", value)


def exchanges_of(captured: Iterable[Captured]) -> list[Exchange]:
    """Everything that was captured, as exchanges, in its order, all keys of all of them masked."""
    listed, masks = list(captured), Masks()
    for each in listed:
        masks.learn(each)
    return [exchange_of(each, masks, n) for n, each in enumerate(listed, 1)]


def exchange_of(captured: Captured, masks: Masks, n: int = 0) -> Exchange:
    """One exchange, masked by everything that is known."""
    parts = _parts(captured.url)
    key = next(keys_of(captured), "")
    reply_headers = masks.headers(captured.reply_headers)
    is_picture = dict(reply_headers).get("content-type", "").startswith(_PICTURE)
    return Exchange(
        real_at=captured.at,
        at=captured.at,
        sandbox=sandbox_name(key) if key else NO_SANDBOX,
        endpoint="",
        job_id=None,
        answer="picture" if is_picture else _answer(captured),
        method=captured.method.upper(),
        path=masks.text(unquote(parts.path) or "/"),
        status=captured.status,
        reason=masks.text(captured.trouble),
        query=masks.text(parts.query),
        request_headers=masks.headers(_with_host(captured.request_headers, parts.netloc)),
        request_body=masks.body(captured.request_body),
        reply_headers=reply_headers,
        reply_body=masks.body(captured.reply_body, PICTURE_BYTES if is_picture else KEPT_BYTES),
        n=n,
    )


def _parts(url: str) -> SplitResult:
    """The parts of an address; one that is none is all path."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", url, "", "")


def _with_host(headers: Headers, host: str) -> Headers:
    """Headers with a Host: cassettes leave it out, and an exchange knows its server by nothing else."""
    return headers if not host or any(name == "host" for name, _ in headers) else (("host", host.rpartition("@")[2]), *headers)


def _answer(captured: Captured) -> str:
    """The status word of a reply; "reset" where none came, "" where it says none."""
    if not captured.status:
        return "reset"
    try:
        value = json.loads(captured.reply_body)
    except (ValueError, RecursionError):
        return ""
    word = value.get("status") if isinstance(value, dict) else None
    return word if isinstance(word, str) and len(word) <= 40 else ""


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=1_000)
    except ValueError:
        return []


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every member of a body, wherever it stands: a key may be wrapped in something."""
    if isinstance(value, dict):
        yield from value.items()
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _members(each)


def _fields(headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    """The fields of a body, read as leniently as can be: a key is a key under whatever media type it came."""
    if not body:
        return {}
    for media_type in (headers.get("content-type", ""), "application/json", "application/x-www-form-urlencoded"):
        read = parse_body(media_type, body, "", PROFILES["documented"])
        if isinstance(read, Body):
            return read.fields
    return {}
