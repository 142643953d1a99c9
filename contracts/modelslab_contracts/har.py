"""A journal as an HTTP Archive (HAR 1.2), for browsers' network panels and every tool that reads those.

What HAR has no word for stands under names that begin with `_`, as the format allows: sandbox, endpoint, job, answer,
reason, clock time, number and findings. Source of the format: http://www.softwareishard.com/blog/har-12-spec/.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote

from .exchange import Exchange
from .json_lines import dumps
from .report import as_value

_UNKNOWN = -1
#: The answer after which the connection was cut: before it, or (when there is a body) in the middle of it.
_RESET = "reset"
_JSON = "application/json"
_BINARY = "application/octet-stream"


def har(exchanges: Iterable[Exchange], *, version: str, origin: str = "http://127.0.0.1:4777") -> dict[str, Any]:
    """The exchanges as the value of a `.har` file, oldest first.

    `version` is that of the program that writes it. An exchange knows the host it was sent to from its Host header and
    no scheme: that of `origin` is taken, and where there is no Host header, all of it.
    """
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "modelslab-mock", "version": version},
            "entries": [_entry(each, origin) for each in exchanges],
            "comment": "API keys are masked and long bodies cut. The emulator does not measure itself: timings are 0.",
        }
    }


def write(exchanges: Iterable[Exchange], *, version: str, origin: str = "http://127.0.0.1:4777") -> Iterator[str]:
    """The text of a `.har` file, piece by piece, for journals that are not to be held in memory twice."""
    entries = '"entries":['
    head, _, tail = dumps(har((), version=version)).partition(entries)
    yield head + entries
    for count, each in enumerate(exchanges):
        yield ("," if count else "") + dumps(_entry(each, origin))
    yield tail


def _entry(exchange: Exchange, origin: str) -> dict[str, Any]:
    return {
        "startedDateTime": datetime.fromtimestamp(exchange.real_at, UTC).isoformat(timespec="milliseconds"),
        "time": 0,
        "request": _request(exchange, origin),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        "comment": exchange.reason,
        "_n": exchange.n,
        "_sandbox": exchange.sandbox,
        "_endpoint": exchange.endpoint,
        "_job": exchange.job_id,
        "_answer": exchange.answer,
        "_clock": exchange.at,
        "_findings": [as_value(each) for each in exchange.findings],
    }


def _request(exchange: Exchange, origin: str) -> dict[str, Any]:
    headers = dict(exchange.request_headers)
    request: dict[str, Any] = {
        "method": exchange.method,
        "url": url_of(exchange, origin),
        "httpVersion": "HTTP/1.1",
        "cookies": [],  # a journal holds none: the header is masked whole
        "headers": _pairs(exchange.request_headers),
        "queryString": _pairs(parse_qsl(exchange.query, keep_blank_values=True)),
        "headersSize": _UNKNOWN,
        "bodySize": len(exchange.request_body),
    }
    if exchange.request_body:
        text, encoding = _text(exchange.request_body)
        request["postData"] = {"mimeType": headers.get("content-type", _BINARY), "text": text}
        if encoding:  # HAR has an encoding for what is received, and none for what is sent
            request["postData"]["_encoding"] = encoding
    return request


def _response(exchange: Exchange) -> dict[str, Any]:
    headers = dict(exchange.reply_headers)
    was_reset = exchange.answer == _RESET
    came = not was_reset or bool(exchange.reply_body)  # whether a client heard a status at all
    text, encoding = _text(exchange.reply_body)
    content: dict[str, Any] = {
        "size": len(exchange.reply_body),
        "mimeType": headers.get("content-type", _JSON if exchange.endpoint and exchange.reply_body else _BINARY),
        "text": text,
    }
    if encoding:
        content["encoding"] = encoding
    response: dict[str, Any] = {
        "status": exchange.status if came else 0,
        "statusText": status_text(exchange.status) if came else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(exchange.reply_headers),
        "content": content,
        "redirectURL": headers.get("location", ""),
        "headersSize": _UNKNOWN,
        "bodySize": len(exchange.reply_body),
    }
    if was_reset:
        response["_error"] = "the connection was reset in mid-body" if came else "the connection was reset"
        response["_status"] = exchange.status
    return response


def url_of(exchange: Exchange, origin: str) -> str:
    """The address that was asked: at the exchange's own host with the scheme of `origin`; all of `origin` without a Host."""
    scheme, _, host = origin.partition("://")
    host = dict(exchange.request_headers).get("host") or host
    path = quote(exchange.path, safe="/:@!$&'()*+,;=~", errors="replace")
    query = quote(exchange.query, safe="/:@!$&'()*+,;=~?%", errors="replace")
    return f"{scheme}://{host}{path}" + (f"?{query}" if query else "")


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _text(body: bytes) -> tuple[str, str]:
    """A body as text, and how it is encoded: "" or base64."""
    try:
        return body.decode(), ""
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"


def status_text(status: int) -> str:
    """The words of a status; "" for one that has none of its own."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # 524, which is Cloudflare's own
        return ""
