"""What `modelslab-mock diff` has to tell, in each form of a report."""

from __future__ import annotations

import json
from dataclasses import dataclass

from modelslab_contracts.accepted import Entry
from modelslab_contracts.diff.compare import Outcome, Tally
from modelslab_contracts.findings import Finding, Severity
from modelslab_contracts.report import FORMATS, Row, Sheet, accepted, as_value, counted


@dataclass(frozen=True, slots=True)
class Changes:
    """The findings that count, those that somebody accepts, what the promise leaves out, and how much was compared.

    `title` is the command, and from the `bar` on a finding fails.
    """

    title: str
    bar: Severity | None

    shown: list[Finding]
    accepted: list[tuple[Finding, Entry]]
    left_out: list[Finding]
    promise: str
    outcomes: list[Outcome]

    def in_form(self, form: str) -> str:
        """All of it as one text."""
        if form == "text":
            return FORMATS[form](self.shown) + self._accepted_lines() + self._last_line()
        if form == "json":
            return self._json()
        return FORMATS[form](self._sheet())

    def _sheet(self) -> Sheet:
        known = (Row(each, accepted=f"{entry.reason} ({_written(entry)})") for each, entry in self.accepted)
        rows = (*map(Row, self.shown), *known)
        return Sheet(rows=rows, title=self.title, sentences=(self._last_line().strip(),), bar=self.bar)

    @property
    def aside(self) -> str:
        """What does not count, in a few words; "" when there is nothing of the kind."""
        parts = [f"{len(self.accepted)} accepted"] if self.accepted else []
        parts += [f"{counted(self.left_out)} left out by --promise {self.promise}"] if self.left_out else []
        return "; ".join(parts)

    def _accepted_lines(self) -> str:
        return "".join(f"{accepted(each, entry.reason, _day(entry), entry.at)}\n" for each, entry in self.accepted)

    def _last_line(self) -> str:
        tally = sum((each.tally for each in self.outcomes), Tally())
        fates = [f"{tally.safe} proved safe", f"{tally.broken} broken", f"{tally.unproved} unproved"]
        if tally.free:
            fates.insert(1, f"{tally.free} safe but for fields that only one version names")
        documents = f" in {len(self.outcomes)} documents" if len(self.outcomes) > 1 else ""
        only = f"; {tally.one_sided} are in one version only" if tally.one_sided else ""
        said = "; ".join(each for each in (f"{counted(self.shown)}{documents}", self.aside) if each)
        return f"{said}. Positions compared: {tally.compared} ({', '.join(fates)}){only}.\n"

    def _json(self) -> str:
        told = [as_value(each) for each in self.shown]
        told += [
            {**as_value(each), "accepted": entry.reason, "until": _day(entry), "entry": entry.at}
            for each, entry in self.accepted
        ]
        return json.dumps(told, indent=2) + "\n"


def _day(entry: Entry) -> str:
    return entry.until.isoformat() if entry.until else ""


def _written(entry: Entry) -> str:
    return f"{entry.at}, until {_day(entry)}" if entry.until else entry.at
