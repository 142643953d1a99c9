"""Stories as they are drawn: a swarm of a few words of the alphabet, put into the plain story one after the other.

Each story draws which words may take part at all, then some moves with them. So rare companions meet (a run of one fault, two
that need each other), and a story without a move is the plain one, to which everything shrinks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from ..contract import endpoints
from ..endpoint import Answer, Endpoint
from ..story import Story
from .chance import Chance, DrawError, lean, pick
from .draft import Draft, Lack
from .moves import MOVES, Move
from .orders import endpoint_named, known

_MOST_MOVES = 8
_WIDEST_MASK = 6
_PICTURES = 4
#: How often an element is chosen, where that is not once: those with many words more often.
_WEIGHTS = {"submit": 3, "polls": 3, "ends": 2, "shape": 2}
#: Words that have a say only where an answer of the endpoint has a field filled from one of these facts of a job.
_NEEDS: Mapping[str, Collection[str]] = {
    "shape: id": ("id",),
    "shape: eta": ("eta",),
    "shape: output": ("links",),
    "shape: proxy_links": ("proxy_links", "future_proxy_links"),
    "shape: nsfw": ("nsfw",),
    "shape: base64": ("links",),
    "shape: fetch_id": ("fetch_url",),
    "submit: fetch_result": ("fetch_url",),
    "polls: fetch_result": ("fetch_url",),
    "polls: eta": ("eta",),
    "pictures: mirror": ("proxy_links",),
}
_ALL_MOVES: Mapping[str, Move] = {f"{name}: {word}": move for name, words in MOVES.items() for word, move in words.items()}
#: Every word of the alphabet, as `element: word`.
WORDS: tuple[str, ...] = tuple(_ALL_MOVES)


class StoryTable(NamedTuple):
    """What stories are drawn from: the words by element, the fields that answers may lack, what nothing may bring along."""

    words: tuple[str, ...]
    elements: tuple[tuple[str, ...], ...]
    lacks: tuple[Lack, ...]
    banned: frozenset[str]
    has_mask: bool

    def draw(self, chance: Chance, pictures: int = _PICTURES, must: str = "", most: int = _MOST_MOVES) -> Story:
        """One story of at most so many moves, beside the word that it `must` hold; `pictures` is how many can have a fate."""
        draft = Draft(self.lacks, pictures, self.banned)
        if must:
            _ALL_MOVES[must](draft, chance)
        moves = lean(chance, range(most + 1)) if self.words else 0
        mask = [self._word(chance) for _ in range(1 + chance.below(_WIDEST_MASK))] if moves and not self.has_mask else []
        for _ in range(moves):
            _ALL_MOVES[pick(chance, mask) if mask else self._word(chance)](draft, chance)
        return draft.story(chance)

    def _word(self, chance: Chance) -> str:
        return pick(chance, pick(chance, self.elements))


def draw_story(
    chance: Chance,
    endpoint: str | Endpoint | None = None,
    mask: Collection[str] | None = None,
    only: Collection[str] = (),
    without: Collection[str] = (),
    pictures: int = _PICTURES,
) -> Story:
    """A story for an endpoint, or for any (None). `only` and `without` limit it to words, given as `webhook`,
    `submit: garbled` or `submit: garbled: html`; a `mask` is what every story draws from instead of a swarm of its own.
    `pictures` is how many there are to have a fate. Raises DrawError.
    """
    return story_table(endpoint, mask, only, without).draw(chance, pictures)


def story_table(
    endpoint: str | Endpoint | None = None,
    mask: Collection[str] | None = None,
    only: Collection[str] = (),
    without: Collection[str] = (),
) -> StoryTable:
    """What stories for an endpoint, or for any, are drawn from. Raises DrawError for a word that there is not."""
    subjects = tuple(endpoints().values()) if endpoint is None else (endpoint_named(endpoint),)
    chosen = (None if mask is None else _words("mask", mask), _words("only", only), _words("without", without))
    table = _table(subjects, *chosen)
    if not table.words and (only or mask):
        whose = f" of {subjects[0].name}" if endpoint is not None else ""
        raise DrawError(f"nothing that was asked for has a say in a story{whose}")
    return table


def words_for(endpoint: str | Endpoint | None = None) -> tuple[str, ...]:
    """The words that have a say in a story of this endpoint, or of any."""
    return story_table(endpoint).words


def _words(what: str, given: Collection[str]) -> frozenset[str]:
    if isinstance(given, str):
        raise DrawError(f"{what} takes a list of words, as in {what}=[{given!r}]")
    for each in given:
        known(each, _beginnings(), "word of stories")
    return frozenset(word for word in WORDS if any(each in given for each in _beginnings_of(word)))


@lru_cache(maxsize=1)
def _beginnings() -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for word in WORDS for each in _beginnings_of(word)))


@lru_cache(maxsize=1024)
def _beginnings_of(word: str) -> tuple[str, ...]:
    """submit; submit: garbled; submit: garbled: html. A status and a way are what comes last: submit: http 503."""
    element, _, rest = word.partition(": ")
    family = rest.partition(": ")[0].partition(" ")[0]
    return tuple(dict.fromkeys((element, f"{element}: {family}", word)))


@lru_cache(maxsize=256)
def _table(
    subjects: tuple[Endpoint, ...], mask: frozenset[str] | None, only: frozenset[str], without: frozenset[str]
) -> StoryTable:
    lacks = tuple(sorted({lack for each in subjects for lack in _lacks(each)}))
    words = [
        each
        for each in WORDS
        if any(_has_a_say(each, endpoint) for endpoint in subjects) and (each in only or not only) and each not in without
    ]
    # Where a redirect leads to says nothing without one.
    redirects = [each.partition(":")[0] for each in without if ": redirect: " in each]
    words = [each for each in words if not each.startswith(tuple(f"{element}: to: " for element in redirects))]
    if mask is not None:
        words = [each for each in words if each in mask]
    by_element = {name: tuple(each for each in words if each.startswith(f"{name}: ")) for name in MOVES}
    elements = [held for name, held in by_element.items() if held for _ in range(_WEIGHTS.get(name, 1))]
    return StoryTable(tuple(words), tuple(elements), lacks, without, mask is not None)


def _answers(endpoint: Endpoint) -> Iterator[Answer]:
    for call in (endpoint.submit, *endpoint.fetches):
        yield from call.answers.values()


def _has_a_say(word: str, endpoint: Endpoint) -> bool:
    beginning = _beginnings_of(word)[1]
    if word.startswith("webhook: "):
        return bool(endpoint.webhook)
    if beginning in ("shape: drop", "shape: null"):
        return bool(_lacks(endpoint))
    if beginning == "shape: base64" and "base64" not in endpoint.field:
        return False
    return beginning not in _NEEDS or not _facts(endpoint).isdisjoint(_NEEDS[beginning])


@lru_cache(maxsize=256)
def _lacks(endpoint: Endpoint) -> frozenset[Lack]:
    """The fields that the answers to a job that goes well may lack, whatever the dialect, and when there is such an answer."""
    at_once = _optional(endpoint.submit.answers, "success")
    queued = _optional(endpoint.submit.answers, "processing")
    for call in endpoint.fetches:
        queued |= _optional(call.answers, "success") | _optional(call.answers, "processing")
    return frozenset(
        Lack(each, "" if each in at_once & queued else "success" if each in at_once else "processing")
        for each in at_once | queued
    )


def _optional(answers: Mapping[str, Answer], status: str) -> frozenset[str]:
    answer = answers.get(status)
    if answer is None:
        return frozenset()
    return answer.optional & {each.name for each in answer.fields if each.dialect is None}


@lru_cache(maxsize=256)
def _facts(endpoint: Endpoint) -> frozenset[str]:
    """The facts of a job that some answer tells."""
    return frozenset(each.fact for answer in _answers(endpoint) for each in answer.fields if each.space == "job")
