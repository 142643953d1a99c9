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

# Where a key stands by its position: `key`, and the names by which people call it when they are mistaken. A backslash
# before the quotes is that of JSON sent as a JSON text, another common mistake.
_NAME = rb"(?:x[-_])?(?:api[-_]?)?key"
_IN_JSON = re.compile(rb'("' + _NAME + rb'\\*"\s*:\s*\\*)(?:"(?:[^"\\]|\\.)*"?|[^,}\s"]+)', re.IGNORECASE | re.DOTALL)
_IN_FORM = re.compile(rb"((?:^|[&?])" + _NAME + rb"=)[^&]*", re.IGNORECASE)
_IN_MULTIPART = re.compile(
    rb'(name="?' + _NAME + rb'"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n).*?(?=\r?\n--|\Z)', re.IGNORECASE | re.DOTALL
)
#: How a body begins whose key, in the usual place, was masked as text.
_DONE = (b'{"key": "***"', b'{"key":"***"')


class Exchange(NamedTuple):
    """One request and its reply. `at` is the time of the sandbox's clock, `real_at` the real one.

    Headers and bodies are empty until a journal hands the exchange out; then they are masked, and bodies cut.
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
    status: int
    reason: str
    findings: tuple[Finding, ...] = ()
    query: str = ""
    request_headers: tuple[tuple[str, str], ...] = ()
    request_body: bytes = b""
    reply_headers: tuple[tuple[str, str], ...] = ()
    reply_body: bytes = b""


class Raw(NamedTuple):
    """What came and went, not masked; only a journal holds it, and hands it out masked, as part of an exchange."""

    key: str = ""
    request_headers: tuple[tuple[str, str], ...] = ()
    request_body: bytes = b""
    reply_body: bytes = b""


NO_RAW = Raw()


class Journal:
    """The last exchanges of a sandbox, oldest first, at most `bound` of them; `forgotten` counts the ones let go.

    The only way out of a journal masks headers and bodies: on the way out and not on the way in, because most exchanges
    of a busy server are never looked at.
    """

    __slots__ = ("_kept", "forgotten")

    def __init__(self, bound: int) -> None:
        self._kept: deque[tuple[Exchange, Raw]] = deque(maxlen=bound)
        self.forgotten = 0

    def record(self, exchange: Exchange, raw: Raw = NO_RAW) -> None:
        """Keep an exchange and what belongs into it, letting the oldest go when the journal is full."""
        if len(self._kept) == self._kept.maxlen:
            self.forgotten += 1
        self._kept.append((exchange, raw))

    def __iter__(self) -> Iterator[Exchange]:
        return (
            exchange._replace(
                request_headers=masked_headers(dict(raw.request_headers), raw.key),
                request_body=masked(raw.request_body, raw.key),
                reply_body=masked(raw.reply_body, raw.key),
            )
            for exchange, raw in tuple(self._kept)
        )

    def __len__(self) -> int:
        return len(self._kept)


def kept(body: bytes, key: str) -> bytes:
    """As much of a body as a journal needs: cut, with room for a key that the cut would split, and a copy of its own.

    Bytes as orjson returns them pin a buffer of about 8 KiB each.
    """
    return b"".join((body[: KEPT_BYTES + 12 * len(key)], b""))


def masked(body: bytes, key: str) -> bytes:
    """`body` with the API key masked: as text wherever a long key stands, and by position in JSON and forms; cut."""
    beyond = 0
    if len(body) > KEPT_BYTES:
        # A key that the cut splits must not survive in part; escaped, one character takes up to twelve bytes.
        beyond = 12 * len(key)
        body = body[: KEPT_BYTES + beyond]
    if len(key) >= MASKED_AS_TEXT_FROM:
        for form in _forms(key):
            body = body.replace(form, _MASK)
    if body.lower().count(b"key") > body.startswith(_DONE):
        if not body.lstrip().startswith(b"--"):  # a part of a multipart form whose value begins with a colon is no JSON
            body = _IN_JSON.sub(rb'\1"***"', body)
        if body[:1] != b"{":
            body = _IN_MULTIPART.sub(rb"\1***", _IN_FORM.sub(rb"\1***", body))
    # A copy of its own: bytes as orjson returns them pin a buffer of about 8 KiB each.
    return bytes(memoryview(body)[: min(KEPT_BYTES, max(0, len(body) - beyond))])


def masked_text(text: str, key: str) -> str:
    """`text` (a query or a path) with the API key masked."""
    if not text or (key not in text and "%" not in text and "key" not in text.lower()):
        return text
    return masked(text.encode("utf-8", "replace"), key).decode("utf-8", "replace")


def masked_headers(headers: Mapping[str, str], key: str) -> tuple[tuple[str, str], ...]:
    """`headers` (names in lower case) with secret ones masked whole and a long key masked in any other."""
    forms = [each.decode("latin-1") for each in _forms(key)] if len(key) >= MASKED_AS_TEXT_FROM else []
    values = "\n".join(headers.values())
    forms = [each for each in forms if each in values]
    if SECRET_HEADERS.isdisjoint(headers) and not forms:
        return tuple(headers.items())
    kept = []
    for name, value in headers.items():
        for form in forms:
            value = value.replace(form, MASK)  # noqa: PLW2901 # each form in turn
        kept.append((name, MASK if name in SECRET_HEADERS else value))
    return tuple(kept)


def masked_words(text: str, key: str) -> str:
    """A short text that quotes a client, ended where a long key begins in it: it may stand there cut, or escaped."""
    if len(key) >= MASKED_AS_TEXT_FROM:
        for each in _forms(key[:MASKED_AS_TEXT_FROM]):
            begun = text.find(each.decode("utf-8", "replace"))
            if begun >= 0:
                text = text[:begun] + MASK
    return text


def masked_findings(findings: tuple[Finding, ...], key: str) -> tuple[Finding, ...]:
    """`findings` without the API key in what they quote."""
    return tuple(
        each._replace(where=masked_words(each.where, key), got=masked_words(each.got, key), hint=masked_words(each.hint, key))
        for each in findings
    )


@lru_cache(maxsize=4096)
def _forms(key: str) -> tuple[bytes, ...]:
    """How a key can stand in a body: as it is, and escaped as JSON (with slashes escaped or not) or in a URL."""
    plain = key.encode("utf-8", "surrogatepass")
    if key.isascii() and key.replace("-", "").replace("_", "").isalnum():
        return (plain,)
    import json
    from urllib.parse import quote, quote_plus

    escaped = {json.dumps(key)[1:-1].encode(), json.dumps(key, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")}
    escaped |= {each.replace(b"/", b"\\/") for each in escaped}
    escaped |= {quote(key, errors="replace", safe=kept).encode() for kept in ("", "/", "!'()*")}  # "!'()*": JavaScript's
    escaped.add(quote_plus(key, errors="replace").encode())
    return (plain, *sorted(escaped - {plain}))
