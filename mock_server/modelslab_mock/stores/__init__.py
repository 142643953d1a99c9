"""Where sandboxes are kept: one small protocol, memory first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from modelslab_contracts.exchange import Exchange, Journal, Raw

from ..engine.job import Job
from ..engine.sandbox import Fact, Sandbox


class Conflict(Exception):
    """Somebody else committed to the sandbox first: read it again and decide anew."""


class Store(Protocol):
    """Read, then commit. Whoever reads a sandbox never changes it; facts do, through `commit`."""

    def read(self, name: str) -> Sandbox:
        """The sandbox of that name, fresh when nobody used it yet."""

    def commit(self, name: str, expected_version: int, facts: Sequence[Fact]) -> None:
        """Apply facts to the version that was read. Raises Conflict when the sandbox has moved on since."""

    def record(self, name: str, exchange: Exchange, raw: Raw) -> None:
        """Keep an exchange in the sandbox's journal, which hands it out with what is raw in it, masked."""

    def journal(self, name: str) -> Journal:
        """The sandbox's journal."""

    def job_of_file(self, file_prefix: str) -> tuple[Sandbox, Job] | None:
        """The sandbox and job that a picture's file belongs to, as long as they are kept."""
