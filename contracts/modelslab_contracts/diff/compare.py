"""Two versions of a document compared: findings in the order of the old one, and how much was compared at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ..findings import Finding, Severity
from ..lint_openapi import references
from ..lint_subject import Subject
from .clauses import Search
from .envelope import Change, changes
from .rules import Told, told
from .sets import Comparison
from .unseen import Unseen, unseen
from .view import Version
from .walk import REQUEST, Position, walk


class Tally(NamedTuple):
    """What became of the positions. `free`: safe but for fields that only one version names; `one_sided`: only one has it."""

    safe: int = 0
    free: int = 0
    broken: int = 0
    unproved: int = 0
    one_sided: int = 0

    def __add__(self, other: object) -> Tally:  # counts are added, not joined
        """Both together."""
        return Tally(*(one + two for one, two in zip(self, other, strict=True))) if isinstance(other, Tally) else NotImplemented

    @property
    def compared(self) -> int:
        """How many positions both documents have."""
        return self.safe + self.free + self.broken + self.unproved


class Outcome(NamedTuple):
    """The findings of a comparison and how much was compared."""

    findings: list[Finding]
    tally: Tally


def compare(old: Subject, new: Subject) -> Outcome:
    """What a client of `old` meets when the server speaks `new`."""
    before, after = Version(old), Version(new)
    found = [*_not_followed(before), *_not_followed(after)]
    found += [_of_change(each, before, after) for each in changes(before, after)]
    counts: Counter[str] = Counter()
    comparison = Comparison(before.source, after.source)
    searches = {True: Search(comparison, before, after), False: Search(comparison, after, before)}
    for position in walk(old, new):
        if position.old is None or position.new is None:
            counts["one_sided"] += 1
            continue
        asks = position.side == REQUEST
        pair = (position.old, position.new) if asks else (position.new, position.old)
        seen = list(told(searches[asks].causes(*pair), position.side, position.where, before, after))
        counts[_fate([each.finding for each in seen])] += 1
        taken = {each.at for each in seen}
        quiet = unseen(before, after, position.old, position.new, position.side)
        found += seen
        found += [_of_unseen(each, position, before, after) for each in quiet if not each.is_lost or each.at not in taken]
    return Outcome(_once(found), Tally(**counts))


def _fate(found: list[Finding]) -> str:
    if any(each.severity is Severity.ERROR for each in found):
        return "broken"
    if any(each.rule.endswith("-unproved") for each in found):
        return "unproved"
    return "free" if found else "safe"


def _of_change(change: Change, old: Version, new: Version) -> Told:
    then, there = (place[0] if place else None for place in change.pair)
    before = "" if then is None else old.place(then)
    after = "" if there is None else new.place(there)
    finding = Finding(f"diff/{change.rule}", f"{after or before} {change.where}", "", change.says, before if after else "")
    return Told(finding, change.where, then or "", there or "")


def _of_unseen(each: Unseen, position: Position, old: Version, new: Version) -> Told:
    where = f"{new.place(each.new)} {position.where} {each.at}".rstrip()
    return Told(Finding(f"diff/{each.rule}", where, each.was, each.became, old.place(each.old)), each.at, each.old, each.new)


def _not_followed(version: Version) -> Iterator[Told]:
    for problem in references(version.subject):
        says = f"the reference was not followed ({problem.got}), so nothing behind it was compared"
        where = f"{version.place(problem.pointer)} {problem.pointer}"
        yield Told(Finding("diff/reference-not-followed", where, "", says, ""), where, "", "")


def _once(found: list[Told]) -> list[Finding]:
    """One finding for each root cause: what several positions refer to is told of once, where its name comes first.

    The first by name, not by order: so a finding keeps its place, and with it its fingerprint, when a document is reordered.
    """
    kept: dict[tuple[str, ...], Finding] = {}
    more: Counter[tuple[str, ...]] = Counter()
    for finding, *same in found:
        key = (finding.rule, finding.expected, finding.got, *same)
        more[key] += key in kept
        kept[key] = min(kept.get(key, finding), finding, key=_name_of_place)
    return [_with_places(each, more[key]) for key, each in kept.items()]


def _name_of_place(finding: Finding) -> str:
    return finding.where.partition(" ")[2]


def _with_places(finding: Finding, more: int) -> Finding:
    if not more:
        return finding
    says = f"the same in {more} more place{'s' if more > 1 else ''}"
    return finding._replace(hint=f"{finding.hint}; {says}" if finding.hint else says)
