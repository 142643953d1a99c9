"""How far a story is from the plain one, in which the job goes well: the words of the alphabet that it departs with."""

from __future__ import annotations

from collections.abc import Iterator

from ..story import Story
from ..story_shape import OK, Fate
from ..story_turns import Turn
from .turns import words_of_turn

_QUEUED = "submit: processing"


def deviations(story: Story) -> tuple[str, ...]:
    """Every departure as `element: word`, in the order of the elements; one that comes twice is there twice. That a job is
    queued is one only when nothing else speaks of its road.
    """
    found = list(_deviations(story))
    on_the_road = story.eta is not None or story.polls is not None or story.ends != "success"
    return tuple(each for each in found if each != _QUEUED) if on_the_road else tuple(found)


def _deviations(story: Story) -> Iterator[str]:
    yield from (f"submit: {word}" for turn in story.submit for word in words_of_turn(turn))
    if story.eta is not None:
        yield "eta: seconds"
    if isinstance(story.polls, tuple):
        yield from (f"polls: {word}" for turn in story.polls for word in words_of_turn(_asked(turn)))
    elif story.polls is not None:
        yield "polls: number"
    if story.ends != "success":
        yield f"ends: {'http' if isinstance(story.ends, int) else story.ends}"
    if story.message is not None:
        yield "message: text"
    if story.nsfw is not None:
        yield "nsfw: flag"
    for part, held in story.shape._asdict().items():
        if held:
            yield f"shape: {part}: {'names' if isinstance(held, tuple) else held}"
    yield from (f"pictures: {_fate(each)}" for each in story.pictures if each != OK)
    if story.webhook != "once":
        yield f"webhook: {story.webhook}"


def _asked(turn: Turn) -> Turn:
    """A turn of a fetch: the plain one says processing."""
    return turn._replace(word="processing") if turn.word == "default" and turn.http is None else turn


def _fate(fate: Fate) -> str:
    """The word of a fate; every status but 403 means that the picture is gone."""
    return ("403" if fate.http == 403 else "404") if fate.word == "http" else fate.word
