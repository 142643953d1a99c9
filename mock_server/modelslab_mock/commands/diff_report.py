"""What `modelslab-mock diff` has to tell, in each form of a report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modelslab_contracts.accepted import Entry
from modelslab_contracts.diff.compare import Outcome, Tally
from modelslab_contracts.diff.folding import folded
from modelslab_contracts.findings import Finding, Severity
from modelslab_contracts.report import FORMATS, Row, Sheet, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The findings that count, those that somebody accepts, what the promise leaves out, and how much was compared.

    `title` is the command, and from the `bar` on a finding fails. `usage` says what recorded traffic meets; `untouched`
    are findings that do not count, because none of it meets them.
    """

    title: str
    bar: Severity | None
    shown: list[Finding]
    accepted: list[tuple[Finding, Entry]]
    left_out: list[Finding]
    promise: str
    outcomes: list[Outcome]
    usage: str = ""
    untouched: frozenset[Finding] = frozenset()

    def in_form(self, form: str) -> str:
        """All of it as one text. Lines for people tell of many of one kind together; programs get each."""
        sentences = (self._last_line(), *([self.usage] if self.usage else []))
        is_text = form == "text"
        rows = (*self._rows(folded(self.shown) if is_text else self.shown), *(Row(*each) for each in self.accepted))
        text = FORMATS[form](Sheet(rows=rows, title=self.title, sentences=sentences, bar=self.bar))
        return text + "".join(f"{each}\n" for each in sentences) if is_text else text

    def _rows(self, shown: list[Finding]) -> Iterator[Row]:
        yield from (Row(each, is_moot=each in self.untouched) for each in shown)

    @property
    def aside(self) -> str:
        """What does not count, in a few words; "" when there is nothing of the kind."""
        parts = [f"{len(self.accepted)} accepted"] if self.accepted else []
        parts += [f"{counted(self.left_out)} left out by --promise {self.promise}"] if self.left_out else []
        return "; ".join(parts)

    def _last_line(self) -> str:
        tally = sum((each.tally for each in self.outcomes), Tally())
        fates = [f"{tally.safe} proved safe", f"{tally.broken} broken", f"{tally.unproved} unproved"]
        if tally.free:
            fates.insert(1, f"{tally.free} safe but for fields that only one version names")
        documents = f" in {len(self.outcomes)} documents" if len(self.outcomes) > 1 else ""
        only = f"; {tally.one_sided} are in one version only" if tally.one_sided else ""
        said = "; ".join(each for each in (f"{counted(self.shown)}{documents}", self.aside) if each)
        retold = f" Other words for people, not told of: {tally.retold}." if tally.retold else ""
        return f"{said}. Positions compared: {tally.compared} ({', '.join(fates)}){only}.{retold}"
