"""The engine: `step(sandbox, input, real_now) -> (facts, reply, effects)`. No I/O, no clock of its own, no chance.

Nothing in the background makes a job finish: a finished job is one whose time has come.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from modelslab_contracts.endpoint import Call, Endpoint
from modelslab_contracts.request import Order
from modelslab_contracts.situations import CAN_BE_ASKED, Situation, situation
from modelslab_contracts.story import Story, Submit

from .choose import Choice, Steering
from .clock import JUST_BEFORE_S
from .ids import Draw, draw
from .job import Job, ended_at, status
from .render import FAILED_TEXT
from .sandbox import Attempted, ClockMoved, Fact, Fetched, JobForgotten, JobSubmitted, Sandbox, WebhookPlanned, WebhookSent
from .timing import SYNCHRONOUS_WAIT_S, generation_seconds

#: In `auto`, real seconds after which a job with a webhook that nobody fetches is moved to its end.
NUDGE_AFTER_S = 0.05


class SubmitInput(NamedTuple):
    """An order came for an endpoint. `origin` is where its links will point."""

    endpoint: Endpoint
    order: Order
    choice: Choice
    origin: str


class FetchInput(NamedTuple):
    """Somebody asks for a job of one of `endpoints` (those that share the fetch URL); `job_id` is None for no id at all."""

    endpoints: tuple[Endpoint, ...]
    job_id: int | None


class LoadInput(NamedTuple):
    """Somebody asks how busy the account is."""

    endpoint: Endpoint
    call: Call


class NudgeInput(NamedTuple):
    """A job with a webhook has not been fetched for a while (clock mode `auto`)."""

    job_id: int


class TickInput(NamedTuple):
    """Time may have come for something: hand out the webhooks that are due."""


Input = SubmitInput | FetchInput | LoadInput | NudgeInput | TickInput


class Reply(NamedTuple):
    """What to answer, not yet in its dialect. `delivery` is write, garbled or reset; `delay_s` real seconds."""

    endpoint: Endpoint
    call: Call
    answer: str
    status: int
    reason: str
    job: Job | None = None
    situation: Situation | None = None
    account: Mapping[str, Any] | None = None
    delivery: str = "write"
    delay_s: float = 0.0


class Deliver(NamedTuple):
    """Send the webhook of a job that ended."""

    job: Job
    answer: str


class Nudge(NamedTuple):
    """Come back in `after_s` real seconds with a NudgeInput."""

    job_id: int
    after_s: float


class Outcome(NamedTuple):
    """What a step gave: facts to commit, the reply (None for a tick), effects to carry out after the reply was written."""

    facts: list[Fact]
    reply: Reply | None
    effects: list[Deliver | Nudge]


def step(sandbox: Sandbox, given: Input, real_now: float, steering: Steering) -> Outcome:
    """What happens to `sandbox` when `given` comes at the real time `real_now`; the sandbox itself is not changed."""
    match given:
        case SubmitInput():
            return _submit(sandbox, given, real_now, steering)
        case FetchInput():
            return _fetch(sandbox, given, real_now)
        case LoadInput():
            return _load(sandbox, given, real_now)
        case NudgeInput(job_id):
            return _nudge(sandbox, job_id, real_now)
        case TickInput():
            facts, effects = _due(sandbox, sandbox.clock.now(real_now))
            return Outcome(facts, None, effects)


# --- submit ---------------------------------------------------------------------------------------------------------


def _submit(sandbox: Sandbox, given: SubmitInput, real_now: float, steering: Steering) -> Outcome:
    story, source = given.choice
    plan = story.answer_to(sandbox.attempts.get(source, 0))
    facts: list[Fact] = [Attempted(source)] if len(story.submit) > 1 else []
    endpoint, call = given.endpoint, given.endpoint.submit
    by = f" ({source})" if source else ""
    delay = plan.slow or 0.0
    if plan.word == "reset":
        return Outcome(facts, Reply(endpoint, call, "error", 500, f"connection reset{by}", delivery="reset", delay_s=delay), [])
    if (refusal := _refusal(plan, story, sandbox)) is not None:
        reason = f"{plan.word if plan.http is None else f'HTTP {plan.http}'}, as asked{by}"
        reply = Reply(endpoint, call, refusal.branch, refusal.status_for(endpoint), reason, situation=refusal, delay_s=delay)
        return Outcome(facts, reply, [])
    job, why = _new_job(sandbox, given, story, plan, real_now, steering)
    if len(sandbox.jobs) >= steering.max_jobs:
        facts.append(JobForgotten(next(iter(sandbox.jobs.values()))))
    facts.append(JobSubmitted(job))
    done = not job.is_queued
    reply = Reply(
        endpoint, call, "success" if done else "processing", 200, why + by, job=job,
        delivery="garbled" if plan.word == "garbled" else "write", delay_s=delay,
    )  # fmt: skip
    return Outcome(facts, reply, _after_submit(sandbox, job, facts, done))


def _refusal(plan: Submit, story: Story, sandbox: Sandbox) -> Situation | None:
    if plan.http is not None:
        return _literal_refusal(plan, story)
    if plan.word not in CAN_BE_ASKED:
        return None
    asked = situation(plan.word, sandbox.profile)
    return asked.with_text(story.message) if story.message else asked


def _literal_refusal(plan: Submit, story: Story) -> Situation:
    """The refusal of `http: N`: the vendor's own text where a situation has that status, in the error shape."""
    texts = {s.status: s.text for s in _documented_situations()}
    text = story.message or texts.get(plan.http) or f"HTTP {plan.http}"
    return Situation(f"http-{plan.http}", plan.http, text, "error", None, plan.retry_after)


