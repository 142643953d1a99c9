"""What happened in a server, as events that somebody listens to: a small value for each, and how it is told.

Facts are told under the name of their class (`JobSubmitted` → `job-submitted`). A fact says of itself only what is
named here, beside its numbers and flags: its texts may hold a prompt, a URL or a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, get_args

from modelslab_contracts import report
from modelslab_contracts.exchange import Exchange

from .engine.clock import Clock
from .engine.job import Job
from .engine.sandbox import ClockMoved, Fact, JobForgotten, JobSubmitted


class JobEnded(NamedTuple):
    """The time of a job has come. No fact: whoever listens works it out, as a fetch does."""

    job_id: int
    status: str
    ended_at: float


class DeliveryMade(NamedTuple):
    """A webhook was sent and taken, or not: `outcome` is one clause of the log, without the receiver's path.

    `n` is its number in the outbox, `state` what the outbox calls it now.
    """

    job_id: int
    answer: str
    outcome: str
    n: int = 0
    state: str = ""


class Lost(NamedTuple):
    """A listener was too slow: so many events were let go, the oldest first."""

    events: int


class JournalCleared(NamedTuple):
    """The journal of a sandbox was emptied, of so many exchanges."""

    exchanges: int


class OutboxCleared(NamedTuple):
    """So many deliveries of a sandbox were let go: those under way with a reset of jobs, all with one of webhooks."""

    deliveries: int


class InboxesCleared(NamedTuple):
    """Inboxes were emptied, of so many messages. They belong to no key: it is told as of the sandbox without one."""

    messages: int


class Event(NamedTuple):
    """Something that happened. `n` counts what a server told its listeners; `at` is the time of the sandbox's clock."""

    n: int
    kind: str
    sandbox: str
    real_at: float
    at: float
    what: Any

    def as_value(self) -> dict[str, Any]:
        """As plain values, ready to be sent; nothing in them is secret."""
        return {**self._asdict(), "what": told(self.what)}


def kind_of(what: object) -> str:
    """The kind of event that something makes: its class's name in lower case, with dashes."""
    return _spelled(type(what).__name__)


@lru_cache(maxsize=256)
def _spelled(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def told(what: Any) -> dict[str, Any]:
    """What happened as plain values."""
    tell = _TELLS.get(type(what))
    return tell(what) if tell is not None else _plain_parts(what)


def _exchange(exchange: Exchange) -> dict[str, Any]:
    kept = ("n", "endpoint", "job_id", "answer", "method", "path", "status", "reason")
    return {
        **{name: getattr(exchange, name) for name in kept},
        "findings": [report.as_value(each) for each in exchange.findings],
    }


def _job(job: Job) -> dict[str, Any]:
    return {"job_id": job.id, "endpoint": job.endpoint, "submitted_at": job.submitted_at, "is_queued": job.is_queued}


def _clock(clock: Clock) -> dict[str, Any]:
    return {"mode": clock.mode, "anchor": clock.anchor, "factor": clock.factor}


def _plain_parts(what: Any) -> dict[str, Any]:
    """The numbers and flags of a named tuple."""
    parts: Mapping[str, Any] = what._asdict() if hasattr(what, "_asdict") else {}
    return {name: value for name, value in parts.items() if value is None or isinstance(value, (bool, int, float))}


_TELLS: dict[type[Any], Callable[[Any], dict[str, Any]]] = {
    Exchange: _exchange,
    JobSubmitted: lambda fact: _job(fact.job),
    JobForgotten: lambda fact: _job(fact.job),
    ClockMoved: lambda fact: _clock(fact.clock),
    JobEnded: JobEnded._asdict,
    DeliveryMade: DeliveryMade._asdict,
    Lost: Lost._asdict,
}

_NO_FACTS = (Exchange, JobEnded, DeliveryMade, JournalCleared, OutboxCleared, InboxesCleared, Lost)
#: Every kind of event there is.
KINDS: tuple[str, ...] = tuple(_spelled(each.__name__) for each in _NO_FACTS + get_args(Fact))
