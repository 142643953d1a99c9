"""The elements of a story, one row each: its default, its JSON Schema, how it is read and told, and its sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .story_reading import SECONDS, TEXT, literal, read, word
from .story_shape import (
    PICTURES_SCHEMA,
    SHAPE_SCHEMA,
    fate_as_json,
    fates_from_words,
    read_pictures,
    read_shape,
    say_pictures,
    say_shape,
    shape_as_json,
    shape_from_words,
)
from .story_turns import MAX_TURNS, PLAIN_TURN, Turn, read_turns, say_turns, turn_as_json, turn_from_word, turn_schema
from .story_words import ENDS as END_ROWS
from .story_words import WEBHOOKS

#: Words of `ends`; a number is the HTTP status that every fetch gets from the end on.
ENDS = tuple(each for each in END_ROWS if each != "http")
MAX_POLLS = 1_000


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
