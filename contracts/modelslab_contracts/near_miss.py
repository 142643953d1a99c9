"""What a request that was refused, or that no contract has a call for, was probably meant to be, and what differs.

A near miss is a call of a contract and findings: each says where, what it must be, what came, which page says so, and
as its hint what to change. `near_path.py` knows how people get an address wrong, this how they get the rest wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from . import report
from .endpoint import Endpoint
from .exchange import Exchange
from .findings import Finding, Severity, shown
from .near_path import Advice, Place, advise, place_at

#: Texts that stand where an id belongs when a client has none.
_NO_IDS = frozenset({"undefined", "null", "none", "nan", "nil", "[object object]", "", "{id}", ":id", "%7bid%7d"})
_TLS_HANDSHAKE = b"\x16"
_IS_NO_PROXY = "the client takes this server for its proxy: set it as base_url, or run the client with modelslab-mock exec"
_KEY_HEADERS = ("authorization", "x-api-key", "api-key", "apikey")
#: Names by which people call the key when they are mistaken, in JSON or in a form.
_KEY_FIELD = re.compile(rb'(?:"|^|&)((?:x[-_])?(?:api[-_]?)?key)(?:"\s*:|=)', re.IGNORECASE)


class JobSeen(NamedTuple):
    """A job that somebody has: in which sandbox, of which endpoint."""

    sandbox: str
    endpoint: str


class NearMiss(NamedTuple):
    """What exchange `n` of `sandbox` was near to. `endpoint` and `nearest` are "" when nothing is near.

    `asked` and `nearest` are method and path; `differs` holds what differs, the most telling first.
    """

    n: int
    sandbox: str
    asked: str
    endpoint: str
    nearest: str
    differs: tuple[Finding, ...]

    def __str__(self) -> str:
        """The explanation for a person: one line that says it, then two per difference, the second with rule and page."""
        near = f"; the nearest call is {self.nearest} ({self.endpoint})" if self.nearest else ""
        same = self.asked == self.nearest
        head = f"{self.asked} was refused by {self.endpoint}" if same else f"{self.asked} is no call of a contract{near}"
        lines = (f"\n  {says}\n      {who}" for says, who in map(report.explanation, self.differs))
        return report.one_line(head) + "".join(lines)

    def as_value(self) -> dict[str, Any]:
        """As plain values, with the explanation under `text`."""
        return {**self._asdict(), "differs": [report.as_value(each) for each in self.differs], "text": str(self)}


def near_miss(
    exchange: Exchange, endpoints: Mapping[str, Endpoint], job_of: Callable[[int], JobSeen | None] = lambda _: None
) -> NearMiss | None:
    """What a refused or unmatched exchange was near to; None for one that was neither.

    `job_of` knows the jobs of every sandbox by their id.
    """
    errors = [each for each in exchange.findings if each.severity is Severity.ERROR]
    if not errors:
        return None
    asked = f"{exchange.method} {exchange.path}"
    if any(each.rule == "route/unknown-path" for each in errors):
        advice = advise(exchange.path, endpoints.values())
        if advice.place is None:
            return NearMiss(exchange.n, exchange.sandbox, asked, "", "", (_unknown_path(exchange.path, advice),))
        differs = (_unknown_path(exchange.path, advice), *_method(exchange, advice.place))
        return _near(exchange, asked, advice.place.endpoint, f"POST {advice.place.call.path}", differs)
    endpoint = endpoints.get(exchange.endpoint)
    if endpoint is None:
        return NearMiss(exchange.n, exchange.sandbox, asked, "", "", tuple(errors))
    place = _call_at(exchange.path, endpoint)
    if any(each.rule == "route/wrong-method" for each in errors):
        return _near(exchange, asked, endpoint, f"POST {exchange.path}", tuple(_method(exchange, place)) or tuple(errors))
    told = (_explained(each, exchange, endpoint, job_of) for each in errors)
    return _near(exchange, asked, endpoint, asked, (*told, *_misspelled(exchange, errors)))


def unknown_job(id_text: object, source: str) -> Finding:
    """The finding of a fetch that asks for a job that its key does not have; `id_text` is None where no id came."""
    got = "none" if id_text is None else shown(id_text, 40)
    return Finding("route/unknown-job", "", "the id of a job of this key", got, source)


def no_http(data: bytes) -> Finding:
    """The finding for a connection whose first bytes (eight are enough) begin no HTTP request."""
    if data[:1] == _TLS_HANDSHAKE:
        says = "the client speaks https to an http port: use http:// in base_url, or start with --tls"
        return _wrong_scheme("HTTP", "a TLS handshake", "RFC 8446 5.1", says)
    if data[:8] == b"CONNECT ":
        return _wrong_scheme("HTTP", "a request to a proxy", "RFC 9110 9.3.6", _IS_NO_PROXY)
    says = "what came is no HTTP request that can be read: its first line or a header is malformed"
    return _wrong_scheme("HTTP", "something else", "RFC 9112 2.1", says)


def no_tls(reason: str) -> Finding:
    """The finding for a connection on which no TLS came about; `reason` is OpenSSL's word for why."""
    must = "a TLS handshake"
    if reason == "HTTPS_PROXY_REQUEST":
        return _wrong_scheme(must, "a request to a proxy", "RFC 9110 9.3.6", _IS_NO_PROXY)
    if reason in ("HTTP_REQUEST", "WRONG_VERSION_NUMBER"):  # the second is what the first bytes of rarer methods look like
        says = "the client speaks http to an https port: use https:// in base_url, or start without --tls"
        return _wrong_scheme(must, "an HTTP request", "RFC 8446 5.1", says)
    if reason.endswith(("_UNKNOWN_CA", "_CERTIFICATE_UNKNOWN", "_BAD_CERTIFICATE")):
        says = "the client does not trust this server's certificate: have it trust the file that the banner names"
        return _wrong_scheme(must, "a refusal of the certificate", "RFC 8446 6.2", says)
    says = "the client and this server found no TLS that both speak"
    return _wrong_scheme(must, reason.lower().replace("_", " ") or "something else", "RFC 8446 6.2", says)


