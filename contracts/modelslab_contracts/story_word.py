"""One row of the alphabet of stories, and how the rows of each element are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Word(NamedTuple):
    """One row. `says` is half a sentence, `story` and `words` are one example, `exposes` completes "catches clients that"."""

    says: str
    story: Mapping[str, Any]
    words: str
    exposes: str


def submit(says: str, turn: Any, words: str, exposes: str) -> Word:
    return Word(says, {"submit": [turn]}, words, exposes)


def polls(says: str, turn: Any, words: str, exposes: str) -> Word:
    return Word(says, {"polls": [turn]}, f"polls={words}", exposes)


def shape(says: str, part: str, value: Any, exposes: str) -> Word:
    listed = value if isinstance(value, list) else [value]
    return Word(says, {"shape": {part: value}}, "shape=" + ",".join(f"{part}:{each}" for each in listed), exposes)


def picture(says: str, fate: Any, words: str, exposes: str) -> Word:
    return Word(says, {"pictures": ["ok", fate]}, f"pictures=ok,{words}", exposes)
