"""Two versions of a document compared: findings in the order of the old one, and how much was compared at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..findings import Finding, Severity
from ..lint_openapi import references
from ..lint_subject import Subject
from .calls import calls
from .clauses import Search
from .drift import is_example_new
from .envelope import Change, changes
from .errors import Moves
from .jobs import Jobs
from .renames import Sight
from .retold import retold
from .rules import Told, told
from .service import not_raised, service
from .sets import Comparison
from .unchanged import Unchanged
from .unseen import Unseen, unseen
from .view import Version
from .walk import REQUEST, Call, Position, Walker, walk


class Tally(NamedTuple):
    """What became of the positions. `free`: safe but for fields that only one version names; `one_sided`: only one has it.

    `retold` counts words for people that are others: they are no findings.
    """

    safe: int = 0
    free: int = 0
    broken: int = 0
    unproved: int = 0
    one_sided: int = 0
    retold: int = 0

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
    comparison = Comparison(before.source, after.source)
    unchanged = Unchanged(old, new)
    there, back = Search(comparison, before, after, unchanged), Search(comparison, after, before, unchanged)
    sight = Sight(before, after, there, back)
    walker, known = Walker(old, new), calls(before, after)
    positions = list(walk(old, new, known))
    moves, jobs = Moves(sight, comparison, walker, known), Jobs(before, after, known)

    of_documents = [*_not_followed(before), *_not_followed(after)]
    of_calls = [*moves.kept(changes(walker, known)), *service(before, after, known), *jobs.changes(positions)]
    counts: Counter[str] = Counter()
    of_values: list[Told] = []
    for position in positions:
        if position.old is None or position.new is None:
            counts["one_sided"] += 1
            continue
        is_same = unchanged.is_same(position.old, position.new) and not is_example_new(sight, position.old, position.new)
        fate, found = ("safe", []) if is_same else _position(sight, position)
        counts[fate] += 1
        of_values += moves.shown(position, [jobs.told(each, position) for each in _without_moved(found, position, known)])
    of_calls += moves.changes()
    found = of_documents + [_of_change(each, before, after) for each in of_calls] + of_values
    breaks = any(each.finding.severity is Severity.ERROR for each in found)
    found += [_of_change(each, before, after) for each in not_raised(before, after, breaks=breaks)]
    return Outcome(_once(found), Tally(**counts, retold=retold(old, new)))


def _position(sight: Sight, position: Position) -> tuple[str, list[Told]]:
    """What became of one position, and all that is told of it."""
    assert position.old is not None
    assert position.new is not None
    asks = position.side == REQUEST
    search, pair = (sight.there, (position.old, position.new)) if asks else (sight.back, (position.new, position.old))
    seen = list(told(search.causes(*pair), position.side, position.where, sight.old, sight.new))
    fate = _fate([each.finding for each in seen])
    taken = {each.at for each in seen}
    quiet = list(unseen(sight, position.old, position.new, position.side))
    instead = {at: each for each in quiet for at in each.instead}
    kept = [each for each in seen if not (each.at in instead and each.kind in ("required", "undeclared", "closed"))]
    shown = {
        id(instead[each.at]): each.finding.hint for each in reversed(seen) if each not in kept and each.kind != "undeclared"
    }
    lasting = (each for each in quiet if not each.is_lost or each.at not in taken)
    kept += [_of_unseen(each, position, sight, shown.get(id(each), "")) for each in lasting]
    return fate, kept


def _without_moved(found: list[Told], position: Position, known: list[Call]) -> Iterator[Told]:
    """What is told of a position, but for the field that the call's move has told of."""
    field = next((each.moved_field for each in known if each.name == position.call), "")
    yield from (each for each in found if not (field and position.side == REQUEST and each.at == f"/{field}"))


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
    where = f"{after or before} {change.where}"
    finding = Finding(f"diff/{change.rule}", where, change.was, change.says, before if after else "", change.hint)
    return Told(finding, change.where, then or "", there or "")


def _of_unseen(each: Unseen, position: Position, sight: Sight, hint: str) -> Told:
    row = each.spoken
    where = f"{sight.new.place(row.new)} {position.where} {each.at}".rstrip()
    finding = Finding(f"diff/{row.rule}", where, row.was, row.became, sight.old.place(row.old), row.hint or hint)
    return Told(finding, each.at, row.old, row.new)


def _not_followed(version: Version) -> Iterator[Told]:
    for problem in references(version.subject):
        says = f"the reference was not followed ({problem.got}), so nothing behind it was compared"
        where = f"{version.place(problem.pointer)} {problem.pointer}"
        yield Told(Finding("diff/reference-not-followed", where, "", says, ""), where, "", "")


def _once(found: Iterable[Told]) -> list[Finding]:
    """One finding for each root cause: what several positions refer to is told of once, where its name comes first.

    The first by name, not by order: so a finding keeps its place, and with it its fingerprint, when a document is reordered.
    """
    kept: dict[tuple[str, ...], Finding] = {}
    more: Counter[tuple[str, ...]] = Counter()
    for each in found:
        finding = each.finding
        at = each.at.rpartition("/")[2]  # reached this way or that
        key = (finding.rule, finding.expected, finding.got, at, each.old, each.new)
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
