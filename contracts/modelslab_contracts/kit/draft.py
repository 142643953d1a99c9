"""A story that is being made, and what its words need of it: a job that is queued, or finished at once, or ends in pictures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from ..story import PLAIN_TURN, Story
from ..story_shape import MAX_PICTURES, Fate, Shape
from ..story_turns import Turn
from .chance import Chance, one_in


class Lack(NamedTuple):
    """A field that answers may lack, and the word of the submit whose job has an answer with it ("": any has)."""

    name: str
    when: str = ""


class Draft:
    """A story that is being made. `lacks` are fields that its endpoint's answers may lack, `pictures` how many there are,
    `banned` words that nothing may bring along.
    """

    def __init__(self, lacks: Sequence[Lack], pictures: int, banned: Collection[str]) -> None:
        self.lacks = lacks
        self.pictures = min(pictures, MAX_PICTURES)
        self.banned = banned
        self.attempts: list[Turn] = []
        self.taken: Turn | None = None
        self.at_once = self.queued = self.well = self.is_taken = False
        self.polls: list[Turn] = []
        self.number: int | None = None
        self.elements: dict[str, Any] = {}
        self.shape: dict[str, Any] = {}
        self.fates: list[Fate] = []

    def queue(self) -> bool:
        """Make it the story of a job on its way; False when it is finished at once."""
        self.queued = not self.at_once and "submit: processing" not in self.banned
        return self.queued

    def finish(self) -> bool:
        """Make it the story of a job that is finished at once; False when it is on its way."""
        self.at_once = not self.queued and "submit: success" not in self.banned
        return self.at_once

    def go(self, when: str) -> bool:
        """Make it a story in which an order is taken, and becomes what this word of the submit says."""
        went = self.queue() if when == "processing" else self.finish() if when == "success" else True
        self.is_taken = self.is_taken or went
        return went

    def go_well(self) -> bool:
        """Make it a story that ends in pictures, sooner or later; False when it ends otherwise."""
        self.well = not self.elements.keys() & {"ends", "message"}
        self.is_taken = self.is_taken or self.well
        return self.well

    def of(self, element: str, *words: str) -> list[str]:
        """Those of the words that are not banned."""
        return [each for each in words if f"{element}: {each}" not in self.banned]

    def story(self, chance: Chance) -> Story:
        """The story, whole. What was refused may be taken at the next attempt, and is when a job is spoken of."""
        if self.at_once:
            taken = Turn("success")
        else:
            taken = self.taken or (Turn("processing") if self.queued else PLAIN_TURN)
        stays = self.attempts and taken == PLAIN_TURN and not self.is_taken and not one_in(chance, 2)
        turns = self.attempts if stays else [*self.attempts, taken]
        polls: int | tuple[Turn, ...] | None = self.number
        if self.polls:
            polls = (*self.polls, *[Turn("processing")] * (self.number or 0))
        return Story(tuple(turns), polls=polls, shape=Shape(**self.shape), pictures=tuple(self.fates), **self.elements)
