"""Who may use the control API: one small ASGI layer before all of its rooms.

Without a token a caller must name us as we are: the `Host` is loopback, the address that we listen on, or a name that was
allowed. So a page whose name was re-bound to 127.0.0.1 (DNS rebinding) gets nothing. With a token, that decides instead:
no foreign page knows it. In both cases a browser's page of another origin is refused by `Origin`, `Sec-Fetch-Site` and by
the content types that a plain HTML form can send; no CORS header ever invites it in.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import orjson

from ..loopback import is_loopback

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

#: Answered to everybody: it tells nothing but that the server runs.
PUBLIC = "/__mock/health"
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_ADDRESS = re.compile(r".*:.*|[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_JSON_TYPE = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
#: No page may frame ours, guess its type, or learn where its reader came from; what it told is never kept.
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]
#: A body beyond the bound is read and thrown away up to this many bytes, so that the client hears the refusal.
_DRAINED_BYTES = 64 * 2**20


class Door(NamedTuple):
    """Who is let in. `names` are hosts in lower case, without port and brackets.

    With `any_address` a Host that is an IP address is ours, too. An empty `token` asks for none. `max_body` is in bytes.
    """

    names: frozenset[str]
    token: str = ""
    any_address: bool = False
    max_body: int = 8 * 2**20


class _Refusal(NamedTuple):
    status: int
    sentence: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Gate:
    """The ASGI application `inner`, for those whom the door lets in, with bodies read and bounded."""

    def __init__(self, inner: Any, door: Door) -> None:
        self._inner = inner
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, http only."""
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        send = _with_headers(send)
        refusal = self._stranger(scope, headers)
        if refusal is None and scope["method"] not in _SAFE_METHODS:
            body, refusal = await self._body(headers, receive)
            receive = _replay(body, receive)
        if refusal is not None:
            await _refuse(send, refusal)
            return
        # A trailing slash does not matter, as on the emulated routes.
        await self._inner({**scope, "path": scope["path"].rstrip("/")}, receive, send)

    def _stranger(self, scope: Scope, headers: dict[str, list[str]]) -> _Refusal | None:
        """Why whoever asks is not let in; None when they are."""
        door = self._door
        hosts = headers.get("host", [])
        host = hosts[0].lower() if len(hosts) == 1 else ""
        if not host:
            return _Refusal(400, "exactly one Host header is needed")
        if not door.token and not self._is_ours(host):
            return _Refusal(403, "this Host is not one of this server's names; to allow a name, start with --link-host HOST")
        for origin in headers.get("origin", []):
            # A browser spells host and port alike in both headers; anything else is another page's request.
            if origin.lower().partition("://")[2] != host or not _AUTHORITY.fullmatch(host):
                return _Refusal(403, "this Origin is not this server's: no page of another origin may use /__mock")
        if any(each.lower() not in ("same-origin", "none") for each in headers.get("sec-fetch-site", [])):
            return _Refusal(403, "a browser sent this for a page of another site; open the address itself instead")
        if door.token and scope["path"].rstrip("/") != PUBLIC and not _is_token(headers.get("authorization", []), door.token):
            return _Refusal(
                401,
                "a bearer token is needed (Authorization: Bearer …): the one given as --control-token, or the one that the "
                "server printed when it started",
                ((b"www-authenticate", b'Bearer realm="modelslab-mock control"'),),
            )
        return None

    def _is_ours(self, authority: str) -> bool:
        found = _AUTHORITY.fullmatch(authority)
        if found is None:
            return False
        host = found[1].rstrip(".").strip("[]")
        # An address cannot be re-bound: a page that has it in its Host came from here.
        return is_loopback(host) or host in self._door.names or (self._door.any_address and bool(_ADDRESS.fullmatch(host)))

    async def _body(self, headers: dict[str, list[str]], receive: Receive) -> tuple[bytes, _Refusal | None]:
        """The body, and what is wrong with it. A body beyond the bound is not kept."""
        too_large = _Refusal(413, f"the body is larger than {self._door.max_body} bytes", ((b"connection", b"close"),))
        length = "".join(headers.get("content-length", []))
        told = int(length[:20]) if length.isdecimal() else 0
        if told > self._door.max_body and "expect" in headers:
            return b"", too_large  # a client that waits for "100 Continue" hears the refusal and never sends the body
        chunks: list[bytes] = []
        size, more = 0, True
        while more and size <= _DRAINED_BYTES:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
            if size <= self._door.max_body:
                chunks.append(message.get("body", b""))
            else:
                chunks.clear()
        if size > self._door.max_body:
            return b"", too_large
        body = b"".join(chunks)
        return body, _wrong_with(body, headers.get("content-type", []))


def _wrong_with(body: bytes, types: list[str]) -> _Refusal | None:
    """A body must say that it is JSON, which no plain form can, and be it."""
    if (body or types) and not (len(types) == 1 and _JSON_TYPE.fullmatch(types[0])):
        return _Refusal(415, "a body here is JSON and says so: content-type: application/json")
    if body:
        try:
            orjson.loads(body)
        except orjson.JSONDecodeError as problem:
            return _Refusal(400, f"the body is not JSON: see line {problem.lineno}, column {problem.colno}")
    return None


def _is_token(given: list[str], token: str) -> bool:
    """Whether an Authorization header holds the token; takes as long for a near miss as for a far one."""
    scheme, _, value = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return hmac.compare_digest(value.strip().encode("latin-1"), token.encode()) and scheme.lower() == "bearer"


async def _refuse(send: Send, refusal: _Refusal) -> None:
    body = orjson.dumps({"error": refusal.sentence, "nearest": None})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *refusal.headers]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            given = {name for name, _ in message.get("headers", [])}
            message = {**message, "headers": [*message.get("headers", []), *(h for h in _HEADERS if h[0] not in given)]}
        await send(message)

    return send_with_headers


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body in one message, then what really comes."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> dict[str, Any]:
        return waiting.pop() if waiting else await receive()

    return receive_again
