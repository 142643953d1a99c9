"""Values of options, as commands read them: the same mistake is told in the same words, whichever command it is made to."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from modelslab_contracts.nearest import did_you_mean


class OptionsError(Exception):
    """An option that cannot be used, as one sentence."""


def known(option: str, word: str, words: Collection[str]) -> str:
    """A word of a closed list. Raises OptionsError."""
    if word not in words:
        raise OptionsError(f"{option} {word!r} is not one of {', '.join(words)}{did_you_mean(word, words)}")
    return word


def number(option: str, text: str, lowest: int, highest: int) -> int:
    """A whole number within bounds. Raises OptionsError."""
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(highest)) else -1
    if not lowest <= value <= highest:
        raise OptionsError(f"{option} must be a whole number from {lowest} to {highest}, got {text!r}")
    return value


def number_or_none(option: str, text: str | None, lowest: int, highest: int) -> int | None:
    """The same, where the option may be left out."""
    return None if text is None else number(option, text, lowest, highest)


def replay_of(option: str, given: str) -> Mapping[str, Any]:
    """What a file of `--replays` holds, or the JSON that was given in its place. Raises OptionsError."""
    is_json = given.lstrip().startswith("{")
    what = option if is_json else f"{option} {given}"
    try:
        told = json.loads(given if is_json else Path(given).read_text(encoding="utf-8"))
    except OSError as problem:
        raise OptionsError(f"{what}: {problem.strerror}") from None
    except (ValueError, RecursionError) as problem:
        raise OptionsError(f"{what} is not JSON: {problem}") from None
    if not isinstance(told, dict):
        raise OptionsError(f"{what} must be a JSON object, such as --replays writes")
    return told


def folder(option: str, name: str) -> Path:
    """A folder, made where it is not there yet. Raises OptionsError."""
    place = Path(name)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OptionsError(f"{option} {name}: {problem.strerror}") from None
    return place
