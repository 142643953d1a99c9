"""Refusals that move between a status of their own and that of a success: one finding for each, whatever it consists of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from .clauses import Search
from .envelope import Change
from .renames import Sight
from .rules import Told
from .sets import Breaking, Comparison, Safe
from .statuses import is_success
from .unchanged import Unchanged
from .walk import RESPONSE, Answer, Call, Pair, Position, Standing, Walker


class _Move(NamedTuple):
    row: str
    call: str
    where: str
    statuses: tuple[str, ...]
    schema: Any
    pair: Pair


class Moves:
    """The refusals of two documents that moved, and the findings that they explain."""

    def __init__(self, sight: Sight, comparison: Comparison, walker: Walker, calls: Iterable[Call]) -> None:
        self._sight, self._walker = sight, walker
        alone = (sight.old, sight.new)
        self._alone = [Search(comparison, each, each, Unchanged(each.subject, each.subject)) for each in alone]
        self._found = [move for call in calls if None not in call.operation for move in self._of(call)]
        self._hints: dict[int, str] = {}

    def kept(self, changes: Iterable[Change]) -> Iterator[Change]:
        """The changes of an envelope but for statuses that a move explains."""
        gone = {f"{each.call} {status}" for each in self._found for status in each.statuses}
        yield from (each for each in changes if not (each.where in gone and each.rule.startswith("error-status-")))

    def shown(self, position: Position, found: Iterable[Told]) -> Iterator[Told]:
        """What is told of a position but for what a move explains, whose witness it keeps."""
        for each in found:
            by = next((number for number, move in enumerate(self._found) if self._explains(move, position, each)), None)
            if by is None:
                yield each
            else:
                self._hints.setdefault(by, each.finding.hint)

    def changes(self) -> Iterator[Change]:
        """The moves themselves."""
        for number, each in enumerate(self._found):
            said, there = " and ".join(each.statuses), each.where.rpartition(" ")[2]
            was, became = (said, there) if each.row == "error-moved-to-success-status" else (there, said)
            hint = self._hints.get(number, "")
            yield Change(each.row, each.where, each.pair, f"one with status {became}", f"a refusal with status {was}", hint)

    def _explains(self, move: _Move, position: Position, each: Told) -> bool:
        if not position.where.startswith(f"{move.where} ") or position.side != RESPONSE or each.cause is None:
            return False
        verdict = each.cause.verdict
        inside = self._sight.back.inside({"const": verdict.witness}, move.schema) if isinstance(verdict, Breaking) else None
        return move.row == "error-moved-to-success-status" and isinstance(inside, Safe)

    def _of(self, call: Call) -> Iterator[_Move]:
        """The refusals of a call that are only on one side, and that a success holds on the other side only."""
        answers = list(self._walker.answers(call.operation))
        for both in answers:
            if not is_success(both.status) or None in both.pair:
                continue
            one, other = self._schema(Pair(both.pair.old, None)), self._schema(Pair(None, both.pair.new))
            for index, row in enumerate(("error-moved-to-success-status", "error-moved-to-error-status")):
                apart = [each for each in answers if self._is_apart(each, index)]
                moved = [each for each in apart if self._moved(each, index, one, other)]
                if moved:
                    first = moved[0].pair[index]
                    pair = Pair(first, both.pair.new) if index == 0 else Pair(both.pair.old, first)
                    yield _Move(row, call.name, f"{call.name} {both.status}", tuple(each.status for each in moved),
                                self._schema(moved[0].pair), pair)  # fmt: skip

    def _is_apart(self, answer: Answer, index: int) -> bool:
        return answer.status[:1] in "45" and answer.pair[index] is not None and answer.pair[1 - index] is None

    def _moved(self, answer: Answer, index: int, one: Any, other: Any) -> bool:
        """Whether what was answered with a status of its own is in a success now, and was not before; or the reverse."""
        schema = self._schema(answer.pair)
        if schema is None or one is None or other is None:
            return False
        if index == 0:
            across, within = self._sight.there.inside(schema, other), self._alone[0].inside(schema, one)
        else:
            across, within = self._sight.back.inside(schema, one), self._alone[1].inside(schema, other)
        return isinstance(across, Safe) and isinstance(within, Breaking)

    def _schema(self, pair: Pair) -> Any:
        """The schema of an answer, in its first media type; None where it says nothing."""
        found = (each.schema for _, media in self._walker.media(pair) for each in _standing(media))
        return next((each for each in found if each not in (True, {})), None)


def _standing(pair: Pair) -> Iterator[Standing]:
    for place in pair:
        if place and "schema" in place[1]:
            yield Standing(f"{place[0]}/schema", place[1]["schema"])
