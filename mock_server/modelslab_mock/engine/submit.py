"""What a submit comes to: a refusal that the story asks for, a job finished at once, or a job in the queue."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.story import Story, Turn

from .asked import Asked
from .choose import PLAIN, Steering
from .due import webhook_of_new
from .ids import Draw, draw
from .inputs import Outcome, Reply, Staging, SubmitInput
from .job import Job
from .refuse import turned_away
from .sandbox import Attempted, Fact, JobForgotten, JobSubmitted, Sandbox
from .timing import SYNCHRONOUS_WAIT_S, generation_seconds

_THE_WAIT = f"the {SYNCHRONOUS_WAIT_S:g} s wait"


def submit(sandbox: Sandbox, given: SubmitInput, real_now: float, steering: Steering) -> Outcome:
    endpoint, _, _, choice, _ = given
    story, source, attempt, _ = choice
    plan = story.answer_to(sandbox.attempts.get(source, 0) if attempt is None else attempt)
    facts: list[Fact] = [Attempted(source)] if attempt is None and len(story.submit) > 1 else []
    call = endpoint.submit
    by = f" ({source})" if source else ""
    delay = plan.slow or 0.0
    staging = None if story is PLAIN else Staging(plan, story, sandbox.clock.now(real_now))
    if staging is not None and (refusal := turned_away(plan, story, sandbox.profile)) is not None:
        reason = f"{refusal.name}, as asked{by}"
        status = refusal.status_for(endpoint)
        return Outcome(facts, Reply(endpoint, call, refusal.branch, status, reason, None, refusal, None, delay, staging), [])
    job, why = _new_job(sandbox, given, story, plan, real_now, steering)
    if len(sandbox.jobs) >= steering.max_jobs:
        facts.append(JobForgotten(next(iter(sandbox.jobs.values()))))
    facts.append(tuple.__new__(JobSubmitted, (job,)))
    done = not job.is_queued
    answer = "success" if done else "processing"
    reply = tuple.__new__(Reply, (endpoint, call, answer, 200, why + by, job, None, None, delay, staging, None))
    if not job.values.get("webhook"):
        return tuple.__new__(Outcome, (facts, reply, []))
    planned, effects = webhook_of_new(sandbox, job)
    return Outcome(facts + planned, reply, effects)


def _new_job(
    sandbox: Sandbox, given: SubmitInput, story: Story, plan: Turn, real_now: float, steering: Steering
) -> tuple[Job, str]:
    """The job of an order, and one clause on why it is finished at once or queued."""
    endpoint, order, asked, _, origin = given
    values = order.values
    job_id, picture_seed, file_prefix, fraction = _drawn(sandbox, steering.seed)
    takes = generation_seconds(asked, fraction)
    if plan.word in ("success", "garbled", "reset"):  # a fault that comes after the work was done
        queued, why = False, "success, as asked"
    elif plan.word == "processing":
        queued, why = True, "processing, as asked"
    elif asked.answer_now:
        queued, why = True, "processing: instant_response asks for it"
    elif takes > SYNCHRONOUS_WAIT_S:
        queued, why = True, f"processing: {takes:.1f} s exceeds {_THE_WAIT}"
    else:
        queued, why = False, f"success: {takes:.1f} s fits {_THE_WAIT}; send key mock-processing to make it poll"
    if queued:
        # eta is what the client is told to wait, so the job takes exactly that: never a hair longer.
        takes = story.eta if story.eta is not None else math.ceil(takes * 10) / 10
        why += f", eta {takes:g} s"
    seed = values.get("seed")
    if not (type(seed) is int and -(2**63) <= seed < 2**63):
        seed = None
    # By position and past the constructor: by name it would cost as much as drawing all that is random.
    job = tuple.__new__(
        Job,
        (
            job_id,
            sandbox.submitted,
            endpoint.name,
            values,
            story,
            sandbox.clock.now(real_now),
            queued,
            takes if queued else 0.0,
            takes,
            picture_seed if seed is None else seed,
            file_prefix,
            _enhanced(endpoint, asked.prompt, values),
            _is_flagged(asked, story, steering),
            origin,
            asked,
            None,
        ),
    )
    return job, why


def _drawn(sandbox: Sandbox, seed: int) -> Draw:
    attempt = 0
    while (drawn := draw(seed, sandbox.name, sandbox.submitted, attempt)).job_id in sandbox.jobs:
        attempt += 1
    return drawn


def _enhanced(endpoint: Endpoint, prompt: str, values: Mapping[str, Any]) -> str:
    for name, added in endpoint.appends:
        if values.get(name):
            prompt += added
    return prompt


def _is_flagged(asked: Asked, story: Story, steering: Steering) -> bool:
    if story.nsfw is not None:
        return story.nsfw
    if not asked.safety_checker or not steering.flagged_words:
        return False
    return _word_pattern(steering.flagged_words).search(asked.prompt) is not None


@lru_cache(maxsize=8)
def _word_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b", re.IGNORECASE)
