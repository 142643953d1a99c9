"""Which story a submit plays: set for its sandbox → prompt directive → magic key → config → default.

A source replaces the whole story.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from modelslab_contracts.nearest import nearest
from modelslab_contracts.story import Story, StoryError, directive_in, story_from_words, story_of

from .story_queue import SetStory

MAGIC_PREFIX = "mock-"
#: Keys that choose a story, like test card numbers. A suffix after two dashes keeps sandboxes apart.
MAGIC_KEYS: dict[str, Story] = {
    MAGIC_PREFIX + word: story_of(value)
    for word, value in {
        "success": {"submit": ["success"]},
        "processing": {"submit": ["processing"]},
        "failed": {"submit": ["processing"], "ends": "failed"},
        "never": {"submit": ["processing"], "ends": "never"},
        "error": {"submit": ["error"]},
        "invalid-key": {"submit": ["invalid-key"]},
        "no-credits": {"submit": ["no-credits"]},
        "plan": {"submit": ["plan"]},
        "rate-limited": {"submit": ["rate-limited"]},
        "rate-limited-once": {"submit": ["rate-limited", "default"]},
        "server-error": {"submit": ["server-error"]},
        "unavailable": {"submit": ["unavailable"]},
        "unavailable-once": {"submit": ["unavailable", "default"]},
        "garbled": {"submit": ["garbled"]},
        "reset": {"submit": ["reset"]},
        "slow": {"submit": [{"slow": 10}]},
    }.items()
}
PLAIN = Story()


@dataclass(frozen=True, slots=True)
class Steering:
    """What steers a server apart from its requests: the seed, the configured story, the word list, the bounds."""

    seed: int = 0
    story: Story | None = None
    directives: bool = True
    flagged_words: tuple[str, ...] = ("nsfw", "nude", "naked", "gore")
    max_jobs: int = 10_000


class Choice(NamedTuple):
    """A story and who chose it.

    `attempt` is the answer of its list that is due; without one, the attempts counted under `source` say so. `outranks`: it
    was chosen for this order or this sandbox, so that a submit which it answers outright is no matter of the account.
    """

    story: Story
    source: str
    attempt: int | None = None
    outranks: bool = False


DEFAULT = Choice(PLAIN, "")


def chosen_by(entry: SetStory) -> Choice:
    """The choice that a story set for the sandbox is. It goes before any other."""
    counted = "" if entry.times is None else f", for job {entry.turns + 1} of {entry.times}"
    return Choice(entry.story, f"story {entry.n} set for this sandbox{counted}", entry.answers, outranks=True)


def choose(steering: Steering, key: str, prompt: str) -> Choice:
    """The story for a submit with this prompt, as long as none is set for its sandbox.

    Raises StoryError when the prompt holds a directive that cannot be understood.
    """
    if steering.directives and "[[" in prompt and (words := directive_in(prompt)) is not None:
        return Choice(story_from_words(words), f"directive [[mock: {words[:80]}]]", outranks=True)
    if (word := magic_word(key)) is not None:
        return Choice(MAGIC_KEYS[word], f"key {word}")
    if steering.story is not None:
        return Choice(steering.story, "--story")
    return DEFAULT


def magic_word(key: str) -> str | None:
    """The magic word that a key is, without its suffix; None for any other key."""
    if not key.startswith(MAGIC_PREFIX):
        return None
    word = key.partition("--")[0]
    return word if word in MAGIC_KEYS else None


def almost_magic(key: str) -> str | None:
    """A sentence for a key that begins like a magic one but is none; None for every other key."""
    if not key.startswith(MAGIC_PREFIX) or magic_word(key):
        return None
    close = nearest(key.partition("--")[0], MAGIC_KEYS)
    return "a plain key, though it begins with mock-" + (f"; the nearest magic key is {close}" if close else "")


__all__ = ["MAGIC_KEYS", "PLAIN", "Choice", "Steering", "StoryError", "almost_magic", "choose", "chosen_by", "magic_word"]
