"""Play many drawn stories to one client, without shrinking, and count: what was exercised, what was found, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Any

from ..endpoint import Endpoint
from ..findings import Finding
from ..story import Story
from .judge import judge
from .judgement import Judgement
from .orders import Asked
from .outcome import outcome_of, printed_in
from .run import POLLS, Capabilities, Run
from .stage import Crowd, CrowdedStage, Gone, NotJudged, Played, Stage
from .trim import weight

#: `generate(base_url, key, request)`: returns pictures as addresses or bytes (or an awaitable of them), or raises.
Generate = Callable[[str, str, Mapping[str, Any]], Any]
#: Visits one case; what it returns says whether to go on.
Visit = Callable[[Story, Asked], bool]
#: Visits cases, one after the other, for as long as a visit says to go on.
Draw = Callable[[Visit], None]
#: Examples kept of a rule: the simplest ones, from which reduction begins.
_KEPT = 3
_KEPT_TROUBLE = 5
NO_LIST = "generate must return the pictures' addresses or bytes as a list, or raise; what it returned was never that"


@dataclass(frozen=True, slots=True)
class Case:
    """One run that broke a rule, and the finding."""

    run: Run
    finding: Finding

    @property
    def weight(self) -> int:
        """How far from boring it is."""
        return weight(self.run.story, self.run.asked)


@dataclass(slots=True)
class Swept:
    """What a sweep counted. `cases` are the simplest of each broken rule; `trouble` is what could not be judged, and why;
    `unsteady` holds, by rule, a case that was not broken when it was played again at once, and that second run.
    """

    played: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    exercised: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    shadowed: Counter[str] = field(default_factory=Counter)
    cases: dict[str, list[Case]] = field(default_factory=dict)
    beside: dict[str, Counter[str]] = field(default_factory=dict)
    trouble: Counter[str] = field(default_factory=Counter)
    unsteady: dict[str, tuple[Case, Run]] = field(default_factory=dict)

    def take(self, run: Run, judgement: Judgement[Finding]) -> None:
        """Count one judged run."""
        self.played += run.asked.is_from_one
        self.outcomes[run.outcome.kind] += run.asked.is_from_one
        self.exercised.update(judgement.exercised)
        self.shadowed.update({each.rule for each in judgement.shadows})
        rules = {each.rule for each in judgement.findings}
        self.broken.update(rules)
        for finding in judgement.findings:
            kept = self.cases.setdefault(finding.rule, [])
            kept.append(Case(run, finding))
            kept.sort(key=lambda each: each.weight)
            del kept[_KEPT:]
            self.beside.setdefault(finding.rule, Counter()).update(rules - {finding.rule})


@dataclass(frozen=True, slots=True)
class Player:
    """One client on one stage: plays a story to it and judges what came of it."""

    generate: Generate
    endpoint: Endpoint
    stage: Stage
    capabilities: Capabilities = POLLS
    profile: str = "documented"

    def run(self, story: Story, asked: Asked) -> Run | str:
        """The run; or one sentence on why there is none to judge."""

        def act(base_url: str, key: str) -> Any:
            return self.generate(base_url, key, dict(asked.request))

        if asked.is_from_one:
            played = self.stage.play(story, act)
        else:
            assert isinstance(self.stage, CrowdedStage), "asked of a stage that has no room for it"
            played = self.stage.play_to(story, act, Crowd(asked.later, asked.left_after, self.is_async))
        if isinstance(played.raised, Gone):
            raise played.raised
        if played.trouble or isinstance(played.raised, NotJudged):
            return played.trouble or str(played.raised)
        return self._run(story, asked, played)

    def _run(self, story: Story, asked: Asked, played: Played) -> Run:
        return Run(
            self.endpoint, asked, story, played.sandbox, played.host, played.key, played.exchanges, outcome_of(played),
            played.began, played.ended, self.capabilities, self.profile,
            tuple(self._run(story, asked, each) for each in played.others), played.is_async, played.blocked_s,
            played.vendor_hosts, played.told, printed_in(played),
        )  # fmt: skip

    @property
    def is_async(self) -> bool:
        """Whether the client is a coroutine function, or an object that is called like one."""
        return iscoroutinefunction(self.generate) or iscoroutinefunction(getattr(self.generate, "__call__", None))  # noqa: B004

    def can_be_asked(self, asked: Asked) -> bool:
        """Whether this client, on this stage, can be asked so: several at once, or by one who goes away (coroutines only)."""
        if asked.is_from_one:
            return True
        return isinstance(self.stage, CrowdedStage) and (asked.left_after is None or self.is_async)

    def judged(self, story: Story, asked: Asked, only: Collection[str] | None = None) -> tuple[Run, Judgement[Finding]] | str:
        """The run with what of it is broken."""
        run = self.run(story, asked)
        return run if isinstance(run, str) else (run, judge(run, only))


def steady(player: Player, swept: Swept, run: Run, judgement: Judgement[Finding]) -> Judgement[Finding]:
    """The judgement without findings of rules that are broken here for the first time and not when it is played again."""
    new = {each.rule for each in judgement.findings if each.rule not in swept.broken}
    if not new:
        return judgement
    again = player.judged(run.story, run.asked)
    if isinstance(again, str):
        return judgement._replace(findings=())
    kept = {each.rule for each in again[1].findings}
    for finding in judgement.findings:
        if finding.rule in new - kept:
            swept.unsteady.setdefault(finding.rule, (Case(run, finding), again[0]))
    return judgement._replace(findings=tuple(each for each in judgement.findings if each.rule not in new - kept))


def sweep(player: Player, draw: Draw, until: str = "") -> Swept:
    """Play everything that `draw` draws; or only until the rule `until` is broken."""
    swept = Swept()

    def visit(story: Story, asked: Asked) -> bool:
        if not player.can_be_asked(asked):
            return True
        judged = player.judged(story, asked)
        if isinstance(judged, str):
            if not asked.is_from_one:
                return True  # it is no story of its own
            swept.trouble[judged] += 1
            return len(swept.trouble) < _KEPT_TROUBLE
        swept.take(judged[0], steady(player, swept, *judged))
        return until not in swept.broken

    draw(visit)
    if swept.outcomes["odd"] > 1 and not swept.outcomes["images"]:
        # Nothing that it returns can be understood: that is a mistake in the hand-over, and no rule's business.
        return Swept(played=swept.played, trouble=Counter({NO_LIST: swept.outcomes["odd"]}))
    return swept
