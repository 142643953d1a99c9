"""A story: what the server will do, as one JSON value. (Others say scenario.)

One format, five uses: emulator story, kit example, replay file, bug report, pytest parameter. Its elements are rows in
`story_elements.py`, their words rows in `story_words.py`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from .nearest import did_you_mean
from .story_elements import ELEMENTS, ENDS, MAX_POLLS, Element
from .story_reading import MAX_WAIT_S, StoryError, literal, shown
from .story_shape import PLAIN_SHAPE, Fate, Shape
from .story_turns import KINDS, PLAIN_TURN, Turn, keys_of, turn_from_word, words_of
from .story_words import ALPHABET

#: A turn at the submit, under the name of its element.
Submit = Turn
#: Bare words of `submit`.
SUBMIT_WORDS = words_of("submit")
#: Keys that may stand in an object of `submit`.
SUBMIT_KEYS = keys_of("submit")
#: Elements that speak of the road of a queued job.
_ROAD = frozenset({"eta", "polls", "ends"})


@dataclass(frozen=True, slots=True)
class Story:
    """What will happen. `submit` holds one answer per attempt, the last one stays.

    `polls`: how many fetches say processing before the end, or how each of them is answered; None means that time decides.
    `ends` is a word or an HTTP status. `eta`: seconds. `pictures`: by sample index; those beyond the list are there.
    """

    submit: tuple[Turn, ...] = (PLAIN_TURN,)
    eta: float | None = None
    polls: int | tuple[Turn, ...] | None = None
    ends: str | int = "success"
    message: str | None = None
    nsfw: bool | None = None
    shape: Shape = PLAIN_SHAPE
    pictures: tuple[Fate, ...] = ()
    webhook: str = "once"

    def answer_to(self, attempt: int) -> Turn:
        """How the attempt (counted from 0) is answered."""
        return self.submit[min(attempt, len(self.submit) - 1)]

    @property
    def polls_before_end(self) -> int | None:
        """How many fetches come before the one that ends the job; None when time ends it."""
        return len(self.polls) if isinstance(self.polls, tuple) else self.polls

    def fetch(self, number: int) -> Turn:
        """How the fetch (counted from 0) of a job that has not ended is answered."""
        return self.polls[number] if isinstance(self.polls, tuple) and number < len(self.polls) else PLAIN_TURN

    @property
    def names_another_id(self) -> bool:
        """Whether some answer's fetch_result names another id than the job's."""
        turns = (*self.submit, *(self.polls if isinstance(self.polls, tuple) else ()))
        return self.shape.fetch_id == "other" or any(each.fetch_result == "changed" for each in turns)


def story_of(value: Any) -> Story:
    """The story that a JSON value tells. Raises StoryError naming the element and the nearest known word."""
    if not isinstance(value, Mapping):
        raise StoryError("", f"must be a JSON object, got {type(value).__name__}")
    read_values: dict[str, Any] = {}
    for name, each in value.items():
        if name not in ELEMENTS:
            raise StoryError("", f"unknown element {shown(name)}{did_you_mean(str(name), ELEMENTS)}")
        read_values[name] = ELEMENTS[name].read(each)
    if "submit" not in read_values and read_values.keys() & _ROAD:
        read_values["submit"] = (Turn("processing"),)  # whoever speaks of the road means a job that has one
    return Story(**read_values)


def story_from_text(text: str) -> Story:
    """The story in a piece of text: a JSON object, or words as in a prompt directive. Raises StoryError."""
    if text.lstrip().startswith("{"):
        try:
            return story_of(orjson.loads(text))
        except orjson.JSONDecodeError as problem:
            raise StoryError("", f"not JSON at line {problem.lineno} column {problem.colno}") from None
    return story_from_words(text)


def story_from_words(text: str) -> Story:
    """The story in words: `processing+slow=2 polls=3 ends=failed`. Words that name no element are answers to the submit, in
    order. After `ELEMENT=` stands a word, a list such as `polls=http=502,processing`, or JSON.
    """
    try:
        words = shlex.split(text)
    except ValueError as problem:
        raise StoryError("", f"cannot be split into words: {problem}") from None
    value: dict[str, Any] = {}
    submit: list[Any] = []
    for each in words:
        name, equals, given = each.partition("=")
        first = name.partition("+")[0]
        if name in value or (name == "submit" and submit):
            raise StoryError(name, "is said twice")
        if each == "nsfw":
            value["nsfw"] = True
        elif name in ELEMENTS and equals:
            value[name] = literal(given) if given[:1] in ("[", "{") else ELEMENTS[name].from_words(given)
        elif name == "retry_after" and submit and isinstance(submit[-1], dict):
            submit[-1][name] = literal(given)  # the older spelling of http=503+retry_after=2
        elif not equals or first in SUBMIT_WORDS or first in SUBMIT_KEYS:
            submit.append(_answer_from_word(each, first))
        else:
            raise StoryError("", f"unknown word {shown(first)}{did_you_mean(first, (*ELEMENTS, *SUBMIT_KEYS, *SUBMIT_WORDS))}")
    if submit and "submit" in value:
        raise StoryError("submit", "is said twice: with its name, and by words that name no element")
    if submit:
        value["submit"] = submit
    return story_of(value)


def _answer_from_word(text: str, first: str) -> Any:
    """The answer to the submit that a word tells. Raises StoryError, which says the words that were probably meant instead."""
    if first not in SUBMIT_WORDS and first not in SUBMIT_KEYS:
        of_elements = (f"{element}={first}" for element, rows in ALPHABET.items() if first in rows)
        for meant in (f"http={first}",) if first.isdigit() else of_elements:
            if _can_be_read(meant):
                raise StoryError("", f"unknown word {shown(first)}; did you mean '{meant}'?")
    return turn_from_word(text)


def _can_be_read(text: str) -> bool:
    try:
        story_from_words(text)
    except StoryError:  # some rows of the alphabet are no words, but say what kind of value stands there
        return False
    return True


def as_json(story: Story) -> dict[str, Any]:
    """The story as the smallest JSON value that tells it."""
    value: dict[str, Any] = {}
    for name, element in ELEMENTS.items():
        plain = element.tell(getattr(story, name))
        if plain != element.default:
            value[name] = plain
    if "submit" not in value and value.keys() & _ROAD:
        value["submit"] = ELEMENTS["submit"].default  # left out it would be read as processing
    return value


def as_sentence(story: Story) -> str:
    """The story in one sentence; the plain story is "the job goes well"."""
    parts = [element.sentence(getattr(story, name)) for name, element in ELEMENTS.items()]
    said = [each for each in parts if each]
    return "; ".join(said) if said else "the job goes well"


def json_schema() -> dict[str, Any]:
    """JSON Schema of a story."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A story of modelslab-mock",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {**element.schema, "default": element.default} for name, element in ELEMENTS.items()},
    }


_DIRECTIVE = re.compile(r"\[\[\s*mock\s*:(.*?)(\]\]|\Z)", re.DOTALL | re.IGNORECASE)


def directive_in(prompt: str) -> str | None:
    """The words of a `[[mock: …]]` directive in a prompt, or None.

    Raises StoryError for one that is not closed and for a second one: whoever steers is never ignored silently.
    """
    if "[[" not in prompt:
        return None
    found = [*_DIRECTIVE.finditer(prompt)]
    if not found:
        return None
    if not found[-1][2]:
        raise StoryError("", "the directive is not closed with ]]")
    if len(found) > 1:
        raise StoryError("", "there are two directives; say all of it in one")
    return found[0][1].strip()


__all__ = [
    "ELEMENTS",
    "ENDS",
    "KINDS",
    "MAX_POLLS",
    "MAX_WAIT_S",
    "PLAIN_TURN",
    "SUBMIT_KEYS",
    "SUBMIT_WORDS",
    "Element",
    "Fate",
    "Shape",
    "Story",
    "StoryError",
    "Submit",
    "Turn",
    "as_json",
    "as_sentence",
    "directive_in",
    "json_schema",
    "story_from_text",
    "story_from_words",
    "story_of",
]
