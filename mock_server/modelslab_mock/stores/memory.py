"""Sandboxes in the memory of one process, bounded; the least recently used go first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from modelslab_contracts.exchange import KEPT_BYTES, Exchange, Journal, Raw
from modelslab_contracts.near_miss import JobSeen

from ..engine.job import Job
from ..engine.sandbox import Fact, JobForgotten, JobSubmitted, Sandbox, apply
from ..outbox import Outbox
from . import Conflict
from .counts import Counts


class MemoryStore:
    """The first store. `fresh` makes a new sandbox; `on_forget` is told the name of one that was let go."""

    def __init__(
        self,
        fresh: Callable[[str], Sandbox],
        *,
        max_sandboxes: int = 1_000,
        max_exchanges: int = 1_000,
        kept_bytes: int = KEPT_BYTES,
        on_forget: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._fresh = fresh
        self._max_sandboxes = max_sandboxes
        self._max_exchanges = max_exchanges
        self._kept_bytes = kept_bytes
        self._on_forget = on_forget
        self._sandboxes: OrderedDict[str, Sandbox] = OrderedDict()
        self._journals: dict[str, Journal] = {}
        self._outboxes: dict[str, Outbox] = {}
        self._files: dict[str, tuple[str, int]] = {}
        self.counts = Counts()
        #: Told the sandbox and what happened in it, after each commit and record; None while nobody listens.
        self.told: Callable[[str, Sequence[object]], None] | None = None

    def read(self, name: str) -> Sandbox:
        """See Store. A read counts as use, so the sandbox moves to the end of the line."""
        sandbox = self._sandboxes.get(name)
        if sandbox is not None:
            self._sandboxes.move_to_end(name)
        else:
            sandbox = self._fresh(name)
            if len(self._sandboxes) >= self._max_sandboxes:
                self._forget(next(iter(self._sandboxes)))
            self._sandboxes[name] = sandbox
        return sandbox

    def commit(self, name: str, expected_version: int, facts: Sequence[Fact]) -> None:
        """See Store."""
        sandbox = self._sandboxes.get(name)
        if sandbox is None or sandbox.version != expected_version:
            raise Conflict(name)
        for fact in facts:
            apply(sandbox, fact)
            if isinstance(fact, JobSubmitted):
                self.counts.jobs_submitted += 1
                self._files[fact.job.file_prefix] = (name, fact.job.id)
            elif isinstance(fact, JobForgotten):
                self._files.pop(fact.job.file_prefix, None)
        sandbox.version += 1
        if (told := self.told) is not None:
            told(name, facts)

    def record(self, name: str, exchange: Exchange, raw: Raw) -> None:
        """See Store."""
        journal = self.journal(name)
        journal.record(exchange, raw)
        self.counts.exchange(exchange.endpoint, exchange.answer, exchange.status)
        if (told := self.told) is not None:
            told(name, (exchange._replace(n=journal.last),))

    def journal(self, name: str) -> Journal:
        """See Store."""
        journal = self._journals.get(name)
        if journal is None:
            self.read(name)  # the journal lives and goes with its sandbox
            journal = self._journals[name] = Journal(self._max_exchanges, self._kept_bytes)
        return journal

    def outbox(self, name: str) -> Outbox:
        """See Store."""
        outbox = self._outboxes.get(name)
        if outbox is None:
            self.read(name)  # the outbox lives and goes with its sandbox
            outbox = self._outboxes[name] = Outbox()
        return outbox

    def holds(self, name: str) -> bool:
        """See Store."""
        return name in self._sandboxes

    def job_of_file(self, file_prefix: str) -> tuple[Sandbox, Job] | None:
        """See Store."""
        found = self._files.get(file_prefix)
        if found is None:
            return None
        sandbox = self._sandboxes[found[0]]
        return sandbox, sandbox.jobs[found[1]]

    def look(self, name: str) -> Sandbox:
        """As `read`, but looking is no use: nothing is kept, and nothing moves in the line of those to let go."""
        return self._sandboxes.get(name) or self._fresh(name)

    def held(self) -> list[Sandbox]:
        """The sandboxes that are kept, the most recently used first. Looking is no use."""
        return [*self._sandboxes.values()][::-1]

    def journals(self) -> dict[str, Journal]:
        """The journals that are kept, by the name of their sandbox. Looking is no use."""
        return self._journals.copy()

    def outboxes(self) -> dict[str, Outbox]:
        """The outboxes that are kept, by the name of their sandbox. Looking is no use."""
        return self._outboxes.copy()

    def job_seen(self, job_id: int) -> JobSeen | None:
        """Whose job has this id, in any sandbox: for explanations, which nobody waits for."""
        found = ((each.name, each.jobs.get(job_id)) for each in self.held())
        return next((JobSeen(name, job.endpoint) for name, job in found if job is not None), None)

    def last_used_at(self, name: str) -> float | None:
        """See Store."""
        journal = self._journals.get(name)
        return journal.last_at if journal else None

    def _forget(self, name: str) -> None:
        sandbox = self._sandboxes.pop(name)
        journal = self._journals.pop(name, None)
        self._outboxes.pop(name, None)
        self.counts.sandboxes_forgotten += 1
        self.counts.exchanges_forgotten += journal.forgotten + len(journal) if journal else 0
        for job in sandbox.jobs.values():
            self._files.pop(job.file_prefix, None)
        self._on_forget(name)
