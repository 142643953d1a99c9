"""The road of a job as a server told of it: an order and its answer, then the fetches. All that rules of a server read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from ..body import Body
from ..endpoint import Call, Endpoint
from ..exchange import NO_SANDBOX, Exchange
from ..profiles import Profile
from .said import Said, body_of, said

__all__ = ["Find", "Match", "Road", "Said", "Traced", "Tracer", "roads", "said", "same", "without_token"]

#: Jobs that are followed at the same time; the one that was heard of first is let go.
FOLLOWED = 10_000
#: Steps of one job that are kept: the first, and the last.
STEPS = 1_000


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


class Tracer:
    """Follows jobs from exchange to exchange. A fetch belongs to the last order whose answer had the id that it asks for."""

    def __init__(self, find: Find, profile: Profile) -> None:
        self._find = find
        self._profile = profile
        self._open: OrderedDict[str, list[Said]] = OrderedDict()

    def add(self, exchange: Exchange) -> Road | None:
        """The road that an exchange belongs to, as far as it goes now; None where it is no call of a contract."""
        match = self._find(exchange.path)
        if match is None or exchange.method != "POST":
            return None
        step, id_ = self._step(exchange, match)
        steps = self._open.get(id_) if id_ and step.call.kind == "fetch" else None
        if steps is None:
            steps = []
            if id_:
                self._open[id_] = steps
                self._open.move_to_end(id_)
                if len(self._open) > FOLLOWED:
                    self._open.popitem(last=False)
        if len(steps) == STEPS:
            del steps[1]
        steps.append(step)
        return Road(tuple(steps), id_)

    def _step(self, exchange: Exchange, match: Match) -> tuple[Said, str]:
        """The exchange, read as the call that it is, and the id of its job. A fetch speaks the dialect of the job."""
        first = match.calls[0][1]
        body = body_of(exchange, first, self._profile)
        fields = body.fields if isinstance(body, Body) else {}
        if first.kind != "fetch":
            step = said(exchange, *match.select(fields), self._profile)
            known_otherwise = "" if step.answered.body is not None or exchange.job_id is None else str(exchange.job_id)
            return step, step.id_told if step.took else known_otherwise
        id_ = match.id_text if match.id_text is not None else str(fields.get("request_id", ""))
        job = self._open.get(id_)
        owner = next(((end, call) for end, call in match.calls if job and end is job[0].endpoint), None)
        return said(exchange, *(owner or match.select(fields)), self._profile), id_


def roads(exchanges: Iterable[Exchange], find: Find, profile: Profile) -> Traced:
    """The roads of all jobs in some exchanges, in the order of their first."""
    tracer, strays = Tracer(find, profile), list[Exchange]()
    last: dict[Said, Road] = {}  # by the first step, which is what a road is known by
    for exchange in exchanges:
        road = tracer.add(exchange)
        if road is None:
            strays.append(exchange)
        else:
            last[road.steps[0]] = road
    return Traced(tuple(last.values()), tuple(strays))


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
