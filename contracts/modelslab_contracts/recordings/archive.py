"""HTTP archives (HAR 1.2) as they come from browsers, proxies and ourselves. `har.py` writes them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from ..exchange import Exchange
from ..json_lines import JsonLinesError, finding_of
from .captured import Captured
from .shapes import ShapeError, body_of, lists, maps, numbers, texts

#: What our own archives say beside the format, and the field of an exchange that it is.
_OURS = {"_n": "n", "_sandbox": "sandbox", "_endpoint": "endpoint", "_job": "job_id", "_answer": "answer", "_clock": "at"}


def entries(root: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The entries of an archive, each with its pointer. Raises ShapeError."""
    log = maps(root.get("log"), "log")
    return ((f"/log/entries/{index}", each) for index, each in enumerate(lists(log.get("entries"), "log.entries")))


def captured_of(entry: Any) -> Captured:
    """One entry. Raises ShapeError with what is wrong."""
    entry = maps(entry, "an entry")
    request, response = maps(entry.get("request"), "request"), maps(entry.get("response"), "response")
    content = maps(response.get("content") or {}, "response.content")
    reply = body_of(content.get("text"), str(content.get("encoding") or ""), "response.content.text")
    return Captured(
        at=_time(entry.get("startedDateTime")),
        method=texts(request.get("method"), "request.method"),
        url=texts(request.get("url"), "request.url"),
        request_headers=_pairs(request.get("headers"), "request.headers"),
        request_body=_sent(request.get("postData")),
        status=max(0, numbers(response.get("status"), "response.status")),
        reply_headers=_pairs(response.get("headers"), "response.headers"),
        reply_body=reply,
        trouble=str(response.get("_error") or entry.get("comment") or "")[:300],
    )


def with_ours(exchange: Exchange, entry: Mapping[str, Any]) -> Exchange:
    """The exchange with what one of our own archives says of it; of another's, as it is. Raises ShapeError."""
    if "_sandbox" not in entry:
        return exchange
    given = {name: entry[word] for word, name in _OURS.items() if word in entry}
    kinds = {"n": int, "job_id": (int, type(None)), "at": (int, float)}
    for name, value in given.items():
        is_kind = isinstance(value, kinds.get(name, str)) and not isinstance(value, bool)  # type: ignore[arg-type] # or several
        if not is_kind or (isinstance(value, float) and not math.isfinite(value)):
            raise ShapeError(f"_{name} is of another type than we write")
    try:
        findings = tuple(map(finding_of, lists(entry.get("_findings", []), "_findings")))
    except JsonLinesError as problem:
        raise ShapeError(f"_findings: {problem}") from None
    status = numbers(entry["response"].get("_status", exchange.status), "response._status")
    return exchange._replace(**given, findings=findings, reason=str(entry.get("comment", "")), status=status)


def _time(text: Any) -> float:
    try:
        return datetime.fromisoformat(text).timestamp() if datetime.fromisoformat(text).tzinfo else _as_utc(text)
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _as_utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _pairs(given: Any, what: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for each in lists(given or [], what):
        pair = maps(each, what)
        name = texts(pair.get("name"), f"{what}: a name").lower()
        if not name.startswith(":"):  # of HTTP/2: the request line again
            pairs.append((name, texts(pair.get("value"), f"{what}: {name}")))
    return tuple(pairs)


def _sent(given: Any) -> bytes:
    if given is None:
        return b""
    data = maps(given, "request.postData")
    if data.get("text") is None and data.get("params"):
        fields = [maps(each, "request.postData.params") for each in lists(data["params"], "request.postData.params")]
        return urlencode([(str(each.get("name", "")), str(each.get("value", ""))) for each in fields]).encode()
    return body_of(data.get("text"), str(data.get("_encoding") or data.get("encoding") or ""), "request.postData.text")
