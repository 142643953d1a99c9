"""What a submit comes to: a refusal that the story asks for, a job finished at once, or a job in the queue."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.situations import CAN_BE_ASKED, Situation, situation
from modelslab_contracts.story import Story, Submit

from .choose import Steering
from .ids import Draw, draw
from .inputs import Deliver, Nudge, Outcome, Reply, SubmitInput
from .job import Job, ended_at
from .sandbox import Attempted, Fact, JobForgotten, JobSubmitted, Sandbox, WebhookPlanned
from .timing import SYNCHRONOUS_WAIT_S, generation_seconds

#: In `auto`, real seconds after which a job with a webhook that nobody fetches is moved to its end.
NUDGE_AFTER_S = 0.05


def submit(sandbox: Sandbox, given: SubmitInput, real_now: float, steering: Steering) -> Outcome:
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