@lru_cache(maxsize=1)
def _documented_situations() -> tuple[Situation, ...]:
    from modelslab_contracts.profiles import PROFILES

    return tuple(situation(name, PROFILES["documented"]) for name in CAN_BE_ASKED)


def _new_job(
    sandbox: Sandbox, given: SubmitInput, story: Story, plan: Submit, real_now: float, steering: Steering
) -> tuple[Job, str]:
    """The job of an order, and one clause on why it is finished at once or queued."""
    values = given.order.values
    drawn = _drawn(sandbox, steering.seed)
    takes = round(generation_seconds(values, drawn.fraction), 9)
    if plan.word in ("success", "garbled"):
        queued, why = False, "success, as asked"
    elif plan.word == "processing":
        queued, why = True, "processing, as asked"
    elif values.get("instant_response"):
        queued, why = True, "processing: instant_response asks for it"
    elif takes > SYNCHRONOUS_WAIT_S:
        queued, why = True, f"processing: {takes:.1f} s exceeds the {SYNCHRONOUS_WAIT_S:g} s wait"
    else:
        queued, why = (
            False,
            f"success: {takes:.1f} s fits the {SYNCHRONOUS_WAIT_S:g} s wait; send key mock-processing to make it poll",
        )
    if queued:
        # eta is what the client is told to wait, so the job takes exactly that: never a hair longer.
        takes = story.eta if story.eta is not None else math.ceil(takes * 10) / 10
        why += f", eta {takes:g} s"
    seed = values.get("seed")
    job = Job(
        id=drawn.job_id,
        n=sandbox.submitted,
        endpoint=given.endpoint.name,
        values=values,
        story=story,
        submitted_at=sandbox.clock.now(real_now),
        is_queued=queued,
        takes_s=takes if queued else 0.0,
        generation_s=takes,
        seed=drawn.picture_seed if seed is None else seed,
        file_prefix=drawn.file_prefix,
        prompt=_enhanced(given.endpoint, values),
        nsfw=_is_flagged(values, story, steering),
        origin=given.origin,
    )
    return job, why


def _drawn(sandbox: Sandbox, seed: int) -> Draw:
    attempt = 0
    while (drawn := draw(seed, sandbox.name, sandbox.submitted, attempt)).job_id in sandbox.jobs:
        attempt += 1
    return drawn


def _enhanced(endpoint: Endpoint, values: Mapping[str, Any]) -> str:
    prompt: str = values["prompt"]
    for name, added in endpoint.appends:
        if values.get(name):
            prompt += added
    return prompt


def _is_flagged(values: Mapping[str, Any], story: Story, steering: Steering) -> bool:
    if story.nsfw is not None:
        return story.nsfw
    if not values.get("safety_checker") or not steering.flagged_words:
        return False
    return _word_pattern(steering.flagged_words).search(values["prompt"]) is not None


@lru_cache(maxsize=8)
def _word_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b", re.IGNORECASE)


def _after_submit(sandbox: Sandbox, job: Job, facts: list[Fact], done: bool) -> list[Deliver | Nudge]:
    if not job.values.get("webhook"):
        return []
    if done:
        return [Deliver(job, "success")]
    end = ended_at(job, [])
    if end is None:
        return []
    facts.append(WebhookPlanned(job.id, end))
    return [Nudge(job.id, NUDGE_AFTER_S)] if sandbox.clock.mode == "auto" else []


# --- fetch ----------------------------------------------------------------------------------------------------------