def _wrong_scheme(must: str, got: str, source: str, says: str) -> Finding:
    return Finding("route/wrong-scheme", "", must, got, source, says)


def _near(exchange: Exchange, asked: str, endpoint: Endpoint, call: str, differs: Sequence[Finding]) -> NearMiss:
    return NearMiss(exchange.n, exchange.sandbox, asked, endpoint.name, call, tuple(differs))


def _unknown_path(path: str, advice: Advice) -> Finding:
    must, source = "a path of a contract", "specs/*.yaml"
    if advice.place is not None:
        must, source = advice.place.call.path, advice.place.call.clause.source
    return Finding("route/unknown-path", "", must, path, source, advice.says)


def _method(exchange: Exchange, place: Place | None) -> Iterator[Finding]:
    if exchange.method == "POST":
        return
    hint = "every call of this API is a POST, fetches too"
    if exchange.method == "GET" and place is not None and place.call.kind == "submit":
        hint += "; a POST that followed a redirect (from http:// to https://, say) arrives as a GET"
    source = place.call.clause.source if place else "000-004 Request: POST"
    yield Finding("route/wrong-method", "", "POST", exchange.method, source, hint)


def _call_at(path: str, endpoint: Endpoint) -> Place | None:
    return place_at(path, {call.path: Place(endpoint, call) for call in endpoint.calls})


def _explained(finding: Finding, exchange: Exchange, endpoint: Endpoint, job_of: Callable[[int], JobSeen | None]) -> Finding:
    """A finding with a hint that says what to change, where there is more to say than it does itself."""
    if finding.rule == "route/unknown-job":
        return finding._replace(hint=_about_job(exchange, endpoint, job_of))
    if finding.rule == "request/key-missing":
        return finding._replace(hint=_about_key(exchange))
    return finding


def _about_job(exchange: Exchange, endpoint: Endpoint, job_of: Callable[[int], JobSeen | None]) -> str:
    id_text = _id_asked(exchange, endpoint)
    if id_text.lower() in _NO_IDS:
        return "the client has no id: did it read `id` (or `fetch_result`) of the answer to its submit?"
    if not (id_text.isascii() and id_text.isdigit() and len(id_text) <= 20):  # as the server reads ids
        return "an id is a whole number, as `id` of the answer to a submit says it"
    job = job_of(int(id_text))
    if job is None:
        return "nobody has a job of this id: it was never submitted here, or it was let go or reset since"
    if job.sandbox != exchange.sandbox:
        return f"the job belongs to another key, {job.sandbox}; a fetch must send the key of its submit"
    return f"the job is one of {job.endpoint}: follow the `fetch_result` of its submit"


def _id_asked(exchange: Exchange, endpoint: Endpoint) -> str:
    place = _call_at(exchange.path, endpoint)
    if place is None or place.call.id_in == "path":
        return exchange.path.rstrip("/").rpartition("/")[2]
    try:
        fields = orjson.loads(exchange.request_body)
    except orjson.JSONDecodeError:
        from urllib.parse import parse_qs

        fields = {name: values[-1] for name, values in parse_qs(exchange.request_body.decode("utf-8", "replace")).items()}
    given = fields.get("request_id") if isinstance(fields, dict) else None
    return "" if given is None else str(given)


def _about_key(exchange: Exchange) -> str:
    header = next((name for name, _ in exchange.request_headers if name in _KEY_HEADERS), None)
    if header is not None:
        return f"a header {header} came, which this API does not read: send `key` in the body"
    if not exchange.request_body:
        return "the request has no body; the key is the field `key` of a JSON body"
    named = _KEY_FIELD.search(exchange.request_body)
    if named and (name := named[1].decode()) != "key":
        return f"{name!r} came; the field is `key`"
    return "the key is the field `key` of the body"


def _misspelled(exchange: Exchange, errors: Iterable[Finding]) -> Iterator[Finding]:
    """Unknown fields that are near to a field of the page: near to a missing one, when one is missing."""
    missing = {each.where for each in errors if each.rule == "request/required-field-missing"}
    for each in exchange.findings:
        close = "/" + each.hint.removeprefix("nearest: ")
        if each.rule == "request/unknown-field" and each.hint and (not missing or close in missing):
            yield each
