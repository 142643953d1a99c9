"""Check a client: play the whole budget without shrinking, group by rule, reduce each group, and report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..contract import endpoints
from ..endpoint import Endpoint
from ..nearest import did_you_mean
from ..profiles import PROFILES
from ..story import PLAIN_TURN, Story, StoryError, Turn, story_of
from ..story_shape import PLAIN_SHAPE
from .client_report import REPLAY, ClientFinding, Report
from .deck import deck_of
from .levels import LEVELS, within
from .orders import Asked
from .reduce import Reduced, reduce
from .rules import client_rules
from .run import POLLS, Capabilities
from .stage import Stage
from .sweep import Draw, Generate, Player, Swept, Visit, sweep

DEFAULT_STORIES = 300
#: Statuses whose meaning nobody has to guess.
JUDGED = frozenset(("success", "processing", "failed", "error"))
#: The word of stories, and the field, that are about webhooks.
_WEBHOOK = "webhook"
_FATES = ("once", "twice", "foreign", "before-reply", "lost", "foreign", "failed", "late")
#: Submits that are not odd, and may be queued.
_QUEUED = ((PLAIN_TURN,), (Turn("processing"),))
_OF_WEBHOOKS = ("webhook", "track_id")
#: The largest integer that every reader of JSON keeps as it is.
_EXACT = 2**53 - 1
#: Cases of one rule that reduction is tried from, where the simplest one is flaky.
_TRIES = 2
#: Callers of one story, and how much later than the first one they may come, or go away.
MOST_CALLERS = 8
_LONGEST_S = 3_600.0


class CheckError(ValueError):
    """Why a client cannot be checked so, as one sentence. It `speaks_for_itself` where a traceback says nothing more."""

    speaks_for_itself = False


def check(
    generate: Generate,
    stage: Callable[[int, str], Stage],
    *,
    endpoint: str | Endpoint,
    stories: int = DEFAULT_STORIES,
    seed: int = 0,
    level: str = "must",
    profile: str = "documented",
    capabilities: Capabilities = POLLS,
    replay: Mapping[str, Any] | None = None,
) -> Report:
    """Check one client on one endpoint, which may be one of a foreign document.

    `stage(seed, profile)` makes the stage to play on. `replay` is a finding's `ClientFinding.replay`: its story alone is played
    then. Raises CheckError.
    """
    contract = endpoint_to_check(endpoint, stories, level, profile)
    drawn = (
        dealt(contract, stories, seed, profile, capabilities)
        if replay is None
        else _one(*_case(replay, contract.name, profile))
    )
    with stage(seed, profile) as entered:
        player = Player(generate, contract, entered, capabilities, profile)
        swept = sweep(player, drawn)
        return _report(player, swept, level, seed if replay is None else None)


def dealt(endpoint: Endpoint, count: int, seed: int, profile: str, capabilities: Capabilities) -> Draw:
    """Visits so many cases of the endpoint's deck; what a client does not do at all is neither asked for nor played."""
    listens = capabilities.webhooks and bool(endpoint.webhook)
    beyond = () if listens or not endpoint.webhook else (_WEBHOOK,)
    # Whoever listens orders its own webhooks: what it is asked for has none.
    deck = deck_of(
        endpoint, seed, profile, without=beyond, fields_without=[each for each in _OF_WEBHOOKS if each in endpoint.field]
    )

    def draw(visit: Visit) -> None:
        for each in deck.deals(count):
            beside, story = deck.beside(each.number), each.story
            if listens and story.webhook == "once":
                story = _with_webhook(story, each.number, capabilities.downloads)
            if not visit(story, _sendable(each.asked, endpoint, capabilities)):
                return
            if beside is not None and not visit(beside.story, _sendable(beside.asked, endpoint, capabilities)):
                return

    return draw


def _with_webhook(story: Story, number: int, downloads: bool) -> Story:
    """A story that says nothing of its webhook, with a fate for it: mostly none, so that its client has to ask; or one of a job
    that is queued, so that there is something to tell.
    """
    if story.ends in ("failed", "error"):
        return story if number % 7 < 3 else replace(story, webhook="none")
    fate = _fate(story, number, downloads)
    if fate == "none" or isinstance(story.polls, tuple) or story.ends != "success":
        return replace(story, webhook="none")
    last = Turn("processing") if story.submit[-1] == PLAIN_TURN else story.submit[-1]
    polls = 1 if fate == "once" and story.polls is None else story.polls  # then both a fetch and the webhook tell of the end
    return replace(story, submit=(*story.submit[:-1], last), polls=polls, webhook=fate)


def _fate(story: Story, number: int, downloads: bool) -> str:
    """The fates by turns; and of the stories between them, every other one in which nothing else is odd is told of as well."""
    turn, rest = divmod(number, 3)
    if not rest:
        return _FATES[turn % len(_FATES)]
    is_plain = story.submit in _QUEUED and story.shape == PLAIN_SHAPE and not (story.pictures and downloads)
    return "once" if is_plain and turn % 2 else "none"


