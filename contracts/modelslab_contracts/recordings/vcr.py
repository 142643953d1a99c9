"""Exchanges as a cassette of vcrpy, so that a recording of ours plays in the tests of people who have vcrpy already.

What a cassette has no word for (findings, jobs, the clock) is left out; one without a reply has no place in it at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..exchange import Exchange
from ..har import status_text, url_of

#: What describes the bytes of another moment: a client that believed it would wait for more, or unfold what is plain.
_OF_THE_WIRE = frozenset({"content-length", "transfer-encoding", "content-encoding", "connection"})


def write(exchanges: Iterable[Exchange], *, origin: str = "https://modelslab.com") -> Iterator[str]:
    """The YAML text of a cassette, piece by piece. `origin` is the server's where an exchange does not say its host."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    empty = True
    for each in exchanges:
        if each.answer == "reset" or not each.method.isalpha():
            continue
        yield "interactions:\n" if empty else ""
        yield yaml.dump([_interaction(each, origin)], Dumper=dumper, allow_unicode=True, sort_keys=True, width=128)
        empty = False
    yield ("interactions: []\n" if empty else "") + "version: 1\n"


def _interaction(exchange: Exchange, origin: str) -> dict[str, Any]:
    return {
        "request": {
            "method": exchange.method,
            "uri": url_of(exchange, origin),
            "body": _body(exchange.request_body) if exchange.request_body else None,
            "headers": _headers(exchange.request_headers),
        },
        "response": {
            "status": {"code": exchange.status, "message": status_text(exchange.status)},
            "headers": _headers(each for each in exchange.reply_headers if each[0] not in _OF_THE_WIRE),
            "body": {"string": _body(exchange.reply_body)},
        },
    }


def _headers(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for name, value in pairs:
        named.setdefault(name, []).append(value)
    return named


def _body(body: bytes) -> str | bytes:
    """A body as text where YAML can hold it as it is, else as bytes."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    return text if all(each.isprintable() or each in "\n\t" for each in text) else body
