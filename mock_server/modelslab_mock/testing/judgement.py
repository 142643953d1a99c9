"""What went otherwise than a test said, told at its end: stories that nobody used, requests that were not right.

What a story, a magic key or an account asked for is none of the client's doing and is not held against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import orjson

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.findings import Severity
from modelslab_contracts.report import explanation, one_line
from modelslab_contracts.wanted import is_unmatched

from .reach import StorySet
from .scope import MockScope

#: So many of each kind are told in full.
_SHOWN = 5
_BODY_CHARACTERS = 300
#: Refusals that are an account's, not the request's.
_OF_THE_ACCOUNT = ("request/key-not-accepted",)


def judge(scope: MockScope, spun: str = "") -> str:
    """What to tell the person whose test it is; "" when all went as it said."""
    parts = [spun] if spun else []
    if not scope.allow_unused:
        stories = scope.unused_stories
        parts += [_unused(each, scope) for each in stories[:_SHOWN]]
        parts += _more(stories, "stories")
        if stories:
            parts.append("(allow_unused=True lets stories be left over)")
    if not scope.allow_unexpected:
        wrong = [each for each in scope.journal if is_wrong(each)]
        parts += [_wrong(each, scope) for each in wrong[:_SHOWN]]
        parts += _more(wrong, "requests")
        if wrong:
            parts.append("(allow_unexpected=True lets a test send such requests)")
    return "\n".join(parts)


def is_wrong(exchange: Exchange) -> bool:
    """Whether a request was wrong by itself: no contract has a call for it, or reading it found an error."""
    return any(each.severity is Severity.ERROR and each.rule not in _OF_THE_ACCOUNT for each in exchange.findings)


def _unused(story: StorySet, scope: MockScope) -> str:
    set_for = "" if story.times is None else f", set for {_jobs(story.times)},"
    if story in scope.replaced:
        left = "was replaced before any submit came for it"
    elif story.jobs_done or story.answers_given:
        begun = f", and the next was given {story.answers_given} of its answers" if story.answers_given else ""
        left = f"was used by {story.jobs_done} of them{begun}"
    else:
        left = "was never used"
    whom = [f"of {story.endpoint}"] if story.endpoint else []
    whom += [f"whose prompt holds {story.prompt!r}"] if story.prompt else []
    made = Counter(each.endpoint for each in scope.jobs)
    seen = ", ".join(f"{count} of {endpoint}" for endpoint, count in sorted(made.items())) or "none"
    text = orjson.dumps(story.story).decode()
    return "\n".join(
        [
            one_line(f"story {story.n}{set_for} {left}: {story.sentence}"),
            one_line(f"  {text}"),
            *([one_line(f"  it is for orders {' '.join(whom)} only")] if whom else []),
            f"  jobs that were made: {seen}",
        ]
    )


def _wrong(exchange: Exchange, scope: MockScope) -> str:
    near = scope.reach.near_miss(exchange)
    body = exchange.request_body.decode("utf-8", "replace")
    body = body if len(body) <= _BODY_CHARACTERS else body[:_BODY_CHARACTERS] + "…"
    if near is not None:
        head, *lines = str(near).split("\n")
    else:
        head = f"{exchange.method} {exchange.path} was refused"
        lines = [f"  {says}\n      {who}" for says, who in map(explanation, exchange.findings)]
    sent = [f"  sent: {one_line(body)}"] if body and not is_unmatched(exchange) else []
    return "\n".join([one_line(f"{head} (answered {exchange.status})"), *sent, *lines])


def _more(found: Sequence[object], what: str) -> list[str]:
    count = len(found) - _SHOWN
    return [f"… and {count} more {what}"] if count > 0 else []


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"
