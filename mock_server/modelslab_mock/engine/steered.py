"""A submit in a sandbox that somebody steers: the story set for it, then what its account refuses, then the submit itself.

The order of things: a revoked key is refused like a missing one, whatever else was set. A story set for the sandbox and a
prompt directive outrank the account where they say how the submit is answered; every other story is played only when the
account takes the order. An order that the account refuses uses up no story.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from modelslab_contracts.endpoint import Call, Endpoint
from modelslab_contracts.situations import Situation, situation

from .account import cost
from .choose import Choice, Steering, chosen_by
from .inputs import Outcome, Reply, SubmitInput
from .job import Job
from .sandbox import Sandbox, StoryPlayed
from .submit import submit
from .usage import credits_left, unfinished


def steered_submit(sandbox: Sandbox, given: SubmitInput, real_now: float, steering: Steering) -> Outcome:
    """What `submit` would say, unless the account refuses; with the story that was set for such an order."""
    endpoint = given.endpoint
    if sandbox.account.revoked:
        return refused_as_revoked(sandbox, endpoint, endpoint.submit)
    entry = sandbox.stories.story_for(endpoint.name, given.asked.prompt) if sandbox.stories else None
    if entry is not None:
        given = given._replace(choice=chosen_by(entry))
    if not _answers_outright(given.choice):
        refused = _account_refusal(sandbox, given, sandbox.clock.now(real_now))
        if refused is not None:
            return _refusal(endpoint, endpoint.submit, *refused)
    outcome = submit(sandbox, given, real_now, steering)
    return outcome if entry is None else outcome._replace(facts=[StoryPlayed(entry.n), *outcome.facts])


def refused_as_revoked(sandbox: Sandbox, endpoint: Endpoint, call: Call) -> Outcome:
    """Every call with a revoked key is refused like one with an invalid key (source: general error table, 401)."""
    return _refusal(endpoint, call, situation("invalid-key", sandbox.profile), "the key was revoked")


def _answers_outright(choice: Choice) -> bool:
    """Whether somebody asked, for this order or this sandbox, for an answer other than what the order comes to by itself."""
    if not choice.outranks:
        return False
    answer = choice.story.answer_to(choice.attempt or 0)
    return answer.word != "default" or answer.http is not None


def _account_refusal(sandbox: Sandbox, given: SubmitInput, now: float) -> tuple[Situation, str] | None:
    """Why the account does not take the order, as a situation and a clause for the log; None when it does."""
    account, profile = sandbox.account, sandbox.profile
    for name in account.plan_only:
        if _uses(given, name):
            return situation("plan", profile), f"the account's plan lacks {name}"
    left, price = credits_left(sandbox), cost(given.asked)
    if left is not None and left < price:
        return situation("no-credits", profile), f"the order costs {price} credits, the account has {left}"
    if account.same_order_within_s is not None and (same := _same_order(sandbox, given, now)) is not None:
        wait = math.ceil(same.submitted_at + account.same_order_within_s - now)
        reason = f"the same order as job {same.id}, {now - same.submitted_at:.1f} s ago"
        return _repeated(situation("repeated-order", profile), account.same_order_within_s, wait), reason
    slots = account.queue_slots
    if slots is not None and (held := _at_most(slots, unfinished(sandbox, now))) >= slots:
        full = situation("queue-full", profile)
        return full.with_text(full.text.replace("{slots}", str(slots))), f"{held} unfinished jobs hold all {slots} queue slots"
    return None


def _uses(given: SubmitInput, name: str) -> bool:
    """Whether an order asks for a field's feature: a value that is neither the contract's default nor an off."""
    value = given.order.values.get(name)
    return bool(value) and value != given.endpoint.field[name].default


def _same_order(sandbox: Sandbox, given: SubmitInput, now: float) -> Job | None:
    """The latest job of the same order that the identical-request filter still remembers.

    Source: earlier docs, spam filter. Only orders that were taken count, so that waiting always helps (assumed).
    """
    within = sandbox.account.same_order_within_s or 0.0
    for job in reversed(sandbox.jobs.values()):
        if now >= job.submitted_at + within:
            return None
        if job.endpoint == given.endpoint.name and job.values == given.order.values:
            return job
    return None


def _repeated(said: Situation, within: float, wait: int) -> Situation:
    tip = said.tip.replace("{seconds}", f"{within:g}") if said.tip else None
    return said._replace(tip=tip, retry_after=None if said.retry_after is None else wait)


def _at_most(enough: int, jobs: Iterator[Job]) -> int:
    """How many there are, counted no further than `enough`."""
    return sum(1 for _ in zip(range(enough), jobs, strict=False))


def _refusal(endpoint: Endpoint, call: Call, said: Situation, reason: str) -> Outcome:
    full = f"{said.name}: {reason}"
    return Outcome([], Reply(endpoint, call, said.branch, said.status_for(endpoint), full, situation=said), [])