def _fetch(sandbox: Sandbox, given: FetchInput, real_now: float) -> Outcome:
    job = sandbox.jobs.get(given.job_id) if given.job_id is not None else None
    endpoint = next((each for each in given.endpoints if job and each.name == job.endpoint), None)
    if job is None or endpoint is None:
        return Outcome([], _unknown(sandbox, given), [])
    facts: list[Fact] = []
    before = sandbox.fetches.get(job.id, [])
    was = status(job, before, sandbox.clock.now(real_now))
    now = _moved_by_fetch(sandbox, job, before, real_now, facts)
    fetches = [*before, now]
    is_now = status(job, fetches, now)
    # Once a job has ended its fetches decide nothing any more; the list stays as long as its road.
    if was == "processing":
        facts.append(Fetched(job.id, now))
    due, effects = _due(sandbox, now, just_ended=job if was == "processing" != is_now and job.story.polls is not None else None)
    return Outcome(facts + due, _told(endpoint, job, is_now, now, fetches), effects)


def _moved_by_fetch(sandbox: Sandbox, job: Job, before: list[float], real_now: float, facts: list[Fact]) -> float:
    """The time of this fetch; in `auto` a job's first fetch moves the clock to just before its end, the next onto it."""
    now = sandbox.clock.now(real_now)
    if sandbox.clock.mode != "auto" or job.story.polls is not None:
        return now
    end = ended_at(job, before)
    if end is None or now >= end:
        return now
    moment = max(now, end if before else end - JUST_BEFORE_S)
    facts.append(ClockMoved(sandbox.clock.moved_to(moment, real_now)))
    return moment


def _told(endpoint: Endpoint, job: Job, is_now: str, now: float, fetches: list[float]) -> Reply:
    call = endpoint.fetches[0]
    if is_now == "processing":
        end = ended_at(job, fetches)
        left = "it never ends" if job.story.ends == "never" else "" if end is None else f"{end - now:.1f} s to go"
        if job.story.polls is not None and end is None and job.story.ends != "never":
            left = f"{job.story.polls - len(fetches) + 1} more to go"
        return Reply(endpoint, call, "processing", 200, f"processing: fetch {len(fetches)}, {left}", job=job)
    if is_now == "success":
        return Reply(endpoint, call, "success", 200, "success: its time has come", job=job)
    text = job.story.message or FAILED_TEXT
    broken = Situation(is_now, 200, text, is_now, None, None)
    return Reply(endpoint, call, is_now, 200, f"{is_now}, as asked", job=job, situation=broken)


def _unknown(sandbox: Sandbox, given: FetchInput) -> Reply:
    endpoint = given.endpoints[0]
    unknown = situation("unknown-request", sandbox.profile)
    reason = "no id" if given.job_id is None else f"this key has no job {given.job_id}"
    return Reply(endpoint, endpoint.fetches[0], unknown.branch, unknown.status_for(endpoint), reason, situation=unknown)


# --- the rest -------------------------------------------------------------------------------------------------------


def _load(sandbox: Sandbox, given: LoadInput, real_now: float) -> Outcome:
    now = sandbox.clock.now(real_now)
    waiting = [job for job in sandbox.jobs.values() if status(job, sandbox.fetches.get(job.id, []), now) == "processing"]
    left = sum(max(0.0, job.submitted_at + job.takes_s - now) for job in waiting)
    account = {"queue_num": len(waiting), "queue_time": math.ceil(left)}
    answer = next(each for each in given.call.answers if each != "error")
    return Outcome([], Reply(given.endpoint, given.call, answer, 200, f"{len(waiting)} jobs wait", account=account), [])


def _nudge(sandbox: Sandbox, job_id: int, real_now: float) -> Outcome:
    """Move an `auto` clock to the end of a job that nobody fetches, so that its webhook goes out."""
    due_at = sandbox.pending.get(job_id)
    if due_at is None or sandbox.clock.mode != "auto" or sandbox.fetches.get(job_id):
        return Outcome([], None, [])
    clock = sandbox.clock.moved_to(due_at, real_now)
    facts, effects = _due(sandbox, clock.now(real_now))
    return Outcome([ClockMoved(clock), *facts], None, effects)


def _due(sandbox: Sandbox, now: float, just_ended: Job | None = None) -> tuple[list[Fact], list[Deliver | Nudge]]:
    """Webhooks whose time has come, earliest first, and that of a job which a fetch has just ended."""
    facts: list[Fact] = []
    effects: list[Deliver | Nudge] = []
    for job_id, due_at in sorted(sandbox.pending.items(), key=lambda item: item[1]) if sandbox.pending else ():
        if due_at <= now and (job := sandbox.jobs.get(job_id)):
            facts.append(WebhookSent(job_id))
            effects.append(Deliver(job, _hook_answer(job)))
    if just_ended and just_ended.values.get("webhook"):
        effects.append(Deliver(just_ended, _hook_answer(just_ended)))
    return facts, effects


def _hook_answer(job: Job) -> str:
    return "success" if job.story.ends == "success" else "failed"
