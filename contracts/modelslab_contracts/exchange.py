"""One request and its reply, with the API key masked everywhere, and a bounded journal of them."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from .findings import Finding

MASK = "***"
_MASK = MASK.encode()
#: A key shorter than this is masked by its position only: as text it would stand in half of all bodies by chance.
MASKED_AS_TEXT_FROM = 8
#: Bodies longer than this many bytes are cut in the journal.
KEPT_BYTES = 64 * 1024
SECRET_HEADERS = frozenset({"key", "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
#: Whom requests without a usable key belong to.
NO_SANDBOX = "sb-none"


def _spelled(word: str, escape: str) -> str:
    """A pattern of `word` with any of its characters escaped: behind `escape` stands the character's code as hex digits."""
    return "".join(f"(?:{c}|{escape}(?:{ord(c.lower()):02x}|{ord(c.upper()):02x}))" for c in word)


def _names(escape: str) -> bytes:
    """A pattern of the names under which a key is sent: `key`, and what people call it when they are mistaken."""
    x, api, key, between = (_spelled(each, escape) for each in ("x", "api", "key", "-"))
    between = f"(?:{between}|{_spelled('_', escape)})"
    return f"(?:{x}{between})?(?:{api}{between}?)?{key}".encode()


# Where a key stands by its position. A backslash before the quotes is that of JSON sent as a JSON text, another common
# mistake; a name may be escaped in part, as JSON and forms allow.
_IN_JSON = re.compile(
    rb'("' + _names(r"\\+u00") + rb'\\*"\s*:\s*\\*)(?:"(?:[^"\\]|\\.)*"?|[^,}\s"]+)', re.IGNORECASE | re.DOTALL
)
_IN_FORM = re.compile(rb"((?:^|[&?])" + _names("%") + rb"=)[^&]*", re.IGNORECASE)
_IN_MULTIPART = re.compile(
    rb'(name="?' + _names("%") + rb'"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n).*?(?=\r?\n--|\Z)', re.IGNORECASE | re.DOTALL
)
#: How a body begins whose key, in the usual place, was masked as text.
_DONE = (b'{"key": "***"', b'{"key":"***"')


