"""From a drawn case that breaks a rule to the simplest one that still does, and to its cause.

One thing at a time is put back to its default for as long as the rule stays broken. Then every reduced case is played twice
more: what does not come back both times is flaky and no finding. Its cause is what is changed last: the smallest change of the
story with which the rule is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from ..findings import Finding
from ..story import Story, StoryError, as_json, as_sentence, story_of
from .orders import Asked
from .rules import client_rules
from .run import Run
from .sweep import Case, Player
from .trim import bare_request, siblings, simpler_requests, simpler_values, weight

#: Runs that one rule may cost beyond the sweep.
MAX_RUNS = 60
_TWICE = 2


class Reduced(NamedTuple):
    """The simplest case that was found. `again` are the runs of its repetitions; it `is_flaky` when one of them kept the rule,
    and then `again` begins with the run that broke it.

    `explained_by` is the rule whose breach explains it: the same client breaks it in a simpler story of the same kind.
    """

    run: Run
    finding: Finding
    beside: tuple[str, ...]
    is_flaky: bool
    again: tuple[Run, ...]
    cause: str
    explained_by: str


class _Reducer:
    """One rule's reduction. `budget` is how many more runs it may cost."""

    def __init__(self, player: Player, rule: str, budget: int) -> None:
        self.player = player
        self.rule = rule
        self.budget = budget

    def played(self, story: Story, asked: Asked) -> tuple[Run | None, Finding | None, tuple[str, ...]]:
        """The run, the finding when the rule is broken in it, and which other rules are."""
        self.budget -= 1
        judged = self.player.judged(story, asked)
        if isinstance(judged, str):
            return None, None, ()
        run, judgement = judged
        found = next((each for each in judgement.findings if each.rule == self.rule), None)
        others = tuple(dict.fromkeys(each.rule for each in (*judgement.findings, *judgement.shadows) if each.rule != self.rule))
        return run, found, others

    def broken(self, story: Story, asked: Asked) -> tuple[Case | None, tuple[str, ...]]:
        """The case, when the rule is broken in it, and which other rules are."""
        run, found, others = self.played(story, asked)
        return (Case(run, found) if run is not None and found is not None else None), others

    def simplest(self, case: Case) -> Case:
        """Put one thing after the other back, as long as the rule stays broken and there is budget."""
        while self.budget > 0:
            simpler = next(self._simpler(case), None)
            if simpler is None:
                return case
            case = simpler
        return case

    def _simpler(self, case: Case) -> Iterator[Case]:
        run = case.run
        required = frozenset(each.name for each in run.endpoint.fields if each.required)
        bare = bare_request(run.asked, run.endpoint)
        tried = set[str]()
        for story, asked in (
            (run.story, bare),
            *((story, run.asked) for story in _stories(simpler_values(as_json(run.story)))),
            *((run.story, asked) for asked in simpler_requests(run.asked, required, bare.request)),
        ):
            told = f"{as_json(story)} {asked.request} {asked.later}"
            is_no_simpler = (weight(story, asked), _odd(asked, bare)) >= (case.weight, _odd(run.asked, bare))
            if self.budget <= 0 or told in tried or is_no_simpler:
                continue
            tried.add(told)
            found, _ = self.broken(story, asked)
            if found is not None:
                yield found

    def cause(self, case: Case) -> str:
        """With which smallest change the rule is kept, as a clause; "" when no single change does."""
        told = as_json(case.run.story)
        for what, story in _changed(told):
            if self.budget <= 0:
                break
            found, _ = self.broken(story, case.run.asked)
            if found is None:
                return what
        return ""

    def explained_by(self, case: Case) -> str:
        """Another rule, declared to explain this one, that is broken in a case with one thing less."""
        masks = client_rules()[self.rule].masked_by
        if not masks:
            return ""
        told = as_json(case.run.story)
        for story in _stories(chain(simpler_values(told), siblings(told))):
            if self.budget <= 0:
                break
            _, others = self.broken(story, case.run.asked)
            if explains := next((each for each in masks if each in others), None):
                return explains
        return ""


def reduce(player: Player, case: Case, max_runs: int = MAX_RUNS) -> Reduced:
    """The simplest case of the finding's rule, played again, with its cause."""
    reducer = _Reducer(player, case.finding.rule, max_runs)
    simplest = reducer.simplest(case)
    before, beside, kept, runs = simplest.run, tuple[str, ...](), False, list[Run]()
    for _ in range(_TWICE):
        run, found, beside = reducer.played(before.story, before.asked)
        runs += [run] if run is not None else []
        if run is not None and found is not None:
            simplest = Case(run, found)
        else:
            kept = True
    if kept:
        return Reduced(simplest.run, simplest.finding, beside, True, (before, *runs), "", "")
    reducer.budget = max(reducer.budget, max_runs // 2)
    explained = reducer.explained_by(simplest)
    cause = "" if explained else reducer.cause(simplest)
    return Reduced(simplest.run, simplest.finding, beside, False, tuple(runs), cause, explained)


def _odd(asked: Asked, bare: Asked) -> int:
    """How many members that every request has are other than in the simplest one."""
    return sum(asked.request.get(name) != value for name, value in bare.request.items())


def _stories(values: Iterator[Any]) -> Iterator[Story]:
    for value in values:
        try:
            yield story_of(value)
        except StoryError:
            continue


def _changed(told: Mapping[str, Any]) -> Iterator[tuple[str, Story]]:
    """Stories with one word exchanged for another, then with one thing less: each with what was changed, in words."""
    before = as_sentence(story_of(told))
    for value in (*siblings(told), *simpler_values(told)):
        try:
            story = story_of(value)
        except StoryError:
            continue
        if (after := as_sentence(story)) != before:
            yield _difference(before, after), story


def _difference(before: str, after: str) -> str:
    """Which clauses of a story's sentence are others now."""
    old, new = before.split("; "), after.split("; ")
    gone = [each for each in old if each not in new]
    come = [each for each in new if each not in old]
    if not come:
        return f'without "{"; ".join(gone)}"'
    return f'if "{"; ".join(come)}"' + (f' in place of "{"; ".join(gone)}"' if gone else "")
