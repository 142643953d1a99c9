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
#: Packages whose own errors no client should let out: its callers would have to know what it is made of.
_LIBRARIES = ("requests", "urllib3", "http", "urllib", "httpx", "httpx2", "httpcore", "aiohttp", "ssl")
#: What a function may return beside a list: the pictures, and whether they are flagged.
_IMAGES, _FLAGGED = "images", "nsfw"


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
        return Outcome("timeout", (), said, name, _library(problem))
    return Outcome("error", (), said, name, _library(problem))


def _library(problem: BaseException) -> str:
    """The HTTP library whose own class an error is; "" for a class of anybody else's."""
    package = type(problem).__module__.partition(".")[0]
    return package if package in _LIBRARIES else ""


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
    if isinstance(result, dict) and _IMAGES in result and result.keys() <= {_IMAGES, _FLAGGED}:
        return _returned(result[_IMAGES])._replace(flagged=_is_flagged(result.get(_FLAGGED)))
    if result is None:
        return Outcome("images")
    if isinstance(result, (str, bytes)):
        return Outcome("images", (result,))
    if isinstance(result, Iterable) and not isinstance(result, dict):
        images = tuple(result)
        if all(isinstance(each, (str, bytes)) for each in images):
            return Outcome("images", images)
    return Outcome("odd", (), type(result).__name__)


def _is_flagged(held: Any) -> bool:
    """Whether a flag for all pictures, or one of a list of flags, is set."""
    return any(each is True for each in held) if isinstance(held, list) else held is True