class Exchange(NamedTuple):
    """One request and its reply. `at` is the time of the sandbox's clock, `real_at` the real one.

    Headers and bodies are empty until a journal hands the exchange out; then they are masked, and bodies cut.
    `answer` is the status word of the reply (`success`, `processing`, …), `picture`, or the fault that was played.
    `n` is its number in its journal, given when the journal hands it out: from 1, growing, never given twice.
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
    n: int = 0


class Raw(NamedTuple):
    """What came and went, not masked; only a journal holds it, and hands it out masked, as part of an exchange."""

    key: str = ""
    request_headers: Mapping[str, str] = {}
    request_body: bytes = b""
    reply_body: bytes = b""


NO_RAW = Raw()


class Journal:
    """The last exchanges of a sandbox, oldest first, at most `bound` of them, numbered for as long as the sandbox lives.

    The only way out of a journal masks headers and bodies: on the way out and not on the way in, because most exchanges
    of a busy server are never looked at.
    """

    __slots__ = ("_at_most", "_cleared", "_kept", "_next")

    def __init__(self, bound: int, at_most: int = KEPT_BYTES) -> None:
        # The number travels with the entry: whoever looks from another thread while this one records reads it right.
        self._kept: deque[tuple[int, Exchange, Raw]] = deque(maxlen=bound)
        self._next = 1
        self._cleared = 0
        self._at_most = at_most  # bytes of a body

    @property
    def forgotten(self) -> int:
        """How many exchanges were let go because the journal was full."""
        return self._next - 1 - self._cleared - len(self._kept)

    @property
    def last(self) -> int:
        """The number of the last exchange that was recorded; 0 before the first."""
        return self._next - 1

    def record(self, exchange: Exchange, raw: Raw = NO_RAW) -> None:
        """Keep an exchange and what belongs into it, letting the oldest go when the journal is full."""
        self._kept.append((self._next, exchange, raw))
        self._next += 1

    def clear(self) -> None:
        """Empty the journal; its numbers go on where they were."""
        self._cleared += len(self._kept)
        self._kept.clear()

    def find(self, matches: Callable[[Exchange], bool], since: int = 0) -> Iterator[Exchange]:
        """The exchanges numbered above `since` that match, oldest first.

        `matches` is asked before headers and bodies are there; only what matches is masked.
        """
        for n, exchange, raw in tuple(self._kept):
            if n > since and matches(numbered := exchange._replace(n=n)):
                yield _handed_out(numbered, raw, self._at_most)

    def outlines(self, since: int = 0) -> Iterator[Exchange]:
        """The exchanges numbered above `since` without headers and bodies, oldest first: cheap, because nothing is masked."""
        return (exchange._replace(n=n) for n, exchange, _ in tuple(self._kept) if n > since)

    def get(self, n: int) -> Exchange | None:
        """The exchange of that number; None when it is not kept."""
        return next((self._handed_out(*entry) for entry in tuple(self._kept) if entry[0] == n), None)

    @property
    def last_at(self) -> float | None:
        """The real time of the last exchange; None when there is none."""
        return self._kept[-1][1].real_at if self._kept else None

    def __iter__(self) -> Iterator[Exchange]:
        return (self._handed_out(*entry) for entry in tuple(self._kept))

    def _handed_out(self, n: int, exchange: Exchange, raw: Raw) -> Exchange:
        return _handed_out(exchange._replace(n=n), raw, self._at_most)

    def __len__(self) -> int:
        return len(self._kept)


def _handed_out(exchange: Exchange, raw: Raw, at_most: int) -> Exchange:
    """An exchange as it may leave its journal: with headers and bodies, masked."""
    return exchange._replace(
        request_headers=masked_headers(raw.request_headers, raw.key),
        request_body=masked(raw.request_body, raw.key, at_most),
        reply_body=masked(raw.reply_body, raw.key, at_most),
    )


@lru_cache(maxsize=4096)
def sandbox_name(key: str) -> str:
    """The name under which a key's things are kept and logged; the key itself never is."""
    return "sb-" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def kept(body: bytes, key: str, at_most: int = KEPT_BYTES) -> bytes:
    """As much of a body as a journal needs: cut, with room for a key that the cut would split, and a copy of its own.

    Bytes as orjson returns them pin a buffer of about 8 KiB each.
    """
    return b"".join((body[: at_most + 12 * len(key)], b""))


def masked(body: bytes, key: str, at_most: int = KEPT_BYTES) -> bytes:
    """`body` with the API key masked: as text wherever a long key stands, and by position in JSON and forms; cut."""
    beyond = 0
    if len(body) > at_most:
        # A key that the cut splits must not survive in part; escaped, one character takes up to twelve bytes.
        beyond = 12 * len(key)
        body = body[: at_most + beyond]
    if len(key) >= MASKED_AS_TEXT_FROM:
        for form in forms_of(key):
            body = body.replace(form, _MASK)
    if b"\\u00" in body or b"%" in body or body.lower().count(b"key") > body.startswith(_DONE):
        if not body.lstrip().startswith(b"--"):  # a part of a multipart form whose value begins with a colon is no JSON
            body = _IN_JSON.sub(rb'\1"***"', body)
        if body[:1] != b"{":
            body = _IN_MULTIPART.sub(rb"\1***", _IN_FORM.sub(rb"\1***", body))
    # A copy of its own: bytes as orjson returns them pin a buffer of about 8 KiB each.
    return bytes(memoryview(body)[: min(at_most, max(0, len(body) - beyond))])


def masked_text(text: str, key: str) -> str:
    """`text` (a query or a path) with the API key masked."""
    if not text or (key not in text and "%" not in text and "key" not in text.lower()):
        return text
    return masked(text.encode("utf-8", "replace"), key).decode("utf-8", "replace")


def masked_headers(headers: Mapping[str, str], key: str) -> tuple[tuple[str, str], ...]:
    """`headers` (names in lower case) with secret ones masked whole and a long key masked in any other."""
    forms = [each.decode("latin-1") for each in forms_of(key)] if len(key) >= MASKED_AS_TEXT_FROM else []
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
        for each in forms_of(key[:MASKED_AS_TEXT_FROM]):
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
def forms_of(key: str) -> tuple[bytes, ...]:
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
