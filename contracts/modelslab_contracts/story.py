"""A story: what the server will do, as one JSON value. (Others say scenario.)

One row per element: its default, its JSON Schema, how it is read and told, and its sentence. One format, five uses: emulator
story, kit example, replay file, bug report, pytest parameter. The words of the elements are rows in `story_words.py`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from .nearest import did_you_mean
from .story_reading import MAX_WAIT_S, SECONDS, TEXT, StoryError, literal, read, shown, word
from .story_shape import (
    PICTURES_SCHEMA,
    PLAIN_SHAPE,
    SHAPE_SCHEMA,
    Fate,
    Shape,
    fate_as_json,
    fates_from_words,
    read_pictures,
    read_shape,
    say_pictures,
    say_shape,
    shape_as_json,
    shape_from_words,
)
from .story_turns import (
    KINDS,
    MAX_TURNS,
    PLAIN_TURN,
    Turn,
    keys_of,
    read_turns,
    say_turns,
    turn_as_json,
    turn_from_word,
    turn_schema,
    words_of,
)
from .story_words import ENDS as END_ROWS
from .story_words import WEBHOOKS

#: A turn at the submit, under the name of its element.
Submit = Turn
#: Bare words of `submit`.
SUBMIT_WORDS = words_of("submit")
#: Keys that may stand in an object of `submit`.
SUBMIT_KEYS = keys_of("submit")
#: Elements that speak of the road of a queued job.
_ROAD = frozenset({"eta", "polls", "ends"})
#: Words of `ends`; a number is the HTTP status that every fetch gets from the end on.
ENDS = tuple(each for each in END_ROWS if each != "http")
MAX_POLLS = 1_000


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


class Element(NamedTuple):
    """One row: the element's default as JSON, its schema, how a value is read, its sentence (None: unremarkable), how it is
    told as JSON, and the JSON value of what stands after `=` in words.
    """

    default: Any
    schema: Mapping[str, Any]
    read: Callable[[Any], Any]
    sentence: Callable[[Any], str | None]
    tell: Callable[[Any], Any] = lambda value: value
    from_words: Callable[[str], Any] = literal


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
            submit.append(turn_from_word(each))
        else:
            raise StoryError("", f"unknown word {shown(first)}{did_you_mean(first, (*ELEMENTS, *SUBMIT_KEYS, *SUBMIT_WORDS))}")
    if submit and "submit" in value:
        raise StoryError("submit", "is said twice: with its name, and by words that name no element")
    if submit:
        value["submit"] = submit
    return story_of(value)


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


def _turns_schema(place: str) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "maxItems": MAX_TURNS, "items": turn_schema(place)}


def _tell_turns(turns: tuple[Turn, ...]) -> list[Any]:
    return [turn_as_json(each) for each in turns]


_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0, "maximum": MAX_POLLS}
_STATUS: Mapping[str, Any] = {"type": "integer", "minimum": 400, "maximum": 599}


def _read_polls(value: Any) -> int | tuple[Turn, ...] | None:
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return int(read("polls", "the number of fetches", value, _COUNT))
    return read_turns("polls", value)


def _polls_from_words(text: str) -> Any:
    number = literal(text)
    if number is None or isinstance(number, (int, float)):
        return number
    return [turn_from_word(each) for each in text.split(",")]


def _say_polls(polls: int | tuple[Turn, ...] | None) -> str | None:
    if isinstance(polls, tuple):
        told = [each._replace(word="processing") if each.word == "default" and each.http is None else each for each in polls]
        return say_turns(tuple(told), "the first fetch").replace("is queued", "says processing")
    return None if polls is None else f"{polls} {'fetch says' if polls == 1 else 'fetches say'} processing"


def _read_ends(value: Any) -> str | int:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(read("ends", "the status", value, _STATUS))
    return str(word("ends", value, ENDS))


def _say_ends(ends: str | int) -> str | None:
    if isinstance(ends, int):
        return f"the job ends in HTTP {ends}"
    return None if ends == "success" else END_ROWS[ends].says


def _read_or_none(element: str, what: str, schema: Mapping[str, Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(element, what, value, schema)


#: The alphabet. A new element is a new row; the test of the alphabet demands its schema, sentence and place in the docs.
ELEMENTS: dict[str, Element] = {
    "submit": Element(
        ["default"],
        {"description": "One answer per attempt to submit; the last one stays.", **_turns_schema("submit")},
        lambda value: read_turns("submit", value),
        lambda turns: None if turns == (PLAIN_TURN,) else say_turns(turns, "the submit"),
        _tell_turns,
        lambda text: [turn_from_word(each) for each in text.split(",")],
    ),
    "eta": Element(
        None,
        {"description": "Seconds that a queued job takes, and says so.", **SECONDS, "type": ["number", "null"]},
        _read_or_none("eta", "eta", SECONDS),
        lambda eta: None if eta is None else f"the job takes {eta:g} s",
    ),
    "polls": Element(
        None,
        {
            "description": "Fetches that say processing before the end, or one answer for each; null lets time decide.",
            "anyOf": [{"type": "null"}, _COUNT, _turns_schema("polls")],
        },
        _read_polls,
        _say_polls,
        lambda polls: _tell_turns(polls) if isinstance(polls, tuple) else polls,
        _polls_from_words,
    ),
    "ends": Element(
        "success",
        {"description": "How a queued job ends; a number is an HTTP status.", "anyOf": [{"enum": list(ENDS)}, _STATUS]},
        _read_ends,
        _say_ends,
    ),
    "message": Element(
        None,
        {"description": "The text of the failure or error.", **TEXT, "type": ["string", "null"]},
        _read_or_none("message", "the message", TEXT),
        lambda message: None if message is None else f"the text is {message!r}",
        from_words=str,
    ),
    "nsfw": Element(
        None,
        {
            "description": "Whether the pictures are found not safe for work; null lets the prompt decide.",
            "type": ["boolean", "null"],
        },
        _read_or_none("nsfw", "nsfw", {"type": "boolean"}),
        lambda nsfw: None if nsfw is None else "the pictures are flagged" if nsfw else "the pictures are never flagged",
    ),
    "shape": Element(
        {},
        {"description": "How answers deviate in form, where the endpoint's answers have such a field.", **SHAPE_SCHEMA},
        read_shape,
        say_shape,
        shape_as_json,
        shape_from_words,
    ),
    "pictures": Element(
        [],
        {"description": "What becomes of each picture, by sample index; those beyond the list are there.", **PICTURES_SCHEMA},
        read_pictures,
        say_pictures,
        lambda fates: [fate_as_json(each) for each in fates],
        fates_from_words,
    ),
    "webhook": Element(
        "once",
        {"description": "What becomes of the job's webhook.", "enum": list(WEBHOOKS)},
        lambda value: word("webhook", value, WEBHOOKS),
        lambda fate: None if fate == "once" else WEBHOOKS[fate].says,
    ),
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
