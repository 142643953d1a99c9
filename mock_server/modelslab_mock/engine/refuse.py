"""Refusals that a story asks for, at the submit or at a fetch: in the vendor's words where it has some."""

from __future__ import annotations

from functools import lru_cache

from modelslab_contracts.profiles import PROFILES, Profile
from modelslab_contracts.situations import CAN_BE_ASKED, Situation, situation
from modelslab_contracts.story import Story, Turn


def turned_away(turn: Turn, story: Story, profile: Profile) -> Situation | None:
    """The refusal that a turn plays; None when the request gets what it came for, if in a form that its fault spoils."""
    if turn.word in CAN_BE_ASKED:
        asked = _in_its_words(situation(turn.word, profile), turn, story)
        return asked if turn.http is None else asked._replace(status=turn.http)
    if turn.http is not None:
        return literal(turn.http, story.message, turn)
    if turn.word == "redirect" and turn.fault is not None:
        return Situation(f"redirect {turn.fault[1]}", turn.fault[1], None, "error", None, None)
    if turn.fault == ("reset", "before"):
        return Situation("connection reset", 500, None, "error", None, None)
    return None


def literal(status: int, message: str | None, turn: Turn) -> Situation:
    """The refusal of a literal status: the vendor's own text where a situation has that status, in the error shape."""
    texts = {each.status: each.text for each in _documented()}
    text = turn.text or message or texts.get(status) or f"HTTP {status}"
    return Situation(f"HTTP {status}", status, text, "error", None, turn.retry_after)


def _in_its_words(asked: Situation, turn: Turn, story: Story) -> Situation:
    text = turn.text or story.message
    if text:
        asked = asked.with_text(text)
    return asked if turn.retry_after is None else asked._replace(retry_after=turn.retry_after)


@lru_cache(maxsize=1)
def _documented() -> tuple[Situation, ...]:
    return tuple(situation(name, PROFILES["documented"]) for name in CAN_BE_ASKED)
