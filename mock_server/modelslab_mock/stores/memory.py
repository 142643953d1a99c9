"""Sandboxes in the memory of one process, bounded; the least recently used go first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from modelslab_contracts.exchange import Exchange, Journal, Raw

from ..engine.job import Job
from ..engine.sandbox import Fact, JobForgotten, JobSubmitted, Sandbox, apply
from . import Conflict


class MemoryStore:
    """The first store. `fresh` makes a new sandbox; `on_forget` is told the name of one that was let go."""

    def __init__(
        self,
        fresh: Callable[[str], Sandbox],
        *,
        max_sandboxes: int = 1_000,
        max_exchanges: int = 1_000,
        on_forget: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._fresh = fresh
        self._max_sandboxes = max_sandboxes
        self._max_exchanges = max_exchanges
        self._on_forget = on_forget
        self._sandboxes: OrderedDict[str, Sandbox] = OrderedDict()
        self._journals: dict[str, Journal] = {}
        self._files: dict[str, tuple[str, int]] = {}

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
                self._files[fact.job.file_prefix] = (name, fact.job.id)
            elif isinstance(fact, JobForgotten):
                self._files.pop(fact.job.file_prefix, None)
        sandbox.version += 1

    def record(self, name: str, exchange: Exchange, raw: Raw) -> None:
        """See Store."""
        self.journal(name).record(exchange, raw)

    def journal(self, name: str) -> Journal:
        """See Store."""
        journal = self._journals.get(name)
        if journal is None:
            self.read(name)  # the journal lives and goes with its sandbox
            journal = self._journals[name] = Journal(self._max_exchanges)
        return journal

    def job_of_file(self, file_prefix: str) -> tuple[Sandbox, Job] | None:
        """See Store."""
        found = self._files.get(file_prefix)
        if found is None:
            return None
        sandbox = self._sandboxes[found[0]]
        return sandbox, sandbox.jobs[found[1]]

    def _forget(self, name: str) -> None:
        sandbox = self._sandboxes.pop(name)
        self._journals.pop(name, None)
        for job in sandbox.jobs.values():
            self._files.pop(job.file_prefix, None)
        self._on_forget(name)