def _sendable(asked: Asked, endpoint: Endpoint, capabilities: Capabilities) -> Asked:
    """The request without integers that would be others by the time they reach the client."""
    if capabilities.exact_integers:
        return asked
    rounded = {name for name, value in asked.request.items() if isinstance(value, int) and abs(value) > _EXACT}
    return asked.without({each.name for each in endpoint.fields if each.name in rounded and not each.required})


def _report(player: Player, swept: Swept, level: str, seed: int | None) -> Report:
    rules = client_rules()
    found, flaky = list[ClientFinding](), list[ClientFinding]()
    explained = dict[str, str]()
    for id_ in (each for each in rules if swept.broken[each] and within(rules[each].level, level)):
        reduced = _steady(player, swept, id_)
        finding = ClientFinding(id_, swept.broken[id_], swept.played, reduced)
        if reduced.is_flaky:
            flaky.append(finding)
        elif reduced.explained_by and swept.broken[reduced.explained_by]:
            explained[id_] = reduced.explained_by
        else:
            found.append(finding)
    for id_, (case, again) in swept.unsteady.items():
        if not swept.broken[id_] and within(rules[id_].level, level):
            flaky.append(
                ClientFinding(id_, 1, swept.played, Reduced(case.run, case.finding, (), True, (case.run, again), "", ""))
            )
    found.sort(key=lambda each: LEVELS.index(each.level))
    return Report(
        player.endpoint.name,
        level,
        swept.played,
        tuple(found),
        dict(swept.exercised),
        player.capabilities,
        tuple(flaky),
        explained,
        dict(swept.trouble),
        player.profile,
        seed,
    )


def _steady(player: Player, swept: Swept, rule: str) -> Reduced:
    """The first reduction that is not flaky, from the simplest cases on."""
    cases = swept.cases[rule][:_TRIES]
    reduced = reduce(player, cases[0])
    for each in cases[1:]:
        if not reduced.is_flaky:
            break
        reduced = reduce(player, each)
    return reduced


def _case(told: Any, endpoint: str, profile: str) -> tuple[Story, Asked]:
    if not isinstance(told, Mapping) or not isinstance(told.get("request"), Mapping) or "story" not in told:
        raise CheckError('replay: must be an object with "story" and "request", such as a finding has')
    for name in told:
        if name not in REPLAY:
            raise CheckError(f"replay: unknown word {name!r}{did_you_mean(str(name), REPLAY)}")
    for name, given in (("endpoint", endpoint), ("profile", profile)):
        if told.get(name, given) != given:
            raise CheckError(f"replay: its {name} is {told[name]!r}, and {given!r} is asked for")
    try:
        return story_of(told["story"]), Asked(dict(told["request"]), later=_later(told), left_after=_left_after(told))
    except StoryError as problem:
        raise CheckError(f"replay: {problem}") from None


def _later(told: Mapping[str, Any]) -> tuple[float, ...]:
    later = told.get("later", [])
    if not isinstance(later, list) or len(later) >= MOST_CALLERS or not all(map(_is_moment, later)):
        raise CheckError(f"replay: later must be a list of at most {MOST_CALLERS - 1} numbers of seconds, got {later!r}")
    return tuple(map(float, later))


def _left_after(told: Mapping[str, Any]) -> float | None:
    left_after = told.get("left_after")
    if left_after is not None and not _is_moment(left_after):
        raise CheckError(f"replay: left_after must be a number of seconds, got {left_after!r}")
    return left_after


def _is_moment(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _LONGEST_S


def _one(story: Story, asked: Asked) -> Draw:
    def draw(visit: Visit) -> None:
        visit(story, asked)

    return draw


def endpoint_to_check(endpoint: str | Endpoint, stories: int, level: str, profile: str) -> Endpoint:
    """The endpoint of a check with such words. Raises CheckError when one of them cannot be."""
    known = endpoints()
    if isinstance(endpoint, str) and endpoint not in known:
        raise CheckError(f"unknown endpoint {endpoint!r}{did_you_mean(endpoint, known)}")
    contract = known[endpoint] if isinstance(endpoint, str) else endpoint
    if not contract.makes_jobs:
        raise CheckError(f"{contract.name} makes no jobs: there is nothing that a client could wait for")
    if strange := sorted(_statuses(contract) - JUDGED):
        raise CheckError(f"{contract.name} says {', '.join(strange)}: only {', '.join(sorted(JUDGED))} are judged")
    if level not in LEVELS:
        raise CheckError(f"unknown level {level!r}{did_you_mean(level, LEVELS)}")
    if profile not in PROFILES:
        raise CheckError(f"unknown profile {profile!r}{did_you_mean(profile, PROFILES)}")
    if isinstance(stories, bool) or not isinstance(stories, int) or not 1 <= stories <= 1_000_000:
        raise CheckError(f"stories must be a whole number from 1 to 1000000, got {stories!r}")
    return contract


def _statuses(endpoint: Endpoint) -> set[str]:
    """The words by which the answers of an endpoint say how a job stands."""
    answers = [answer for call in (endpoint.submit, *endpoint.fetches) for answer in call.answers.values()]
    return {str(each.literal) for answer in answers for each in answer.fields if each.name == "status"}
