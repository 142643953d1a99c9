"""A story: what the server will do, as one JSON value. (Others say scenario.)

One row per element: its default, its JSON Schema, how it is read, and its sentence. One format, five uses: emulator
story, kit example, replay file, bug report, pytest parameter.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from .nearest import did_you_mean
from .situations import CAN_BE_ASKED

#: Words that may stand in `submit`, each with its half of a sentence. `default` leaves the choice to the order itself.
SUBMIT_WORDS: dict[str, str] = {
    "default": "is answered by what the order asks for",
    "success": "is finished at once",
    "processing": "is queued",
    "garbled": "is answered with JSON cut in the middle",
    "reset": "loses its connection before any answer",
    **{name: f"is refused as {name}" for name in CAN_BE_ASKED},
}
#: Keys that may stand in an object of `submit`.
SUBMIT_KEYS = ("http", "slow", "retry_after")
#: Elements that speak of the road of a queued job.
_ROAD = frozenset({"eta", "polls", "ends"})
ENDS = {"success": "success", "failed": "failed", "error": "an error", "never": "never"}
MAX_WAIT_S = 86_400.0
MAX_POLLS = 1_000


@dataclass(eq=False)
class StoryError(ValueError):
    """A story that cannot be understood: which element, and what is wrong with it."""

    element: str
    problem: str

    def __str__(self) -> str:
        return f"story element {self.element!r}: {self.problem}" if self.element else f"story: {self.problem}"


class Submit(NamedTuple):
    """How one attempt to submit is answered. `http` is a literal status; `slow` and `retry_after` are seconds."""

    word: str = "default"
    http: int | None = None
    slow: float | None = None
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """What will happen. `submit` holds one answer per attempt, the last one stays.

    `polls`: how many fetches say processing before the end; None means that time decides. `eta`: seconds.
    """

    submit: tuple[Submit, ...] = (Submit(),)
    eta: float | None = None
    polls: int | None = None
    ends: str = "success"
    message: str | None = None
    nsfw: bool | None = None

    def answer_to(self, attempt: int) -> Submit:
        """How the attempt (counted from 0) is answered."""
        return self.submit[min(attempt, len(self.submit) - 1)]


class Element(NamedTuple):
    """One row: the element's default as JSON, its schema, how a value is read, and its sentence (None: unremarkable)."""

    default: Any
    schema: Mapping[str, Any]
    read: Callable[[Any], Any]
    sentence: Callable[[Any], str | None]


def story_of(value: Any) -> Story:
    """The story that a JSON value tells. Raises StoryError naming the element and the nearest known word."""
    if not isinstance(value, Mapping):
        raise StoryError("", f"must be a JSON object, got {type(value).__name__}")
    read = {}
    for name, each in value.items():
        if name not in ELEMENTS:
            raise StoryError("", f"unknown element {name!r}{did_you_mean(str(name), ELEMENTS)}")
        read[name] = ELEMENTS[name].read(each)
    if "submit" not in read and read.keys() & _ROAD:
        read["submit"] = (Submit("processing"),)  # whoever speaks of the road means a job that has one
    return Story(**read)


def story_from_text(text: str) -> Story:
    """The story in a piece of text: a JSON object, or words as in a prompt directive. Raises StoryError."""
    if text.lstrip().startswith("{"):
        try:
            return story_of(orjson.loads(text))
        except orjson.JSONDecodeError as problem:
            raise StoryError("", f"not JSON at line {problem.lineno} column {problem.colno}") from None
    return story_from_words(text)


def story_from_words(text: str) -> Story:
    """The story in words: `processing eta=2 polls=3 ends=failed`. Bare words are answers to the submit, in order."""
    try:
        words = shlex.split(text)
    except ValueError as problem:
        raise StoryError("", f"cannot be split into words: {problem}") from None
    value: dict[str, Any] = {}
    submit: list[Any] = []
    for word in words:
        name, equals, given = word.partition("=")
        if not equals:
            if word == "nsfw":
                value["nsfw"] = True
            else:
                submit.append(word)
        elif name in SUBMIT_KEYS:
            if name == "retry_after" and submit and isinstance(submit[-1], dict):
                submit[-1][name] = _literal(given)
            else:
                submit.append({name: _literal(given)})
        elif name in ELEMENTS:
            value[name] = _literal(given) if name != "message" else given
        else:
            raise StoryError("", f"unknown word {name!r}{did_you_mean(name, (*ELEMENTS, *SUBMIT_KEYS))}")
    if submit:
        value["submit"] = submit
    return story_of(value)


def as_json(story: Story) -> dict[str, Any]:
    """The story as the smallest JSON value that tells it."""
    value: dict[str, Any] = {}
    for name, element in ELEMENTS.items():
        held = getattr(story, name)
        plain = [_submit_json(each) for each in held] if name == "submit" else held
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


