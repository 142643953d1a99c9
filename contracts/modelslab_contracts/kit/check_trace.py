"""Judge a recording: what its requests break of a contract, and what its answers break, by the rules of a server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..exchange import Exchange
from ..findings import RULES, Finding
from ..profiles import PROFILES
from .levels import LEVELS, level_of, within
from .road import Find, Road, Said, roads
from .server_judge import judge_road
from .server_rule import Seen, server_rules

_BY_THE_SERVER = "server/accepts-what-the-contract-refuses"


@dataclass(frozen=True, slots=True)
class TraceFinding:
    """One root cause: a rule, the first place where it is broken, and how often it is."""

    finding: Finding
    said: Said
    times: int

    @property
    def level(self) -> str:
        """must, should or may."""
        return level_of(self.finding.severity)

    @property
    def sentence(self) -> str:
        """The rule as one sentence."""
        return RULES[self.finding.rule].sentence


@dataclass(frozen=True, slots=True)
class TraceReport:
    """What came of judging a recording. `calls` counts its exchanges by contract, `strays` are those of none; `exercised`
    counts, by rule of a server, the jobs in which it could be judged.
    """

    name: str
    profile: str
    level: str
    findings: tuple[TraceFinding, ...]
    calls: Mapping[str, int]
    jobs: int
    strays: tuple[Exchange, ...]
    exercised: Mapping[str, int]

    @property
    def verified(self) -> tuple[str, ...]:
        """Rules of a server at or above the level that were exercised and never broken."""
        broken = {each.finding.rule for each in self.findings}
        return tuple(each for each in self._rules() if self.exercised.get(each) and each not in broken)

    @property
    def not_verified(self) -> Mapping[str, str]:
        """Rules at or above the level that no job exercised, each with the reason."""
        rules = server_rules()
        return {
            each: f"in no job was it true that {rules[each].guard}" for each in self._rules() if not self.exercised.get(each)
        }

    @property
    def exit_code(self) -> int:
        """0 fine; 1 findings; 5 nothing in it belongs to a contract."""
        return 1 if self.findings else 0 if self.calls else 5

    def _rules(self) -> list[str]:
        return [each.id for each in server_rules().values() if within(each.level, self.level)]


def check_trace(
    name: str, exchanges: Iterable[Exchange], find: Find, *, profile: str = "documented", level: str = "must"
) -> TraceReport:
    """Judge exchanges, oldest first; `find` says which calls of which contracts a path is.

    They are told by their place in the recording: numbers of a journal count by sandbox, and other kinds have none.
    """
    placed = [each._replace(n=place) for place, each in enumerate(exchanges, 1)]
    traced = roads(placed, find, PROFILES[profile])
    exercised, seen = Counter[str](), list[Seen]()
    for road in traced.roads:
        judged = judge_road(road)
        exercised.update(judged.exercised)
        seen += [*_of_requests(road, {each.finding.rule for each in judged.findings}), *judged.findings]
    calls = Counter(step.endpoint.name for road in traced.roads for step in road.steps)
    found = sorted(_by_cause(seen, level), key=lambda each: LEVELS.index(each.level))
    return TraceReport(name, profile, level, tuple(found), calls, len(traced.roads), traced.strays, exercised)


def _of_requests(road: Road, broken: set[str]) -> Iterator[Seen]:
    """What is wrong with the requests of a road, unless a server that takes them is told of it already."""
    for step in road.steps:
        noticed = step.read.noticed if step.read else ()
        problems = () if step is road.submit and _BY_THE_SERVER in broken else step.problems
        yield from (Seen(each, step) for each in (*problems, *noticed))


def _by_cause(seen: Iterable[Seen], level: str) -> Iterator[TraceFinding]:
    first: dict[tuple[str, ...], Seen] = {}
    times: Counter[tuple[str, ...]] = Counter()
    for each in seen:
        cause: tuple[str, ...] = (each.finding.rule, each.said.endpoint.name, each.said.call.kind, each.finding.where)
        first.setdefault(cause, each)
        times[cause] += 1
    for same, (finding, said) in first.items():
        if within(level_of(finding.severity), level):
            yield TraceFinding(finding, said, times[same])
