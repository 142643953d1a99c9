"""Turns: how one attempt to submit, or one fetch, is answered. The first half of a story's alphabet.

A turn is a word (`processing`), or an object that says more: `{"answer": "processing", "slow": 2}`, `{"http": 503,
"retry_after": 2}`, `{"garbled": "html"}`. In words the parts are joined by `+`: `processing+slow=2`, `garbled=html+http=502`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from .nearest import did_you_mean
from .situations import CAN_BE_ASKED
from .story_reading import MAX_WAIT_S, NAME, SECONDS, TEXT, StoryError, literal, read, shown, word
from .story_turn_words import FETCH_RESULTS, GARBLED, REDIRECTS, RESETS, RETRY_AFTER_AS, SPELLINGS, TARGETS, says
from .story_word import Word

MAX_TURNS = 100
#: Faults with kinds: the first kind is what the bare word means.
KINDS: Mapping[str, Mapping[Any, Word]] = {"garbled": GARBLED, "reset": RESETS, "redirect": REDIRECTS}


class Turn(NamedTuple):
    """How one request is answered.

    `word` is an answer's name, `http` a literal status, `slow` seconds before the answer, `retry_after` whole seconds.
    `kind` says how it is garbled, reset or redirected (None: the first kind). `text` is the text of a refusal, or an object
    of lists. `fetch_result`, `output` and `eta` change what a processing answer says; `status` is what no client knows.
    """

    word: str = "default"
    http: int | None = None
    slow: float | None = None
    retry_after: int | None = None
    retry_after_as: str = "both"
    kind: Any = None
    spelling: str | None = None
    text: Any = None
    to: str = "same-host"
    fetch_result: str | None = None
    output: str | None = None
    eta: float | None = None
    status: str | None = "queued"

    @property
    def fault(self) -> tuple[str, Any] | None:
        """The fault that the turn plays on purpose and its kind, as they stand in the table of faults; None for none."""
        if self.word not in KINDS:
            return None
        return self.word, next(iter(KINDS[self.word])) if self.kind is None else self.kind


PLAIN_TURN = Turn()
_DEFAULTS = PLAIN_TURN._asdict()
_ERRORS: Mapping[str, Any] = {
    "oneOf": [
        TEXT,
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 20,
            "propertyNames": NAME,
            "additionalProperties": {"type": "array", "minItems": 1, "maxItems": 20, "items": TEXT},
        },
    ]
}
#: What may stand beside an answer, each with its schema.
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "http": {"type": "integer", "minimum": 200, "maximum": 599},
    "slow": SECONDS,
    "retry_after": {"type": "integer", "minimum": 0, "maximum": MAX_WAIT_S},
    "retry_after_as": {"enum": list(RETRY_AFTER_AS)},
    "spelling": {"enum": list(SPELLINGS)},
    "text": _ERRORS,
    "to": {"enum": list(TARGETS)},
    "fetch_result": {"enum": list(FETCH_RESULTS)},
    "output": {"enum": ["partial"]},
    "eta": SECONDS,
    "status": {"type": ["string", "null"], "maxLength": 50},
}
_REFUSAL = ("slow", "retry_after", "retry_after_as", "spelling", "text")
#: Kinds of turn: the words that it may begin with, and what may stand beside them.
_FORMS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "queue": (("default", "processing"), ("slow", "fetch_result", "output", "eta")),
    "success": (("success",), ("slow",)),
    "refusal": (tuple(each for each in CAN_BE_ASKED if each != "error"), _REFUSAL),
    "error": (("error",), ("http", *_REFUSAL)),
    "literal": (("default",), ("http", *_REFUSAL)),
    "garbled": (("garbled",), ("slow", "http")),
    "reset": (("reset",), ("slow",)),
    "redirect": (("redirect",), ("slow", "to")),
    "unknown-status": (("unknown-status",), ("slow", "status")),
    "not-found": (("not-found",), ("slow",)),
}
_FAULTS = ("refusal", "error", "literal", "garbled", "reset", "redirect")
#: Which kinds of turn may stand in an element, and which of their options mean nothing there.
PLACES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "submit": (("queue", "success", *_FAULTS), ("eta",)),  # what a submit says of eta is an element of its own
    "polls": (("queue", *_FAULTS, "unknown-status", "not-found"), ()),
}


def words_of(place: str) -> tuple[str, ...]:
    """The bare words that may stand in an element of turns."""
    return tuple(dict.fromkeys(each for form in PLACES[place][0] for each in _FORMS[form][0]))


def keys_of(place: str) -> tuple[str, ...]:
    """The keys that may stand in a turn of an element."""
    options = {each for form in PLACES[place][0] for each in _FORMS[form][1]}
    return ("answer", *KINDS, *(each for each in OPTIONS if each in options and each not in PLACES[place][1]))


def read_turns(place: str, value: Any) -> tuple[Turn, ...]:
    """The turns of a list; a single one needs no list. Raises StoryError."""
    items = value if isinstance(value, list) else [value]
    if not 1 <= len(items) <= MAX_TURNS:
        raise StoryError(place, f"must hold 1 to {MAX_TURNS} answers, got {len(items)}")
    return tuple(_read_turn(place, each) for each in items)


def turn_as_json(turn: Turn) -> Any:
    """The turn as the smallest JSON value that tells it: a word or an object."""
    value: dict[str, Any] = {}
    if turn.kind is not None:
        value[turn.word] = turn.kind
    elif turn.word != "default":
        value["answer"] = turn.word
    value |= {name: held for name in OPTIONS if (held := getattr(turn, name)) != _DEFAULTS[name]}
    if value.keys() <= {"answer"}:
        return turn.word
    return value


def turn_from_word(text: str) -> Any:
    """The JSON value of one turn in words: `processing+slow=2`."""
    value: dict[str, Any] = {}
    for part in re.split(rf"\+(?=(?:{'|'.join(OPTIONS)})=)", text):
        name, equals, given = part.partition("=")
        if equals:
            value[name] = given if name == "text" and not given.startswith("{") else literal(given)
        else:
            value["answer"] = part
    return text if value.keys() == {"answer"} else value


def turn_schema(place: str) -> dict[str, Any]:
    """JSON Schema of one turn of an element."""
    forms, without = PLACES[place]
    shapes: list[dict[str, Any]] = [{"enum": list(words_of(place))}]
    for form in forms:
        words, options = _FORMS[form]
        properties = {each: OPTIONS[each] for each in options if each not in without}
        shape: dict[str, Any] = {"type": "object", "additionalProperties": False, "minProperties": 1}
        shape["properties"] = {"answer": {"enum": list(words)}, **properties}
        if form in ("error", "literal"):  # a refusal by name may have seconds of its own
            shape["dependentRequired"] = {"retry_after_as": ["retry_after"]}
        if form == "literal":
            shape["required"] = ["http"]
        elif form != "queue":
            shape["required"] = ["answer"]
        shapes.append(shape)
        if form in KINDS:
            kinds = {form: {"enum": list(KINDS[form])}}
            shapes.append({**shape, "properties": {**kinds, **properties}, "required": [form]})
    return {"anyOf": shapes}


def say_turns(turns: tuple[Turn, ...], subject: str) -> str:
    """The turns as one clause: "the submit is refused as plan, then is queued"."""
    parts = [_say(each) for each in turns[:6]]
    if len(turns) > len(parts):
        parts.append(f"so on for {len(turns) - len(parts)} more")
    return f"{subject} " + ", then ".join(parts)


def _read_turn(place: str, item: Any) -> Turn:
    if isinstance(item, str):
        return Turn(word(place, item, words_of(place), keys_of(place)))
    if not isinstance(item, Mapping) or not item:
        raise StoryError(place, f'each answer is a word or an object such as {{"http": 503}}, got {shown(item)}')
    for key in item:
        if key not in keys_of(place):
            raise StoryError(place, f"unknown word {shown(key)}{did_you_mean(str(key), keys_of(place))}")
    heads = [key for key in ("answer", *KINDS) if key in item]
    if len(heads) > 1:
        raise StoryError(place, f"an answer is {heads[0]} or {heads[1]}, not both; a list holds one answer per attempt")
    name, kind = _head(place, heads[0], item[heads[0]]) if heads else ("default", None)
    given = {key: value for key, value in item.items() if key not in heads}
    _check_company(place, name, given)
    return Turn(name, kind=kind, **{key: _read_option(place, key, value) for key, value in given.items()})


def _head(place: str, key: str, value: Any) -> tuple[str, Any]:
    """The word and the kind of a turn."""
    if key == "answer":
        return word(place, value, words_of(place)), None
    return key, word(place, value, KINDS[key])


def _check_company(place: str, name: str, given: Mapping[str, Any]) -> None:
    """Refuse options that mean nothing beside this answer."""
    form = "literal" if name == "default" and "http" in given else next(f for f, (words, _) in _FORMS.items() if name in words)
    allowed = [each for each in _FORMS[form][1] if each not in PLACES[place][1]]
    for key in given:
        if key not in allowed:
            what = "http" if form == "literal" else name
            example = ', as in {"http": 429, "retry_after": 5}' if key == "retry_after" else ""
            raise StoryError(place, f"{key} says nothing beside {what}, which takes {', '.join(allowed)}{example}")
    if "retry_after_as" in given and "retry_after" not in given and form != "refusal":
        raise StoryError(place, "retry_after_as goes with retry_after")


def _read_option(place: str, key: str, value: Any) -> Any:
    if key == "text":
        return read(place, "text", value, _ERRORS["oneOf"][isinstance(value, Mapping)])
    return read(place, key, value, OPTIONS[key])


def _say(turn: Turn) -> str:
    said = f"is answered HTTP {turn.http}" if turn.http and turn.word == "default" else says(turn.fault or (turn.word,))
    more = []
    if turn.http and turn.word != "default":
        more.append(f"HTTP {turn.http}")
    if turn.retry_after is not None or turn.retry_after_as != "both":
        wait = "" if turn.retry_after is None else f" after {turn.retry_after} s"
        more.append(f"try again{wait}{RETRY_AFTER_AS[turn.retry_after_as].says}")
    if turn.spelling:
        more.append(f"its text called {turn.spelling}")
    if turn.text is not None:
        more.append(f"the text is {turn.text!r}")
    if turn.to != "same-host":
        more.append(TARGETS[turn.to].says)
    if turn.fetch_result:
        more.append(FETCH_RESULTS[turn.fetch_result].says)
    if turn.output:
        more.append("with part of its pictures")
    if turn.eta is not None:
        more.append(f"eta {turn.eta:g} s")
    if turn.word == "unknown-status":
        more.append(f"status {turn.status!r}")
    said += f" ({', '.join(more)})" if more else ""
    return f"takes {turn.slow:g} s and {said}" if turn.slow else said
