"""What a plain call of a foreign document comes to: what the document shows, unless a story refuses it."""

from __future__ import annotations

from .choose import DEFAULT, PLAIN, Steering
from .ids import seed_of
from .inputs import LoadInput, Outcome, Reply, Staging
from .refuse import turned_away
from .sandbox import Attempted, Fact, Sandbox


def shown(sandbox: Sandbox, given: LoadInput, real_now: float, steering: Steering) -> Outcome:
    """The answer: the same for the same seed, key and call."""
    endpoint, call = given.endpoint, given.call
    assert call.body is not None, "a plain call that nothing answers"
    story, source, attempt, _ = given.choice or DEFAULT
    plan = story.answer_to(sandbox.attempts.get(source, 0) if attempt is None else attempt)
    facts: list[Fact] = [Attempted(source)] if attempt is None and len(story.submit) > 1 else []
    refusal = None if story is PLAIN else turned_away(plan, story, sandbox.profile)
    if refusal is not None:
        staging = Staging(plan, story, sandbox.clock.now(real_now))
        reason = f"{refusal.name}, as asked ({source})"
        status = refusal.status_for(endpoint)
        return Outcome(
            facts, Reply(endpoint, call, "error", status, reason, None, refusal, None, plan.slow or 0.0, staging), []
        )
    reply = Reply(endpoint, call, "success", 200, "plain call: an example, or a value that fits its schema")
    body = call.body(seed_of(steering.seed, sandbox.name, call.path))
    return Outcome(facts, reply._replace(body=body, delay_s=plan.slow or 0.0), [])
