"""Cassettes: of vcrpy (YAML or JSON) and of Ruby's VCR (YAML, bodies as text or as base64). `vcr.py` writes the former.

Sources of the formats: vcrpy's serializers; VCR's `HTTPInteraction#to_hash`, whose bodies are {encoding, string} or
{encoding, base64_string}.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from .captured import Captured, Headers
from .shapes import body_of, lists, maps, numbers, texts

VCRPY, RUBY = "interactions", "http_interactions"
#: A body that unfolds to more than this is left as it is.
_UNFOLDED_BYTES = 16 * 2**20
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def interactions(root: Mapping[str, Any], word: str) -> Iterator[tuple[str, Any]]:
    """The interactions of a cassette, each with its pointer. Raises ShapeError."""
    return ((f"/{word}/{index}", each) for index, each in enumerate(lists(root.get(word), word)))


def captured_of(interaction: Any) -> Captured:
    """One interaction of either kind. Raises ShapeError with what is wrong."""
    interaction = maps(interaction, "an interaction")
    request, response = maps(interaction.get("request"), "request"), maps(interaction.get("response"), "response")
    status = response.get("status")
    code = maps(status, "response.status").get("code") if isinstance(status, dict) else status
    reply_headers = _headers(response.get("headers"), "response.headers")
    reply_headers, reply = _unfolded(reply_headers, _body(response.get("body"), "response.body"))
    return Captured(
        at=_time(interaction.get("recorded_at")) or _time(dict(reply_headers).get("date")),
        method=texts(request.get("method"), "request.method"),
        url=texts(request.get("uri", request.get("url")), "request.uri"),
        request_headers=_headers(request.get("headers"), "request.headers"),
        request_body=_body(request.get("body"), "request.body"),
        status=max(0, numbers(code, "response.status.code")),
        reply_headers=reply_headers,
        reply_body=reply,
    )


def _body(given: Any, what: str) -> bytes:
    """A body as vcrpy has it (text, bytes, {string}, the state of a BytesIO) or VCR ({encoding, string or base64_string})."""
    if not isinstance(given, dict):
        return body_of(given, "", what)
    if "base64_string" in given:
        return body_of(given["base64_string"], "base64", f"{what}.base64_string")
    if isinstance(given.get("state"), list):
        return body_of(next(iter(given["state"]), None), "", what)
    text = given.get("string")
    encoding = given.get("encoding")
    if isinstance(text, str) and isinstance(encoding, str) and encoding.upper() not in ("", "ASCII-8BIT", "BINARY"):
        try:
            return text.encode(encoding)
        except (LookupError, UnicodeEncodeError):
            pass
    return body_of(text, "", f"{what}.string")


def _headers(given: Any, what: str) -> Headers:
    pairs: list[tuple[str, str]] = []
    for name, value in maps(given or {}, what).items():
        values = value if isinstance(value, list) else [value]
        pairs += [(str(name).lower(), texts(each, f"{what}: {name}")) for each in values if each is not None]
    return tuple(pairs)


def _unfolded(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """A body that was recorded compressed, as it is meant; its headers then no longer say that it is."""
    window = _WINDOWS.get(dict(headers).get("content-encoding", "").strip().lower())
    if window is None or not body:
        return headers, body
    unfold = zlib.decompressobj(window)
    try:
        plain = unfold.decompress(body, _UNFOLDED_BYTES)
    except zlib.error:  # recorded unfolded already, its header left as it was
        plain = body if body[:1] in (b"{", b"[", b"<", b'"') else b""
    if not plain or unfold.unconsumed_tail:
        return headers, body
    return tuple(each for each in headers if each[0] not in ("content-encoding", "content-length")), plain


def _time(text: Any) -> float:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError, AttributeError, IndexError):
        return 0.0
