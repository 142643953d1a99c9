"""What can be waited for, each as something to look at: an exchange, a job's state, whatever else somebody can look up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Generic, NamedTuple, TypeVar

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.nearest import did_you_mean
from modelslab_contracts.wanted import Wanted

from .engine.job import ended_at, status
from .outbox import Delivery, Outbox
from .watch import Watch, Watched, WontHappen

T = TypeVar("T")
#: The states of a job, as a fetch tells them; `ended` is any of the last three.
STATES = ("processing", "success", "failed", "error")
_ENDED = STATES[1:]


class ExchangeAwaited:
    """The first exchange that matches; of those yet to come only, when `from_now`.

    `wanted.since` counts per sandbox, as the numbers of exchanges do.
    """

    def __init__(self, store: Watched, wanted: Wanted, *, from_now: bool = False) -> None:
        self.sandbox = wanted.sandbox
        self._store = store
        self._wanted = wanted
        self._seen = {name: journal.last for name, journal in store.journals().items()} if from_now else {}

    def look(self) -> Exchange | None:
        """The exchange, masked."""
        journals = self._store.journals()
        if self.sandbox is not None:
            journals = {self.sandbox: journals[self.sandbox]} if self.sandbox in journals else {}
        for name, journal in journals.items():
            seen = self._seen.get(name, 0)
            if (last := journal.last) != seen:
                # A journal may have begun anew, with its sandbox: then its numbers did, too.
                found = next(journal.find(self._wanted.matches, since=seen if seen < last else 0), None)
                if found is not None:
                    return found
                self._seen[name] = last
        return None

    def due_in(self) -> None:
        """Only a request brings an exchange."""

    def __str__(self) -> str:
        return f"an exchange with {self._wanted}"


class DeliveryAwaited:
    """The first webhook delivery that matches, of one sandbox or (None) of all; `what` names it.

    Of an outbox only deliveries numbered above what `after` says for its sandbox count.
    """

    def __init__(
        self,
        store: Watched,
        sandbox: str | None,
        matches: Callable[[Delivery], bool],
        what: str,
        after: Mapping[str, int] | None = None,
    ) -> None:
        self.sandbox = sandbox
        self._store = store
        self._matches = matches
        self._what = what
        self._after = after or {}
        self._seen: dict[str, tuple[Outbox, int]] = {}

    def look(self) -> tuple[str, Delivery] | None:
        """Its sandbox and the delivery, masked and without its body."""
        for name, outbox in self._store.outboxes().items():
            if self.sandbox in (None, name) and self._seen.get(name) != (outbox, outbox.changes):
                after = self._after.get(name, 0)
                if after > outbox.last:
                    after = 0  # it began anew, with its sandbox
                for each in outbox.outlines(self._matches):
                    if each.number > after:
                        return name, each
                self._seen[name] = (outbox, outbox.changes)
        return None

    def due_in(self) -> None:
        """Only a receiver's answer brings it, or whoever sends."""

    def __str__(self) -> str:
        return self._what


class JobStanding(NamedTuple):
    """How a job stands: looked at, which is no poll. Times are those of its sandbox's clock."""

    job_id: int
    endpoint: str
    status: str
    submitted_at: float
    ended_at: float | None
    fetches: int


class JobAwaited:
    """A job in one of `states` (words of STATES, or `ended`). Raises ValueError for another word."""

    def __init__(self, watch: Watch, sandbox: str, job_id: int, states: Collection[str] = ("ended",)) -> None:
        for each in states:
            if each not in (*STATES, "ended"):
                raise ValueError(f"{each!r} is no state of a job{did_you_mean(each, (*STATES, 'ended'))}")
        self.sandbox = sandbox
        self._watch = watch
        self._job_id = job_id
        self._states = frozenset(states) - {"ended"} | (frozenset(_ENDED) if "ended" in states else frozenset())

    def look(self) -> JobStanding | None:
        """How the job stands, when it is in one of the states. Raises WontHappen when it ended in another or is unknown."""
        standing = self._standing()
        if standing.status in self._states:
            return standing
        if standing.status in _ENDED:
            raise WontHappen(f"job {self._job_id} ended in {standing.status}; awaited was {self._words()}")
        return None

    def due_in(self) -> float | None:
        """Until the job ends, by the clock of its sandbox."""
        sandbox = self._watch.store.look(self.sandbox)
        end = self._standing().ended_at
        return None if end is None else sandbox.clock.real_seconds_until(end, self._watch.real_now())

    def _standing(self) -> JobStanding:
        sandbox = self._watch.store.look(self.sandbox)
        job = sandbox.jobs.get(self._job_id)
        if job is None:
            raise WontHappen(f"sandbox {self.sandbox} has no job {self._job_id}")
        fetches = sandbox.fetches.get(job.id, [])
        stands = status(job, fetches, sandbox.clock.now(self._watch.real_now()))
        return JobStanding(job.id, job.endpoint, stands, job.submitted_at, ended_at(job, fetches), len(fetches))

    def _words(self) -> str:
        return " or ".join(each for each in STATES if each in self._states)

    def __str__(self) -> str:
        return f"job {self._job_id} to be {self._words()}"


class Appearing(Generic[T]):
    """Whatever `look` finds once news of the sandbox came: a webhook delivery in an outbox, say; `what` names it."""

    def __init__(self, sandbox: str | None, look: Callable[[], T | None], what: str) -> None:
        self.sandbox = sandbox
        self.look = look
        self._what = what

    def due_in(self) -> None:
        """Only news brings it."""

    def __str__(self) -> str:
        return self._what
