"""A deck: story after story, each with a request, for a sweep. A deal depends on nothing but the seed and its number.

The first deal is the plain story and the smallest request. Then each word of the alphabet has its turn, in an order that the
seed draws, alone; then all of them again in company, and so on. Requests take turns too: the edges of every field come round
the same way. Every third deal is none of these turns but one of the few words on which clients go wrong most: what a fetch
says before the end, how often, what the end is, and what an answer may lack or add. They come round by themselves, and so
more often.

So a budget of half as many stories again as there are words leaves nothing out, whatever the seed, and shows each word in a
story that nothing else can explain.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ..endpoint import Endpoint
from ..profiles import PROFILES
from ..request import read_request
from ..story import Story
from .chance import Dice, Simplest, pick, shuffled
from .orders import Asked, OrderTable, order_table
from .stories import StoryTable, story_table
from .values import as_sent

#: How many moves may come beside the word of a turn, by round; the last one stays.
_COMPANY = (0, 3, 5, 8)
#: What an order has to ask for, so that a word has a say: the beginning of the word -> fields and values. One picture in base64
#: is as much as a journal keeps.
_ASKS: Mapping[str, Mapping[str, Any]] = {"pictures: ": {"samples": 4}, "shape: base64: ": {"base64": True, "samples": 1}}
_ORDER_SEED, _OFTEN_SEED = 0x0DE4, 0x70AD
#: The words that come round more often, and which deals are theirs: those whose number this divides.
_OFTEN = (
    "polls: number",
    "polls: unknown-status",
    "polls: output: partial",
    "polls: eta",
    "polls: eta",
    "polls: fetch_result: changed",
    "polls: fetch_result: elsewhere",
    "polls: http 503",
    "polls: http 429",
    "polls: retry_after (both)",
    "polls: retry_after (date)",
    "polls: retry_after (header)",
    "polls: retry_after (body)",
    "polls: garbled: html",
    "polls: to: other-host",
    "polls: reset: before",
    "shape: fetch_id: other",
    "ends: empty",
    "ends: failed",
    "ends: error",
    "ends: http",
    "ends: http",
    "ends: never",
    "ends: unknown-status",
    "nsfw: flag",
    "nsfw: flag",
    "pictures: mirror",
    "shape: base64: inline",
    "shape: base64: url",
    "shape: drop: names",
    "shape: null: names",
    "shape: null: names",
    "shape: add: names",
    "shape: add: names",
)
_EVERY = 3
#: Beside every so manieth deal, callers at once, or one who goes away, are tried; and when they come or go.
_BESIDE_EVERY, _BESIDE_SEED = 8, 0xC4D5
_BESIDE_COMPANY = 3
_LATER = ((0.5,), (0.25,), (1.75,), (0.5, 0.75))
_LEFT_AFTER = (0.5, 0.25, 0.75, 2.0)
_OFTEN_COMPANY = (0, 1, 2)


class Deal(NamedTuple):
    """One try: what a client is asked for, and what the server will do. `word` is the one whose turn it was."""

    number: int
    asked: Asked
    story: Story
    word: str = ""


class Deck(NamedTuple):
    """Deals by number, for one endpoint, profile and seed."""

    orders: OrderTable
    stories: StoryTable
    profile: str
    seed: int

    def deal(self, number: int) -> Deal:
        """The deal of a number, from 0."""
        if not number:
            return Deal(0, self.orders.draw(Simplest()), Story())
        chance = Dice(self.seed, number)
        turn, word, companies = self._turn(number)
        half, is_edge = divmod(number, 2)  # a request on an edge every other time
        if is_edge and self.orders.edges:
            _, (ways, way) = _turn_of(self.orders.edges, self.seed ^ _ORDER_SEED, half)
            asked = self.orders.edge(chance, ways, way)
        else:
            asked = self.orders.draw(chance)
        asked = self._fit_for(word or "", asked)
        company = companies[min(turn, len(companies) - 1)]
        story = self.stories.draw(chance, self._pictures(asked), word or "", company)
        if story.shape.base64 is not None and not story.pictures:
            asked = self._fit_for(f"shape: base64: {story.shape.base64}", asked)
        return Deal(number, asked, story, word or "")

    def beside(self, number: int) -> Deal | None:
        """What is tried beside a deal every now and then: a queued job for several callers, or for one who goes away."""
        turn, rest = divmod(number, _BESIDE_EVERY)
        if rest != _BESIDE_EVERY - 1:
            return None
        chance = Dice(self.seed ^ _BESIDE_SEED, number)
        asked = self.orders.draw(chance)
        story = self.stories.draw(chance, self._pictures(asked), "submit: processing", _BESIDE_COMPANY)
        asked = (
            asked._replace(left_after=pick(chance, _LEFT_AFTER))
            if turn % 4 == 3
            else asked._replace(later=pick(chance, _LATER))
        )
        return Deal(number, asked, story)

    def deals(self, count: int) -> Iterator[Deal]:
        """The first so many deals."""
        return map(self.deal, range(count))

    def _turn(self, number: int) -> tuple[int, str | None, Sequence[int]]:
        """Which round it is, the word whose turn it is, and how many moves may come beside it, by round."""
        thirds, rest = divmod(number, _EVERY)
        if not rest and self.often:
            return *_turn_of(self.often, self.seed ^ _OFTEN_SEED, thirds - 1), _OFTEN_COMPANY
        return *_turn_of(self.stories.words, self.seed, number - 1 - (thirds if self.often else 0)), _COMPANY

    @property
    def often(self) -> tuple[str, ...]:
        """The words that come round more often, as far as there are such."""
        return _often(self.stories.words)

    def _fit_for(self, word: str, asked: Asked) -> Asked:
        """The request, asking for what the word speaks of."""
        needed = next((each for beginning, each in _ASKS.items() if word.startswith(beginning)), {})
        for name, value in needed.items():
            field = self.orders.endpoint.field.get(name)
            sendable = any(each.field is field for each in self.orders.fields)
            if field is not None and sendable and asked.about[:1] != (name,):
                noticed = tuple(each for each in asked.noticed if each[0] != name)
                asked = asked._replace(request={**asked.request, name: as_sent(field, value)}, noticed=noticed)
        return asked

    def _pictures(self, asked: Asked) -> int:
        """How many pictures the request comes to."""
        order = read_request(self.orders.endpoint, asked.request, PROFILES[self.profile]).order
        samples = order.values.get("samples") if order else None
        return samples if isinstance(samples, int) else 1


def deck_of(
    endpoint: str | Endpoint,
    seed: int = 0,
    profile: str = "documented",
    only: Collection[str] = (),
    without: Collection[str] = (),
    fields_without: Collection[str] = (),
) -> Deck:
    """The deck of an endpoint. `only` and `without` are words of stories, `fields_without` fields that no request has. Raises
    DrawError for a name that there is not.
    """
    orders = order_table(endpoint, profile, fields_without)
    return Deck(orders, story_table(endpoint, None, only, without), profile, seed)


def _turn_of(items: Sequence[Any], seed: int, number: int) -> tuple[int, Any]:
    """Whose turn it is when all items come round again and again, each round in an order of its own; and which round it is."""
    if not items:
        return 0, None
    turn, place = divmod(number, len(items))
    return turn, items[_round(len(items), seed, turn)[place]]


@lru_cache(maxsize=64)
def _often(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in _OFTEN if each in words)


@lru_cache(maxsize=64)
def _round(count: int, seed: int, turn: int) -> tuple[int, ...]:
    return shuffled(Dice(seed, -1 - turn), range(count))
