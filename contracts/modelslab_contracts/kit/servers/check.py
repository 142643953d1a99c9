"""Check a server: send the whole budget, group by cause, reduce each, and report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...contract import endpoints
from ...endpoint import Endpoint
from ...nearest import did_you_mean
from ...profiles import PROFILES
from ..levels import LEVELS, within
from ..orders import Asked
from .budget import Budget
from .drive import Driver
from .line import Line
from .probes import MEANS, SPELLINGS, Probe, probes_of
from .reduce import Reduced, reduce
from .report import REPLAY, ServerFinding, ServerReport
from .rules import all_rules
from .sweep import Cause, Swept, sweep

DEFAULT_PROBES = 300
#: Cases of one cause that reduction is tried from, where the simplest one is flaky.
_TRIES = 2


class ServerCheckError(ValueError):
    """Why a server cannot be checked so, as one sentence."""


def check(
    line: Line,
    key: str,
    budget: Budget,
    *,
    contract: str | Endpoint,
    probes: int = DEFAULT_PROBES,
    seed: int = 0,
    level: str = "must",
    profile: str = "documented",
    replay: Mapping[str, Any] | None = None,
    watch: Callable[[], None] = lambda: None,
) -> ServerReport:
    """Check the server at the end of a line by one contract, within a budget. `watch` is called after every probe.

    `replay` is a finding's `ServerFinding.replay`: its request alone is sent then. Raises ServerCheckError.
    """
    endpoint = contract_of(contract, level, profile)
    drawn = probes_of(endpoint, seed, profile).probes(probes) if replay is None else [replayed(replay, endpoint.name, profile)]
    driver = Driver(endpoint, line, key, budget, profile)
    requests, pictures = budget.requests, budget.pictures
    swept = sweep(driver, drawn, watch)
    findings, flaky = _findings(driver, swept, level)
    return ServerReport(
        line.origin,
        endpoint.name,
        level,
        swept.sent,
        findings,
        dict(swept.exercised),
        dict(swept.outcomes),
        budget.requests - requests,
        budget.pictures - pictures,
        flaky,
        swept.trouble,
        swept.stopped,
        swept.left_out,
        profile,
        seed if replay is None else None,
    )


def _findings(driver: Driver, swept: Swept, level: str) -> tuple[tuple[ServerFinding, ...], tuple[ServerFinding, ...]]:
    """What is broken, and what did not come back."""
    rules = all_rules()
    found, flaky = list[ServerFinding](), list[ServerFinding]()
    causes = swept.causes()
    for cause in sorted(causes, key=lambda each: (LEVELS.index(rules[each.rule].level), [*rules].index(each.rule))):
        if not within(rules[cause.rule].level, level):
            continue
        reduced = _steady(driver, swept, cause)
        times = sum(swept.broken[each] for each in causes[cause])
        places = tuple(each.about for each in causes[cause][1:] if each.about)
        (flaky if reduced.is_flaky else found).append(ServerFinding(cause.rule, times, swept.sent, reduced, places))
    return tuple(found), tuple(flaky)


def _steady(driver: Driver, swept: Swept, cause: Cause) -> Reduced:
    """The first reduction that is not flaky, from the simplest cases on."""
    cases = swept.cases[cause][:_TRIES]
    reduced = reduce(driver, cases[0])
    for each in cases[1:]:
        if not reduced.is_flaky:
            break
        reduced = reduce(driver, each)
    return reduced


def contract_of(contract: str | Endpoint, level: str = "must", profile: str = "documented") -> Endpoint:
    """The endpoint of a name. Raises ServerCheckError for a name that there is not."""
    known = endpoints()
    if isinstance(contract, str) and contract not in known:
        raise ServerCheckError(f"unknown contract {contract!r}{did_you_mean(contract, known)}")
    if level not in LEVELS:
        raise ServerCheckError(f"unknown level {level!r}{did_you_mean(level, LEVELS)}")
    if profile not in PROFILES:
        raise ServerCheckError(f"unknown profile {profile!r}{did_you_mean(profile, PROFILES)}")
    return known[contract] if isinstance(contract, str) else contract


def replayed(told: Any, contract: str, profile: str) -> Probe:
    """The probe that a finding's `replay` holds. Raises ServerCheckError."""
    if not isinstance(told, Mapping) or not isinstance(told.get("request"), Mapping):
        raise ServerCheckError('replay: must be an object with a "request", such as a finding has')
    for name in told:
        if name not in REPLAY:
            raise ServerCheckError(f"replay: unknown word {name!r}{did_you_mean(str(name), REPLAY)}")
    for name, given in (("contract", contract), ("profile", profile)):
        if told.get(name, given) != given:
            raise ServerCheckError(f"replay: its {name} is {told[name]!r}, and {given!r} is asked for")
    kind, spelling, about = told.get("kind", "valid"), told.get("spelling", "plain"), told.get("about", [])
    for name, word, words in (("kind", kind, MEANS), ("spelling", spelling, SPELLINGS)):
        if word not in words:
            raise ServerCheckError(f"replay: {name} {word!r} is not one of {', '.join(words)}{did_you_mean(str(word), words)}")
    if not isinstance(about, list) or len(about) not in (0, 2) or not all(isinstance(each, str) for each in about):
        raise ServerCheckError("replay: about must be a field and a clause, or an empty list")
    number = told.get("number", 0)
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ServerCheckError(f"replay: number must be a whole number from 0, got {number!r}")
    return Probe(Asked(dict(told["request"]), kind, tuple(about)), spelling, number)
