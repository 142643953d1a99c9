"""One exchange with a call of a contract, read: what was asked, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..body import Body, parse_body
from ..endpoint import Call, Endpoint
from ..exchange import KEPT_BYTES, Exchange
from ..findings import Finding
from ..profiles import Profile
from ..request import Read, read_request
from ..response import Answered, read_answer
from .field_names import eta_name, fetch_url_name, links_name


@dataclass(frozen=True, eq=False)
class Said:
    """One exchange with a call of a contract, read: what was asked (`read` for an order), and what was answered.

    `problems` is everything for which the contract refuses the request.
    """

    exchange: Exchange
    endpoint: Endpoint
    call: Call
    profile: Profile
    sent: Mapping[str, Any] | None
    read: Read | None
    problems: tuple[Finding, ...]
    answered: Answered

    @property
    def word(self) -> str:
        """The status word of an answer with HTTP 200; "" for a refusal and for what nobody can read."""
        return self.answered.word if self.answered.status == 200 else ""

    @property
    def took(self) -> bool:
        """Whether the answer is that of an order that was taken."""
        return self.word in ("success", "processing")

    def member(self, name: str) -> Any:
        """A member of the answer; None where there is none."""
        return (self.answered.body or {}).get(name) if name else None

    @property
    def id_told(self) -> str:
        """The id of the answer as text; "" where it has none."""
        told = self.member("id")
        return "" if told is None or isinstance(told, (bool, dict, list)) else str(told)

    @property
    def links(self) -> list[str] | None:
        """The pictures of a success, in order; None for another answer, or where they are no list of texts."""
        held = self.member(links_name(self.endpoint)) if self.word == "success" else None
        return held if isinstance(held, list) and all(isinstance(each, str) for each in held) else None

    @property
    def eta(self) -> Any:
        """What the answer says of how long it takes."""
        return self.member(eta_name(self.endpoint))

    @property
    def fetch_address(self) -> Any:
        """What the answer says of where to ask next."""
        return self.member(fetch_url_name(self.endpoint))


def said(exchange: Exchange, endpoint: Endpoint, call: Call, profile: Profile) -> Said:
    """An exchange, read as a call of an endpoint."""
    body = body_of(exchange, call, profile)
    sent, read, problems = None, None, list[Finding]()
    if isinstance(body, Body):
        sent = body.fields
        if not _has_key(sent, exchange):
            problems.append(Finding("request/key-missing", "/key", "a non-empty API key", "none", endpoint.key_clause.source))
        if call.kind == "submit":
            read = read_request(endpoint, sent, profile, body.is_form)
            problems += read.problems
    elif not _may_be_cut(exchange.request_body):
        problems.append(body)
    headers = dict(exchange.reply_headers)
    media_type = headers.get("content-type", "") if headers else None
    cut = _may_be_cut(exchange.reply_body) or exchange.answer == "reset"
    answered = read_answer(endpoint, call, exchange.status, media_type, exchange.reply_body, is_cut=cut)
    if exchange.answer == "reset":  # nobody heard an answer
        answered = answered._replace(findings=())
    return Said(exchange, endpoint, call, profile, sent, read, tuple(problems), answered)


def _has_key(sent: Mapping[str, Any], exchange: Exchange) -> bool:
    """Whether a request has a key; one that is masked was one."""
    held = sent.get("key")
    return (isinstance(held, str) and bool(held.strip())) or "key" in dict(exchange.request_headers)


def body_of(exchange: Exchange, call: Call, profile: Profile) -> Body | Finding:
    """The body of a request, or why it cannot be read."""
    headers = dict(exchange.request_headers)
    query = exchange.query if call.reads_query else ""
    return parse_body(headers.get("content-type", ""), exchange.request_body, query, profile)


def _may_be_cut(body: bytes) -> bool:
    """Whether a body that cannot be read may be one that a journal has cut: at its bound, less what the mask is shorter."""
    return 0.9 * KEPT_BYTES <= len(body) <= KEPT_BYTES
