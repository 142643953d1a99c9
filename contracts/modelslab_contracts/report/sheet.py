"""Everything that one report tells: its findings, and what stands around them where a form has a place for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ..accepted import Entry
from ..findings import Finding, Severity
from ..place import Place, place_of

#: What an accepted finding is called in place of its severity.
ACCEPTED = "accepted"


class Fact(NamedTuple):
    """One thing more about a finding: a text, or lines. `is_literal`: every character of it counts."""

    label: str
    text: str | tuple[str, ...]
    is_literal: bool = False


class Item(NamedTuple):
    """A rule that was kept, or could not be tried: its id, where, and why."""

    rule: str
    where: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A finding. `accepted` is the entry that says why it does not count; one that `is_moot` does not count either, as its hint
    says. What else is known is told where there is room for it: before what had to be and what came, or after it.
    """

    finding: Finding
    accepted: Entry | None = None
    before: tuple[Fact, ...] = ()
    after: tuple[Fact, ...] = ()
    is_moot: bool = False

    @property
    def label(self) -> str:
        """The word for how bad it is."""
        return ACCEPTED if self.accepted else self.finding.severity.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A report. `title` is the command, `head` the whole of it in a sentence, `sentences` a few more; `home` is the place of
    what was checked, for findings that have none of their own. `flaky` was found once and not again;
    from the `bar` on, findings fail, and none does without one.
    """

    rows: tuple[Row, ...] = ()
    title: str = "modelslab-mock"
    head: str = ""
    sentences: tuple[str, ...] = ()
    verified: tuple[Item, ...] = ()
    unverified: tuple[Item, ...] = ()
    flaky: tuple[Row, ...] = ()
    home: Place | None = None
    bar: Severity | None = Severity.ERROR

    @property
    def counting(self) -> list[Finding]:
        """The findings that count."""
        return [each.finding for each in self.rows if not each.accepted]

    @property
    def counts(self) -> str:
        """How many there are of each severity, and how many are accepted."""
        known = len(self.rows) - len(self.counting)
        said = [counted(self.counting)] if self.counting or not known else []
        return ", ".join([*said, f"{known} {ACCEPTED}"] if known else said)

    def fails(self, row: Row) -> bool:
        """Whether a row makes the check fail; what is said of entries of accepted findings never does."""
        finding = row.finding
        is_bad = self.bar is not None and finding.severity >= self.bar
        return is_bad and not row.accepted and not row.is_moot and not finding.rule.startswith("accepted/")

    def place(self, row: Row) -> Place | None:
        """The file and line of a row, where there are any."""
        return place_of(row.finding) or self.home


#: What every form takes: a sheet, or findings alone.
Told = Sheet | Iterable[Finding]


def sheet_of(told: Told) -> Sheet:
    """Findings as the sheet that holds nothing else."""
    return told if isinstance(told, Sheet) else Sheet(rows=tuple(map(Row, told)))


def counted(findings: Iterable[Finding]) -> str:
    """How many there are of each severity, worst first; "no findings" for none."""
    counts = Counter(each.severity for each in findings)
    said = [f"{counts[each]} {each.label}{'s' if counts[each] > 1 else ''}" for each in reversed(Severity) if counts[each]]
    return ", ".join(said) or "no findings"
