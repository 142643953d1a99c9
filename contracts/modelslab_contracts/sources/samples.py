"""The samples of a page: every JSON object on it, also as JavaScript, PHP, Python or escaped Java has it, broken ones not."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from .lines import Line

_DECODER = json.JSONDecoder(strict=False)
_START = re.compile(r'[{\[](?=\s*\\?["\'])|\{(?=\s*\\n\s*\\")')
_LAST_COMMA = re.compile(r",(?=\s*[}\])])")
_PYTHON = {"None": "null", "True": "true", "False": "false"}
_FEWEST = 2


class Sample(NamedTuple):
    """One object on a page, and the line that it begins on. An answer says how it went; a body says who asks."""

    line: int
    value: Mapping[str, Any]

    @property
    def is_answer(self) -> bool:
        """Whether a server said it."""
        return isinstance(self.value.get("status"), str)

    @property
    def is_body(self) -> bool:
        """Whether a client sends it."""
        return not self.is_answer and "key" in self.value and "prompt" in self.value


def samples_of(lines: list[Line]) -> list[Sample]:
    """The samples of a page in their order, none inside another."""
    text = "\n".join(each.text for each in lines)
    spellings = [text, *_spellings(text)]
    found, end, number = [], 0, _numbers(lines)
    for opening in _START.finditer(text):
        if opening.start() < end:
            continue
        for spelling in spellings:
            value, past = _decoded(spelling, opening.start())
            if isinstance(value, dict) and len(value) >= _FEWEST:
                found.append(Sample(number(opening.start()), _tidy(value)))
                end = past
                break
    return found


def _tidy(value: Mapping[str, Any]) -> dict[str, Any]:
    """Without the spaces that stand where an escape stood."""
    return {name.strip(): each.strip() if isinstance(each, str) else each for name, each in value.items()}


def _decoded(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, at


def _spellings(text: str) -> Iterator[str]:
    """The text with what another language writes put as JSON has it, every character at its place."""
    python = re.sub(r"\b(None|True|False)\b", lambda found: _PYTHON[found[0]], text)
    php = re.sub(r"\[(?=\s*\")", "{", text).replace("]", "}").replace("=>", ": ")
    java = text.replace('\\"', ' "').replace("\\n", "  ")
    yield from (_LAST_COMMA.sub(" ", each) for each in (python, php, java))


def _numbers(lines: list[Line]) -> Callable[[int], int]:
    """A function from a position in the joined lines to the number of its line."""
    begins = list(accumulate((len(each.text) + 1 for each in lines), initial=0))
    return lambda at: lines[bisect_right(begins, at) - 1].number
