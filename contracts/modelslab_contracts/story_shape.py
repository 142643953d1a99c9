"""What an answer looks like, and what becomes of each picture: two elements of a story whose values are small and flat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .nearest import did_you_mean
from .story_reading import NAME, SECONDS, StoryError, literal, read, shown, word
from .story_shape_words import PICTURES, SHAPES

MAX_NAMES = 20
MAX_PICTURES = 16


class Shape(NamedTuple):
    """How answers deviate in form. `drop`, `null` and `add` name fields; the other parts are words, None: as the contract."""

    drop: tuple[str, ...] = ()
    null: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    id: str | None = None
    eta: str | None = None
    output: str | None = None
    proxy_links: str | None = None
    nsfw: str | None = None
    base64: str | None = None
    fetch_id: str | None = None


PLAIN_SHAPE = Shape()
_NAMES: Mapping[str, Any] = {"type": "array", "minItems": 1, "maxItems": MAX_NAMES, "items": NAME}
PARTS: Mapping[str, Mapping[str, Any]] = {
    part: _NAMES if part in ("drop", "null", "add") else {"enum": list(words)} for part, words in SHAPES.items()
}
SHAPE_SCHEMA: Mapping[str, Any] = {"type": "object", "additionalProperties": False, "properties": PARTS}


def read_shape(value: Any) -> Shape:
    """The shape that a JSON object tells. Raises StoryError."""
    if not isinstance(value, Mapping):
        raise StoryError("shape", f'must be an object such as {{"id": "text"}}, got {shown(value)}')
    parts: dict[str, Any] = {}
    for part, given in value.items():
        schema = PARTS[word("shape", part, PARTS)]
        one = [given] if schema is _NAMES and isinstance(given, str) else given
        read_part = read("shape", part, one, schema)
        parts[part] = tuple(read_part) if schema is _NAMES else read_part
    return Shape(**parts)


def shape_as_json(shape: Shape) -> dict[str, Any]:
    """The shape as the smallest JSON value that tells it."""
    told = {part: getattr(shape, part) for part in PARTS}
    return {part: list(held) if isinstance(held, tuple) else held for part, held in told.items() if held}


def shape_from_words(text: str) -> Any:
    """The JSON value of `id:text,drop:tip`; a part may stand there several times when it takes names."""
    value: dict[str, Any] = {}
    for pair in text.split(","):
        part, colon, given = pair.partition(":")
        if not colon:
            raise StoryError("shape", f"{shown(pair)} must be PART:VALUE, with one of {', '.join(PARTS)}")
        if PARTS.get(part) is _NAMES:
            value.setdefault(part, []).append(given)
        elif part in value:
            raise StoryError("shape", f"{part} is said twice")
        else:
            value[part] = given
    return value


def say_shape(shape: Shape) -> str | None:
    """The shape as one clause, or None."""
    said = []
    for part in PARTS:
        held = getattr(shape, part)
        if isinstance(held, tuple) and held:
            said.append("answers come " + SHAPES[part]["names"].says.format(", ".join(map(repr, held))))
        elif held:
            said.append(SHAPES[part][held].says)
    return ", ".join(said) or None


class Fate(NamedTuple):
    """What becomes of one picture: a word, with the status of `http` and the seconds of `expires` and `slow`."""

    word: str = "ok"
    http: int | None = None
    seconds: float | None = None


OK = Fate()
_BARE = ("ok", "mirror", "html", "truncated", "cut", "wrong-type")
_TIMED = ("expires", "slow")
_STATUS: Mapping[str, Any] = {"type": "integer", "minimum": 400, "maximum": 599}
PICTURES_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "maxItems": MAX_PICTURES,
    "items": {
        "anyOf": [
            {"enum": list(_BARE)},
            _STATUS,
            *(
                {"type": "object", "required": [each], "additionalProperties": False, "properties": {each: SECONDS}}
                for each in _TIMED
            ),
        ]
    },
}


def read_pictures(value: Any) -> tuple[Fate, ...]:
    """The fates of a list, by sample index. Raises StoryError."""
    items = value if isinstance(value, list) else [value]
    if len(items) > MAX_PICTURES:
        raise StoryError("pictures", f"must hold at most {MAX_PICTURES} fates, got {len(items)}")
    return tuple(map(_read_fate, items))


def fate_as_json(fate: Fate) -> Any:
    """The fate as JSON: a word, a status, or an object with seconds."""
    if fate.word == "http":
        return fate.http
    return {fate.word: fate.seconds} if fate.word in _TIMED else fate.word


def fates_from_words(text: str) -> Any:
    """The JSON value of `ok,404,expires:60`."""
    fates: list[Any] = []
    for each in text.split(","):
        name, colon, seconds = each.partition(":")
        fates.append({name: literal(seconds)} if colon else int(each) if each.isascii() and each.isdigit() else each)
    return fates


def say_pictures(fates: tuple[Fate, ...]) -> str | None:
    """The fates as one clause, or None."""
    said = [f"picture {index} {_say_fate(fate)}" for index, fate in enumerate(fates) if fate != OK]
    return ", ".join(said) if said else "every picture is there" if fates else None


def _read_fate(item: Any) -> Fate:
    if isinstance(item, Mapping) and len(item) == 1:
        (name, seconds), *_ = item.items()
        return Fate(word("pictures", name, _TIMED), seconds=read("pictures", name, seconds, SECONDS))
    if isinstance(item, (int, float)) and not isinstance(item, bool):
        return Fate("http", http=read("pictures", "the status of a picture", item, _STATUS))
    if not isinstance(item, str):
        example = 'a fate is a word, a status such as 404, or seconds such as {"expires": 60}'
        raise StoryError("pictures", f"{example}, got {shown(item)}")
    if item not in _BARE and item in PICTURES:
        raise StoryError(
            "pictures", f'{item} takes a number, as in {{"{item}": 60}}' if item in _TIMED else f"{item} is a number"
        )
    if item not in _BARE:
        raise StoryError("pictures", f"unknown word {shown(item)}{did_you_mean(item, (*_BARE, *_TIMED))}")
    return Fate(item)


def _say_fate(fate: Fate) -> str:
    if fate.word == "http":
        return PICTURES[str(fate.http)].says if str(fate.http) in PICTURES else f"is answered HTTP {fate.http}"
    says = PICTURES[fate.word].says
    if fate.word == "expires":
        return f"{says} {fate.seconds:g} s after the job's end"
    return f"{says} by {fate.seconds:g} s" if fate.word == "slow" else says
