"""What a Python callable returned or raised, as an outcome."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import Any

from .run import Outcome
from .stage import Played, Stopped

#: Errors that nobody raises to say something to a caller: when one of these comes out, nobody thought of the reply that came.
#: A class of the client's own below one of them is its own word.
_UNMEANT = (
    KeyError, IndexError, TypeError, AttributeError, UnicodeDecodeError, UnicodeEncodeError, AssertionError, NameError,
    ZeroDivisionError, OverflowError, RecursionError, StopIteration, UnboundLocalError, EOFError, zlib.error,
)  # fmt: skip
_TIMEOUT_WORDS = ("timeout", "timedout")


class CameTo(Exception):
    """Raised by what calls a client elsewhere: what it came to, as it was told, and what it `printed` on the way."""

    def __init__(self, outcome: Outcome, printed: str = "") -> None:
        super().__init__(outcome.message)
        self.outcome = outcome
        self.printed = printed


def outcome_of(played: Played) -> Outcome:
    """What the client came to."""
    if isinstance(played.raised, CameTo):
        return played.raised.outcome
    if played.raised is not None:
        return _raised(played.raised)
    return _returned(played.result)


def printed_in(played: Played) -> str:
    """What the client wrote to its stderr, where it is a program of its own."""
    return played.raised.printed if isinstance(played.raised, CameTo) else ""


def _raised(problem: BaseException) -> Outcome:
    name = type(problem).__name__
    if isinstance(problem, Stopped):
        return Outcome("hang", error_type=name)
    said = _said(problem)
    if is_crash(problem):
        return Outcome("crash", (), said, name)
    if isinstance(problem, TimeoutError) or any(each in name.lower() for each in _TIMEOUT_WORDS):
        return Outcome("timeout", (), said, name)
    return Outcome("error", (), said, name)


def is_crash(problem: BaseException) -> bool:
    """Whether an exception is one that its author did not mean for a caller: a bare parser's error, a missing member."""
    return type(problem) in _UNMEANT or isinstance(problem, json.JSONDecodeError)


def _said(problem: BaseException) -> str:
    """Everything that an exception says: itself, what it was raised from, and the values that it carries."""
    parts = [str(problem), repr(problem), *map(str, vars(problem).values() if hasattr(problem, "__dict__") else ())]
    cause = problem.__cause__
    while cause is not None and len(parts) < 20:
        parts.append(str(cause))
        cause = cause.__cause__
    return "\n".join(dict.fromkeys(each for each in parts if each))


def _returned(result: Any) -> Outcome:
    if result is None:
        return Outcome("images")
    if isinstance(result, (str, bytes)):
        return Outcome("images", (result,))
    if isinstance(result, Iterable) and not isinstance(result, dict):
        images = tuple(result)
        if all(isinstance(each, (str, bytes)) for each in images):
            return Outcome("images", images)
    return Outcome("odd", (), type(result).__name__)
