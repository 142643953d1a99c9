"""Where sandboxes are kept: one small protocol, memory first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from modelslab_contracts.exchange import Exchange, Journal, Raw
from modelslab_contracts.near_miss import JobSeen

from ..engine.job import Job
from ..engine.sandbox import Fact, Sandbox
from ..outbox import Outbox
from .counts import Counts


class Conflict(Exception):
    """Somebody else committed to the sandbox first: read it again and decide anew."""


class Store(Protocol):
    """Read, then commit. Whoever reads a sandbox never changes it; facts do, through `commit`.

    `told` is told a sandbox's name and what happened in it after each commit and record; None while nobody listens.
    """

    told: Callable[[str, Sequence[object]], None] | None

    def read(self, name: str) -> Sandbox:
        """The sandbox of that name, fresh when nobody used it yet."""

    def commit(self, name: str, expected_version: int, facts: Sequence[Fact]) -> None:
        """Apply facts to the version that was read. Raises Conflict when the sandbox has moved on since."""

    def record(self, name: str, exchange: Exchange, raw: Raw) -> None:
        """Keep an exchange in the sandbox's journal, which hands it out with what is raw in it, masked."""

    def journal(self, name: str) -> Journal:
        """The sandbox's journal."""

    def outbox(self, name: str) -> Outbox:
        """The sandbox's outbox."""

    def holds(self, name: str) -> bool:
        """Whether the sandbox is kept; unlike a read, this makes none and does not count as use."""

    def job_of_file(self, file_prefix: str) -> tuple[Sandbox, Job] | None:
        """The sandbox and job that a picture's file belongs to, as long as they are kept."""

    def look(self, name: str) -> Sandbox:
        """As `read`, but looking is no use: nothing is kept, and nothing moves in the line of those to let go."""

    def held(self) -> list[Sandbox]:
        """The sandboxes that are kept, the most recently used first. Looking is no use."""

    def last_used_at(self, name: str) -> float | None:
        """The real time of a sandbox's last exchange; None when none is kept."""

    def journals(self) -> dict[str, Journal]:
        """The journals that are kept, by the name of their sandbox. Looking is no use."""

    def outboxes(self) -> dict[str, Outbox]:
        """The outboxes that are kept, by the name of their sandbox. Looking is no use."""

    def job_seen(self, job_id: int) -> JobSeen | None:
        """Whose job has this id, in any sandbox: for explanations, which nobody waits for."""

    @property
    def counts(self) -> Counts:
        """What the store counts as it goes."""
