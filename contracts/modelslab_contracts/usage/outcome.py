"""Recorded calls replayed against both versions: what was accepted and is refused, and the other way round; answers, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..exchange import Exchange
from ..findings import Finding
from ..lint_subject import Subject
from .service import Service
from .touch import touches
from .used import ACCEPTED, ANSWER, REFUSED, Couple, Used

IN_THEORY = "in theory"


@dataclass(frozen=True)
class Usage:
    """All recorded calls of OLD, and how many exchanges were none."""

    calls: tuple[Used, ...]
    strays: int

    def findings(self) -> Iterator[Finding]:
        """One finding for each cause for which calls change their outcome: the first of them, and how many there are."""
        causes: dict[tuple[str, ...], list[tuple[Used, Finding]]] = {}
        for each in self.calls:
            told = [(REFUSED, why) for why in each.after] if each.change == REFUSED else []
            told += [(ACCEPTED, why) for why in each.before] if each.change == ACCEPTED else []
            for rule, why in [*told, *((ANSWER, why) for why in each.no_longer)]:
                causes.setdefault((rule, each.old_at.name, why.where, why.expected), []).append((each, why))
        for (rule, *_), same in causes.items():
            used, why = same[0]
            where = f"{used.file} #{used.exchange.n} {used.exchange.method} {used.exchange.path}: {why.where or '(root)'}"
            count = f"{len(same)} recorded calls" if len(same) > 1 else ""
            yield Finding(rule, where, why.expected, why.got, why.source, count)

    def marked(self, finding: Finding, elsewhere: Sequence[Finding] = ()) -> tuple[Finding, bool]:
        """A finding of the differ with how many calls touch it, here or where else it holds, and whether any does.

        As it is where that cannot be told.
        """
        told = [{touches(call, each) for each in (finding, *elsewhere)} for call in self.calls]
        count = sum(True in each for each in told)
        if not told or (not count and any(None in each for each in told)):
            return finding, True
        calls = f"{len(told)} recorded call{'s' if len(told) > 1 else ''}"
        says = f"touched by {count} of {calls}" if count else f"{IN_THEORY}: none of {calls} touches it"
        return finding._replace(hint=f"{finding.hint}; {says}" if finding.hint else says), bool(count)

    @property
    def summary(self) -> str:
        """What became of the calls, in one line."""
        if not self.calls:
            return f"Usage: none of {self.strays} recorded exchanges is a call of the old version."
        changes = [each.change for each in self.calls]
        counts: Mapping[str, int] = {
            "accepted or refused as before": changes.count(""),
            "refused now": changes.count(REFUSED),
            "accepted now": changes.count(ACCEPTED),
            "with an answer that is not allowed any more": sum(bool(each.no_longer) for each in self.calls),
        }
        said = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
        strays = f"; {self.strays} other exchange{'s' if self.strays > 1 else ''}" if self.strays else ""
        calls = f"{len(self.calls)} recorded call{'s' if len(self.calls) > 1 else ''}"
        return " ".join([f"Usage: {calls}: {said}{strays}.", *self._moves()])

    def _moves(self) -> Iterator[str]:
        """For each call that is another one in the new version, how many of its payloads survive that."""
        moved: dict[tuple[str, str], list[Used]] = {}
        for each in self.calls:
            if each.new_at is not None and each.has_moved and not each.before:
                moved.setdefault((each.old_at.path, each.new_at.path), []).append(each)
        for (was, is_), calls in moved.items():
            kept = sum(not each.after for each in calls)
            yield f"{kept} of {len(calls)} payloads of {was} survive the move to {is_}."


def usage_of(recorded: Iterable[tuple[str, Sequence[Exchange]]], couples: Iterable[tuple[Subject, Subject]]) -> Usage:
    """Recordings, each with its name, under couples of documents."""
    services = [Couple(Service(old), Service(new)) for old, new in couples]
    calls, strays = list[Used](), 0
    for file, exchanges in recorded:
        for n, exchange in enumerate(exchanges, 1):
            couple = _couple_of(exchange, services)
            if couple is None:
                strays += 1
                continue
            at = couple.old.find(exchange)
            assert at is not None
            calls.append(Used(file, exchange._replace(n=n), couple, at, couple.new.partner(couple.old, at)))
    return Usage(tuple(calls), strays)


def _couple_of(exchange: Exchange, services: Iterable[Couple]) -> Couple | None:
    """The couple to whose old version an exchange belongs: one that selects it goes before one that takes whatever comes."""
    default: Couple | None = None
    for each in services:
        at = each.old.find(exchange)
        if at is not None:
            selected = each.old.selects(at, exchange)
            if selected:
                return each
            if default is None and selected is not False:
                default = each
    return default
