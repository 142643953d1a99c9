"""What an order asks for, whatever its document calls the types of its fields: bounded, and never an error.

Our own contracts read whole numbers and bools; a foreign document may have a text, a list of words or nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..pictures import LARGEST_SIDE

#: Pictures that one job makes at most, where a document sets no bound.
MOST_SAMPLES = 64
_SIDE, _MOST_STEPS = 512, 10_000
_ON = ("yes", "true", "1", "on")


class Asked(NamedTuple):
    """What an order comes to: `samples` pictures of `width` × `height` pixels, in so many steps.

    `shown` is the prompt as its pictures and their links may show it: without the API key.
    `answer_now` asks to be told of the job before it is done; `temp` and `base64` say where its pictures are found.
    """

    prompt: str
    shown: str
    width: int
    height: int
    samples: int
    steps: int
    upscale: bool
    answer_now: bool
    safety_checker: bool
    temp: bool
    base64: bool


def asked_of(values: Mapping[str, Any]) -> Asked:
    """What the values of an order ask for. Nearly all are right as they stand, and this runs for every submit."""
    get = values.get
    prompt, width, height, count, steps = (
        get("prompt"),
        get("width"),
        get("height"),
        get("samples"),
        get("num_inference_steps"),
    )
    if type(prompt) is not str:
        prompt = ""
    if type(width) is not int or not 0 < width <= LARGEST_SIDE:
        width = _within(1, _whole(width, _SIDE), LARGEST_SIDE)
    if type(height) is not int or not 0 < height <= LARGEST_SIDE:
        height = _within(1, _whole(height, _SIDE), LARGEST_SIDE)
    if type(count) is not int or not 0 < count <= MOST_SAMPLES:
        count = _within(1, _whole(count, 1), MOST_SAMPLES)
    if type(steps) is not int or not 0 < steps <= _MOST_STEPS:
        steps = _within(0, _whole(steps, 0), _MOST_STEPS)
    return tuple.__new__(
        Asked,
        (
            prompt,
            prompt,
            width,
            height,
            count,
            steps,
            bool(get("upscale")),
            _is_on(get("instant_response")),
            _is_on(get("safety_checker")),
            _is_on(get("temp")),
            _is_on(get("base64")),
        ),
    )


def _is_on(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() in _ON)


def _within(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))


def _whole(value: Any, otherwise: int) -> int:
    if isinstance(value, bool) or not value:
        return otherwise
    if isinstance(value, (int, float)):
        return int(max(-1e9, min(value, 1e9)))
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else otherwise
