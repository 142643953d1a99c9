"""What a run remembers until its end: requests and their findings, hosts that were refused, hosts that were reached."""

from __future__ import annotations

from collections import Counter
from typing import TextIO

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.findings import Finding

from ...log import Log
from ..hosts import plain_name

_KEPT = 1_000  # of each kind; what a program repeats for hours must not fill the memory


class Tally(Log):
    """The log of the emulator, which counts what it is told."""

    def __init__(self, form: str, quiet: bool, stream: TextIO | None) -> None:
        super().__init__(form, quiet or stream is None, stream)
        self.requests = 0
        self.findings: dict[Finding, None] = {}
        self.begun: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()

    def add(self, event: Exchange | str) -> None:
        """An exchange is counted, and its findings kept with the path they belong to; each of them once."""
        if not isinstance(event, str):
            self.requests += 1
            for each in event.findings:
                if len(self.findings) < _KEPT:
                    self.findings[each._replace(where=f"{event.method} {event.path}#{each.where}")] = None
        super().add(event)

    def begin(self, name: str | None) -> None:
        """A client greeted the https port and named a host."""
        _count(self.begun, name or "the address")

    def refuse(self, name: str) -> None:
        """A host was refused."""
        _count(self.refused, plain_name(name))

    def let_pass(self, name: str) -> None:
        """A host was reached."""
        _count(self.passed, plain_name(name))


def _count(kept: Counter[str], name: str) -> None:
    if name in kept or len(kept) < _KEPT:
        kept[name] += 1
