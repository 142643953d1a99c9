"""The road of a job as a server told of it: an order and its answer, then the fetches. All that rules of a server read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from ..body import Body, parse_body
from ..endpoint import Call, Endpoint
from ..exchange import KEPT_BYTES, NO_SANDBOX, Exchange
from ..findings import Finding
from ..profiles import Profile
from ..request import Read, read_request
from ..response import Answered, read_answer
from .run import eta_name, fetch_url_name, links_name

#: Status words that end a job.
ENDS = ("success", "failed", "error")


class Match(Protocol):
    """The calls at an address, and the id that stands in it."""

    @property
    def calls(self) -> tuple[tuple[Endpoint, Call], ...]:
        """The calls of the contracts that share it."""

    @property
    def id_text(self) -> str | None:
        """The id, where the address holds one."""

    def select(self, fields: Mapping[str, Any]) -> tuple[Endpoint, Call]:
        """The call that a body chooses."""


class Find(Protocol):
    """Finds the calls at a path; None where no contract has one. The emulator's own `Routes.find` does."""

    def __call__(self, path: str, /) -> Match | None:
        """The calls at a path."""


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


@dataclass(frozen=True, eq=False)
class Road:
    """What a server said of one job, in its order. `id` is that of the submit's answer, or the one that was asked for.

    Two things only who drove the server can know: that nothing but the fields of its orders could be refused (the key good, the
    account rich, the prompt plain), and that an id was made up.
    """

    steps: tuple[Said, ...]
    id: str
    is_driven: bool = False
    is_made_up: bool = False

    @property
    def endpoint(self) -> Endpoint:
        """The contract that it belongs to."""
        return self.steps[0].endpoint

    @property
    def submit(self) -> Said | None:
        """The order; None where the recording began after it."""
        return self.steps[0] if self.steps[0].call.kind == "submit" else None

    @cached_property
    def fetches(self) -> tuple[Said, ...]:
        """The fetches with the key of the order, as far as keys can be told apart."""
        return tuple(each for each in self.steps if each.call.kind == "fetch" and not self.is_strange(each))

    @cached_property
    def strangers(self) -> tuple[Said, ...]:
        """The fetches with another key."""
        return tuple(each for each in self.steps if self.is_strange(each))

    def is_strange(self, step: Said) -> bool:
        """Whether a fetch was sent with another key than the order."""
        own, other = self.steps[0].exchange.sandbox, step.exchange.sandbox
        return NO_SANDBOX not in (own, other) and own != other

    @cached_property
    def told(self) -> tuple[Said, ...]:
        """What says how the job stands: the submit and the fetches with its key that were answered with HTTP 200."""
        return tuple(each for each in (*((self.submit,) if self.submit else ()), *self.fetches) if each.word)

    @property
    def samples(self) -> int | None:
        """How many pictures were ordered; None where that is not known."""
        read = self.submit.read if self.submit else None
        count = read.order.values.get("samples") if read and read.order else None
        return count if isinstance(count, int) else None


class Traced(NamedTuple):
    """The roads of some exchanges, and those exchanges that are no call of a contract."""

    roads: tuple[Road, ...]
    strays: tuple[Exchange, ...]


def said(exchange: Exchange, endpoint: Endpoint, call: Call, profile: Profile) -> Said:
    """An exchange, read as a call of an endpoint."""
    body = _body(exchange, call, profile)
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


def roads(exchanges: Iterable[Exchange], find: Find, profile: Profile) -> Traced:
    """The roads of all jobs in some exchanges. A fetch belongs to the last order whose answer had the id that it asks for."""
    open_roads: dict[str, list[Said]] = {}
    every: list[tuple[str, list[Said]]] = []
    strays: list[Exchange] = []
    for exchange in exchanges:
        match = find(exchange.path)
        if match is None or exchange.method != "POST":
            strays.append(exchange)
            continue
        step, id_ = _step(exchange, match, open_roads, profile)
        road = open_roads.get(id_) if id_ and step.call.kind == "fetch" else None
        if road is None:
            road = []
            every.append((id_, road))
            if id_:
                open_roads[id_] = road
        road.append(step)
    return Traced(tuple(Road(tuple(steps), id_) for id_, steps in every), tuple(strays))


def _step(exchange: Exchange, match: Match, known: Mapping[str, list[Said]], profile: Profile) -> tuple[Said, str]:
    """The exchange, read as the call that it is, and the id of its job. A fetch speaks the dialect of the job."""
    first = match.calls[0][1]
    body = _body(exchange, first, profile)
    fields = body.fields if isinstance(body, Body) else {}
    if first.kind != "fetch":
        step = said(exchange, *match.select(fields), profile)
        known_otherwise = "" if step.answered.body is not None or exchange.job_id is None else str(exchange.job_id)
        return step, step.id_told if step.took else known_otherwise
    id_ = match.id_text if match.id_text is not None else str(fields.get("request_id", ""))
    job = known.get(id_)
    owner = next(((end, call) for end, call in match.calls if job and end is job[0].endpoint), None)
    return said(exchange, *(owner or match.select(fields)), profile), id_


def _body(exchange: Exchange, call: Call, profile: Profile) -> Body | Finding:
    headers = dict(exchange.request_headers)
    query = exchange.query if call.reads_query else ""
    return parse_body(headers.get("content-type", ""), exchange.request_body, query, profile)


def _may_be_cut(body: bytes) -> bool:
    """Whether a body that cannot be read may be one that a journal has cut: at its bound, less what the mask is shorter."""
    return 0.9 * KEPT_BYTES <= len(body) <= KEPT_BYTES


def without_token(link: str) -> str:
    """A link without what is drawn anew for whoever asks: query and fragment."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return link
    return parts._replace(query="", fragment="").geturl()


def same(links: Iterable[str]) -> Iterator[str]:
    """Links as they are compared."""
    return map(without_token, links)