def _literal(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _read_submit(value: Any) -> tuple[Submit, ...]:
    items = value if isinstance(value, list) else [value]
    if not items:
        raise StoryError("submit", "must hold at least one answer")
    return tuple(map(_read_answer, items))


def _read_answer(item: Any) -> Submit:
    if isinstance(item, str):
        if item not in SUBMIT_WORDS:
            raise StoryError("submit", f"unknown word {item!r}{did_you_mean(item, (*SUBMIT_WORDS, *SUBMIT_KEYS))}")
        return Submit(item)
    if not isinstance(item, Mapping) or not item:
        raise StoryError("submit", 'each answer is a word or an object such as {"http": 503}')
    for key in item:
        if key not in SUBMIT_KEYS:
            raise StoryError("submit", f"unknown word {key!r}{did_you_mean(str(key), SUBMIT_KEYS)}")
    http, slow, retry_after = item.get("http"), item.get("slow"), item.get("retry_after")
    if http is not None and not (_whole(http) and 200 <= http <= 599):
        raise StoryError("submit", f"http must be a status from 200 to 599, got {http!r}")
    if slow is not None:
        slow = _seconds("submit", slow)
    if retry_after is not None and not (_whole(retry_after) and 0 <= retry_after <= MAX_WAIT_S):
        raise StoryError("submit", f"retry_after must be whole seconds, got {retry_after!r}")
    if retry_after is not None and http is None:
        raise StoryError("submit", 'retry_after goes with http, as in {"http": 429, "retry_after": 5}')
    return Submit("default", http, slow, retry_after)


def _submit_json(answer: Submit) -> Any:
    options = {key: value for key in SUBMIT_KEYS if (value := getattr(answer, key)) is not None}
    return options or answer.word


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _seconds(element: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_WAIT_S:
        raise StoryError(element, f"must be seconds from 0 to {MAX_WAIT_S:.0f}, got {value!r}")
    return value


def _read_polls(value: Any) -> int:
    if not _whole(value) or not 0 <= value <= MAX_POLLS:
        raise StoryError("polls", f"must be a whole number from 0 to {MAX_POLLS}, got {value!r}")
    return int(value)


def _read_ends(value: Any) -> str:
    if not isinstance(value, str) or value not in ENDS:
        raise StoryError("ends", f"unknown word {value!r}{did_you_mean(str(value), ENDS)}")
    return value


def _read_message(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 1_000:
        raise StoryError("message", "must be a text of 1 to 1000 characters")
    return value


def _read_nsfw(value: Any) -> bool:
    if not isinstance(value, bool):
        raise StoryError("nsfw", f"must be true or false, got {value!r}")
    return value


def _say_submit(answers: tuple[Submit, ...]) -> str | None:
    if answers == (Submit(),):
        return None
    return ", then ".join(_say_answer(each) for each in answers).join(("the submit ", ""))


def _say_answer(answer: Submit) -> str:
    said = f"is answered HTTP {answer.http}" if answer.http else SUBMIT_WORDS[answer.word]
    if answer.retry_after is not None:
        said += f" (try again after {answer.retry_after} s)"
    return f"takes {answer.slow:g} s and {said}" if answer.slow else said


#: The alphabet. A new element is a new row; the test of the alphabet demands its schema, sentence and place in the docs.
ELEMENTS: dict[str, Element] = {
    "submit": Element(
        ["default"],
        {
            "description": "One answer per attempt to submit; the last one stays.",
            "type": "array",
            "minItems": 1,
            "items": {
                "oneOf": [
                    {"enum": list(SUBMIT_WORDS)},
                    {
                        "type": "object",
                        "minProperties": 1,
                        "additionalProperties": False,
                        "properties": {
                            "http": {"type": "integer", "minimum": 200, "maximum": 599},
                            "slow": {"type": "number", "minimum": 0, "maximum": MAX_WAIT_S},
                            "retry_after": {"type": "integer", "minimum": 0, "maximum": MAX_WAIT_S},
                        },
                        "dependentRequired": {"retry_after": ["http"]},
                    },
                ]
            },
        },
        _read_submit,
        _say_submit,
    ),
    "eta": Element(
        None,
        {
            "description": "Seconds that a queued job takes, and says so.",
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": MAX_WAIT_S,
        },
        lambda value: None if value is None else _seconds("eta", value),
        lambda eta: None if eta is None else f"the job takes {eta:g} s",
    ),
    "polls": Element(
        None,
        {
            "description": "Fetches that say processing before the end; null lets time decide.",
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": MAX_POLLS,
        },
        lambda value: None if value is None else _read_polls(value),
        lambda polls: None if polls is None else f"{polls} {'fetch says' if polls == 1 else 'fetches say'} processing",
    ),
    "ends": Element(
        "success",
        {"description": "How a queued job ends.", "enum": list(ENDS)},
        _read_ends,
        lambda ends: (
            None if ends == "success" else "the job never ends" if ends == "never" else f"the job ends in {ENDS[ends]}"
        ),
    ),
    "message": Element(
        None,
        {"description": "The text of the failure or error.", "type": ["string", "null"], "minLength": 1, "maxLength": 1_000},
        lambda value: None if value is None else _read_message(value),
        lambda message: None if message is None else f"the text is {message!r}",
    ),
    "nsfw": Element(
        None,
        {
            "description": "Whether the pictures are found not safe for work; null lets the prompt decide.",
            "type": ["boolean", "null"],
        },
        lambda value: None if value is None else _read_nsfw(value),
        lambda nsfw: None if nsfw is None else "the pictures are flagged" if nsfw else "the pictures are never flagged",
    ),
}

_DIRECTIVE = re.compile(r"\[\[\s*mock\s*:(.*?)\]\]", re.DOTALL)


def directive_in(prompt: str) -> str | None:
    """The words of a `[[mock: …]]` directive in a prompt, or None."""
    if "[[" not in prompt:
        return None
    found = _DIRECTIVE.search(prompt)
    return found[1].strip() if found else None
