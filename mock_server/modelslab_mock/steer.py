"""What a tester sets for one sandbox: profile, clock, account, stories; and the way back. All of it goes through commits.

A sandbox is named by its key or by its `sb-…` name; it need not have been used before. Everything is checked before
anything changes: a SteerError says in one sentence what is wrong, and nothing was done.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from modelslab_contracts.nearest import did_you_mean
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.story import Story, StoryError, as_json, story_from_text, story_of

from .emulator import Emulator
from .engine.account import Account, AccountError, account_as_json, account_of
from .engine.clock import Clock, clock_from_text
from .engine.ids import NO_SANDBOX, sandbox_name
from .engine.inputs import Effect, Outcome, TickInput
from .engine.sandbox import (
    AccountSet,
    ClockMoved,
    Fact,
    JobForgotten,
    JobsReset,
    ProfileSet,
    Sandbox,
    StoriesReset,
    StoryQueued,
)
from .engine.story_queue import MAX_STORIES, MAX_STORY_BYTES, SetStory, StoryQueue
from .engine.usage import credits_left, totals, unfinished

#: What can be reset here, one word each; the journal is the store's.
PARTS = ("jobs", "stories", "clock", "account", "profile")
MAX_TIMES = 1_000_000
MAX_PROMPT = 1_000
_NAME = re.compile(r"sb-(?:[0-9a-f]{8}|none)")


class SteerError(ValueError):
    """Why something cannot be set, as one sentence."""


def name_of(key_or_name: str) -> str:
    """The name of a sandbox, given that name or its key. The key itself is kept nowhere."""
    if not key_or_name.strip():
        raise SteerError("sandbox: give a key or a name such as sb-0123abcd, not an empty text")
    return key_or_name if _NAME.fullmatch(key_or_name) else sandbox_name(key_or_name)


def set_profile(emulator: Emulator, name: str, profile: str) -> None:
    """Apply the clauses as another profile does, from the next request on."""
    if profile not in PROFILES:
        raise SteerError(f"unknown profile {profile!r}{did_you_mean(profile, PROFILES)}")
    emulator.commit(name_of(name), lambda _: _only(ProfileSet(PROFILES[profile])))


def set_clock(emulator: Emulator, name: str, clock: str, real_now: float) -> Sequence[Effect]:
    """Let the clock run as `real`, `scaled:FACTOR`, `frozen` or `auto`, from the time it shows: time never runs backwards.

    A clock that becomes `real` catches up with the real time, or stays as far ahead of it as it was. Returns what became
    due with that, to be carried out.
    """
    try:
        asked = clock_from_text(clock, real_now)
    except ValueError as problem:
        raise SteerError(str(problem)) from None
    name = name_of(name)
    emulator.commit(name, lambda sandbox: _only(ClockMoved(sandbox.clock.in_mode_of(asked, real_now))))
    return emulator.tick(name, TickInput(), real_now)


def set_account(emulator: Emulator, name: str, account: Account | Mapping[str, Any]) -> Account:
    """Replace the account as a whole. Credits count from now on; jobs that are unfinished hold their slots."""
    name = _with_submits(name, "an account")
    if not isinstance(account, Account):
        try:
            account = account_of(account, {each.name for endpoint in emulator.endpoints.values() for each in endpoint.fields})
        except AccountError as problem:
            raise SteerError(str(problem)) from None
    given = account
    emulator.commit(name, lambda _: _only(AccountSet(given)))
    return given


def account_view(emulator: Emulator, name: str, real_now: float) -> dict[str, Any]:
    """The account as JSON, with what of it is used, and the totals of the sandbox. Looking changes nothing."""
    sandbox = emulator.store.look(name_of(name))
    now = sandbox.clock.now(real_now)
    return {
        **account_as_json(sandbox.account),
        "slots_used": sum(1 for _ in unfinished(sandbox, now)),
        "credits_left": credits_left(sandbox),
        "totals": totals(sandbox, now)._asdict(),
    }


def queue_story(
    emulator: Emulator,
    name: str,
    story: Story | Mapping[str, Any] | str,
    *,
    times: int | None = None,
    endpoint: str | None = None,
    prompt: str | None = None,
) -> int:
    """Set a story for the next `times` jobs of a sandbox, behind those that wait already; None: until it is replaced.

    It is for orders of `endpoint` whose prompt holds the text `prompt`, where these are given. Returns the number under
    which log and lists know the story.
    """
    return queue_stories(emulator, name, [read_entry(emulator, story, times=times, endpoint=endpoint, prompt=prompt)])[0]


def read_entry(
    emulator: Emulator,
    story: Story | Mapping[str, Any] | str,
    *,
    times: int | None = None,
    endpoint: str | None = None,
    prompt: str | None = None,
) -> SetStory:
    """A story and whom it is for, checked, and not numbered yet."""
    entry = SetStory(0, _read_story(story), times, endpoint, prompt)
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= MAX_TIMES):
        raise SteerError(f"story: times must be a whole number from 1 to {MAX_TIMES}, or null, got {times!r}")
    if endpoint is not None and endpoint not in emulator.endpoints:
        raise SteerError(f"story: unknown endpoint {endpoint!r}{did_you_mean(str(endpoint), emulator.endpoints)}")
    if prompt is not None and (not isinstance(prompt, str) or not 1 <= len(prompt) <= MAX_PROMPT):
        raise SteerError(f"story: prompt must be a text of 1 to {MAX_PROMPT} characters that the prompt holds")
    return entry


def queue_stories(emulator: Emulator, name: str, entries: Sequence[SetStory]) -> list[int]:
    """Set many stories at once, in their order: all of them, or with a SteerError none. Returns their numbers."""
    name = _with_submits(name, "a story")
    facts = emulator.commit(name, lambda sandbox: _queued(sandbox, entries)).facts
    return [fact.entry.n for fact in facts if isinstance(fact, StoryQueued)]


def stories_of(emulator: Emulator, name: str, *, unused: bool = False) -> list[dict[str, Any]]:
    """The stories set for a sandbox as JSON, in the order in which they are looked at; or only those not used (up).

    A test that set a story and finds it here at its end set it for a request that never came.
    """
    queue = emulator.store.look(name_of(name)).stories or StoryQueue()
    return [_told(entry) for entry in (queue.unused() if unused else queue)]


def reset(emulator: Emulator, name: str, parts: Collection[str], real_now: float) -> dict[str, int]:
    """Make parts of a sandbox as they are in a fresh one: `jobs`, `stories`, `clock`, `account`, `profile`.

    jobs: none, nor webhooks to send, and totals of nothing; the same orders get the same ids again. stories: none set, and
    no attempt counted. clock: mode and time of the start; while jobs are kept it goes on from the time it shows.
    account: without limits, nothing spent.

    Returns what was let go, by part: how many jobs and stories; 1 for a clock, account or profile that was another one,
    and under `webhooks` those that the jobs had planned. Whoever sends webhooks is to be told by the caller.
    """
    if isinstance(parts, str):
        parts = (parts,)
    for part in parts:
        if part not in PARTS:
            raise SteerError(f"reset: unknown part {part!r}{did_you_mean(str(part), PARTS)}")
    gone: dict[str, int] = {}

    def decide(sandbox: Sandbox) -> Outcome:
        gone.update(_let_go(sandbox, parts))
        return Outcome(_reset_facts(sandbox, parts, real_now), None, [])

    emulator.commit(name_of(name), decide)
    return gone


def _let_go(sandbox: Sandbox, parts: Collection[str]) -> dict[str, int]:
    fresh = sandbox.fresh
    clock_differs = sandbox.clock != fresh.clock
    if _keeps_jobs(sandbox, parts):  # it goes on from the time it shows
        clock_differs = _runs(sandbox.clock) != _runs(fresh.clock)
    held = {
        "jobs": len(sandbox.jobs),
        "stories": len(sandbox.stories or ()),
        "clock": int(clock_differs),
        "account": int(sandbox.account != fresh.account),
        "profile": int(sandbox.profile != fresh.profile),
    }
    planned = {"webhooks": len(sandbox.pending)} if "jobs" in parts else {}
    return {part: held[part] for part in PARTS if part in parts} | planned


def _keeps_jobs(sandbox: Sandbox, parts: Collection[str]) -> bool:
    return bool(sandbox.jobs) and "jobs" not in parts


def _runs(clock: Clock) -> tuple[str, float]:
    return clock.mode, clock.factor


def _reset_facts(sandbox: Sandbox, parts: Collection[str], real_now: float) -> list[Fact]:
    fresh, facts = sandbox.fresh, list[Fact]()
    if "jobs" in parts:
        facts += [*map(JobForgotten, sandbox.jobs.values()), JobsReset()]
    if "stories" in parts:
        facts.append(StoriesReset())
    if "clock" in parts:
        on = _keeps_jobs(sandbox, parts)
        facts.append(ClockMoved(sandbox.clock.in_mode_of(fresh.clock, real_now) if on else fresh.clock))
    if "account" in parts:
        facts.append(AccountSet(fresh.account))
    if "profile" in parts:
        facts.append(ProfileSet(fresh.profile))
    return facts


def _queued(sandbox: Sandbox, entries: Sequence[SetStory]) -> Outcome:
    queue = StoryQueue() if sandbox.stories is None else sandbox.stories  # an empty one still knows its count
    if len(queue) + len(entries) > MAX_STORIES:
        more = f"; {len(entries)} more are too many" if len(entries) > 1 else ""
        raise SteerError(f"story: {len(queue)} stories wait already for {sandbox.name} of at most {MAX_STORIES}{more}")
    if queue.size + sum(each.size for each in entries) > MAX_STORY_BYTES:
        raise SteerError(f"story: the stories of {sandbox.name} would take more than {MAX_STORY_BYTES} bytes")
    return Outcome([StoryQueued(each._replace(n=n)) for n, each in enumerate(entries, queue.ever + 1)], None, [])


def _read_story(story: Any) -> Story:
    if isinstance(story, Story):
        return story
    try:
        return story_from_text(story) if isinstance(story, str) else story_of(story)
    except StoryError as problem:
        raise SteerError(str(problem)) from None


def _with_submits(name: str, what: str) -> str:
    """The sandbox's name. Nothing that steers is ignored silently: without a usable key nothing can be submitted."""
    name = name_of(name)
    if name == NO_SANDBOX:
        raise SteerError(f"requests without a usable key ({NO_SANDBOX}) are refused: {what} would never count")
    return name


def _told(entry: SetStory) -> dict[str, Any]:
    return {
        "n": entry.n,
        "story": as_json(entry.story),
        "times": entry.times,
        "endpoint": entry.endpoint,
        "prompt": entry.prompt,
        "jobs_done": entry.turns,
        "answers_given": entry.answers,
    }


def _only(fact: Fact) -> Outcome:
    return Outcome([fact], None, [])
