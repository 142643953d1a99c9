"""One request and its reply, with the API key masked everywhere, and a bounded journal of them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from .findings import Finding

MASK = "***"
_MASK = MASK.encode()
#: A key shorter than this is masked by its position only: as text it would stand in half of all bodies by chance.
MASKED_AS_TEXT_FROM = 8
#: Bodies longer than this many bytes are cut in the journal.
KEPT_BYTES = 64 * 1024
SECRET_HEADERS = frozenset({"key", "authorization", "cookie", "x-api-key"})

_IN_JSON = re.compile(rb'("key"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^,}\s"]+)')
_IN_FORM = re.compile(rb"((?:^|[&?])key=)[^&]*")
_IN_MULTIPART = re.compile(rb'(name="?key"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)[^\r\n]*', re.IGNORECASE)


class Exchange(NamedTuple):
    """One request and its reply. `at` is the time of the sandbox's clock, `real_at` the real one; bodies are masked and cut.

    `answer` is the status word of the reply (`success`, `processing`, …), `picture`, or the fault that was played.
    """

    real_at: float
    at: float
    sandbox: str
    endpoint: str
    job_id: int | None
    answer: str
    method: str
    path: str
    query: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    status: int
    reply_headers: tuple[tuple[str, str], ...]
    reply_body: bytes
    reason: str
    findings: tuple[Finding, ...]


class Journal:
    """The last exchanges of a sandbox, oldest first, at most `bound` of them; `forgotten` counts the ones let go."""

    __slots__ = ("_kept", "forgotten")

    def __init__(self, bound: int) -> None:
        self._kept: deque[Exchange] = deque(maxlen=bound)
        self.forgotten = 0

    def record(self, exchange: Exchange) -> None:
        """Keep an exchange, letting the oldest go when the journal is full."""
        if len(self._kept) == self._kept.maxlen:
            self.forgotten += 1
        self._kept.append(exchange)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def masked(body: bytes, key: str) -> bytes:
    """`body` with the API key masked: as text wherever a long key stands, and by position in JSON and forms; cut."""
    if len(body) > KEPT_BYTES:
        body = body[: KEPT_BYTES + 1024]
    if len(key) >= MASKED_AS_TEXT_FROM:
        for form in _forms(key):
            body = body.replace(form, _MASK)
    if b"key" in body and not body.startswith(b'{"key": "***"'):  # the usual body is done by now
        body = _IN_JSON.sub(rb'\1"***"', body)
        if body[:1] != b"{":
            body = _IN_MULTIPART.sub(rb"\1***", _IN_FORM.sub(rb"\1***", body))
    # A copy of its own: bytes as orjson returns them pin a buffer of about 8 KiB each.
    return bytes(memoryview(body)[:KEPT_BYTES])


def masked_text(text: str, key: str) -> str:
    """`text` (a query or a path) with the API key masked."""
    if not text or (key not in text and "key" not in text and "%" not in text):
        return text
    return masked(text.encode("utf-8", "replace"), key).decode("utf-8", "replace")


def masked_headers(headers: Mapping[str, str], key: str) -> tuple[tuple[str, str], ...]:
    """`headers` (names in lower case) with secret ones masked whole and a long key masked in any other."""
    long = key if len(key) >= MASKED_AS_TEXT_FROM else None
    if SECRET_HEADERS.isdisjoint(headers) and (long is None or long not in "\n".join(headers.values())):
        return tuple(headers.items())
    return tuple(
        (name, MASK if name in SECRET_HEADERS else value.replace(long, MASK) if long else value)
        for name, value in headers.items()
    )


@lru_cache(maxsize=4096)
def _forms(key: str) -> tuple[bytes, ...]:
    """How a key can stand in a body: as it is, and escaped as JSON or in a URL where that differs."""
    plain = key.encode("utf-8", "surrogatepass")
    if key.isascii() and key.replace("-", "").replace("_", "").isalnum():
        return (plain,)
    import json
    from urllib.parse import quote, quote_plus

    escaped = {json.dumps(key)[1:-1].encode(), json.dumps(key, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")}
    escaped |= {quote(key, errors="replace", safe="").encode(), quote_plus(key, errors="replace").encode()}
    return (plain, *sorted(escaped - {plain}))
