"""Which exchanges somebody wants to see: a small value, read from query parameters or JSON."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .exchange import Exchange
from .findings import RULES, Severity
from .nearest import did_you_mean, nearest, there_are

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_SANDBOX = re.compile(r"sb-(?:[0-9a-f]{8}|none)")
_STATUS = re.compile(r"[1-5](?:[0-9]{2}|xx)")
_WHOLE = re.compile(r"[0-9]{1,18}")
_FLAGS = {"true": True, "yes": True, "1": True, "": True, "false": False, "no": False, "0": False}


class WantedError(ValueError):
    """Why a query cannot be understood: one sentence that names the parameter and the nearest known word.

    `nearest` is that word by itself, or None.
    """

    def __init__(self, sentence: str, near: str | None = None) -> None:
        super().__init__(sentence)
        self.nearest = near


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an exchange must be to match; what is None (or 0, or False) does not matter.

    `path` and `rule` match as a whole, where `*` stands for anything and `?` for one character: `/api/v6/*` is a
    prefix. `status` is a code such as `404` or a class such as `4xx`. `since` is a number: only later ones match.
    `refused` are those with a finding that is an error, `unmatched` those for whose path and method there is no call.
    """

    sandbox: str | None = None
    endpoint: str | None = None
    method: str | None = None
    path: str | None = None
    status: str | None = None
    job: int | None = None
    answer: str | None = None
    rule: str | None = None
    since: int = 0
    refused: bool = False
    unmatched: bool = False

    def matches(self, exchange: Exchange) -> bool:
        """Whether `exchange` is one of those. Headers and bodies are not looked at."""
        return (
            exchange.n > self.since
            and self.sandbox in (None, exchange.sandbox)
            and self.endpoint in (None, exchange.endpoint)
            and self.method in (None, exchange.method)
            and self.job in (None, exchange.job_id)
            and self.answer in (None, exchange.answer)
            and (self.status is None or _has_status(exchange.status, self.status))
            and (self.path is None or fnmatch.fnmatchcase(exchange.path, _glob(self.path)))
            and (self.rule is None or any(fnmatch.fnmatchcase(each.rule, _glob(self.rule)) for each in exchange.findings))
            and (not self.refused or is_refused(exchange))
            and (not self.unmatched or is_unmatched(exchange))
        )


EVERYTHING = Wanted()


def is_refused(exchange: Exchange) -> bool:
    """Whether the request had something wrong with it; an error that a story asked for is none of the request's."""
    return any(each.severity is Severity.ERROR for each in exchange.findings)


def is_unmatched(exchange: Exchange) -> bool:
    """Whether no contract has a call for the path and method."""
    return any(each.rule.startswith("route/") and each.rule in _NO_CALL for each in exchange.findings)


_NO_CALL = ("route/unknown-path", "route/wrong-method")


def wanted(given: Mapping[str, Any], *, endpoints: Collection[str] = (), answers: Collection[str] = ()) -> Wanted:
    """The query that `given` describes: texts as a URL has them, or JSON values. Raises WantedError.

    `endpoints` and `answers` are the words known for those two; without them any word is taken.
    """
    for name in given:
        if name not in _READ:
            sentence = f"unknown parameter {name!r}{there_are(name, _READ)}"
            raise WantedError(sentence, nearest(name, _READ))
    known = {"endpoint": endpoints, "answer": answers}
    return Wanted(**{name: _READ[name](name, value, known.get(name, ())) for name, value in given.items() if value is not None})


def _word(name: str, value: Any, known: Collection[str]) -> str:
    if not isinstance(value, str) or not value:
        raise WantedError(f"{name} must be a word, got {value!r}")
    if known and value not in known:
        sentence = f"{name} {value!r} is not known{there_are(value, known)}"
        raise WantedError(sentence, nearest(value, known))
    return value


def _sandbox(name: str, value: Any, _: Collection[str]) -> str:
    if not isinstance(value, str) or not _SANDBOX.fullmatch(value):
        raise WantedError(
            f"{name} must be a sandbox as the log names it (sb- and eight hex digits, or sb-none), got {_masked(value)}"
        )
    return value


def _method(name: str, value: Any, _: Collection[str]) -> str:
    return _word(name, value.upper() if isinstance(value, str) else value, _METHODS)


def _rule(name: str, value: Any, _: Collection[str]) -> str:
    word = _word(name, value, ())
    if not fnmatch.filter(RULES, _glob(word)):
        raise WantedError(f"{name} {word!r} is no rule{did_you_mean(word, RULES)}", nearest(word, RULES))
    return word


def _status(name: str, value: Any, _: Collection[str]) -> str:
    text = str(value).lower() if isinstance(value, (str, int)) else ""
    if not _STATUS.fullmatch(text):
        raise WantedError(f"{name} must be a code such as 404 or a class such as 4xx, got {value!r}")
    return text


def _number(name: str, value: Any, _: Collection[str]) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise WantedError(f"{name} must be a whole number, got {value!r}")
    return value


def _flag(name: str, value: Any, _: Collection[str]) -> bool:
    read = value if isinstance(value, bool) else _FLAGS.get(value.lower()) if isinstance(value, str) else None
    if read is None:
        raise WantedError(f"{name} must be true or false, got {value!r}")
    return read


def _path(name: str, value: Any, _: Collection[str]) -> str:
    word = _word(name, value, ())
    if word[0] not in "/*":
        raise WantedError(f"{name} must begin with / or *, got {value!r}")
    return word


_READ: dict[str, Callable[[str, Any, Collection[str]], Any]] = {
    "sandbox": _sandbox,
    "endpoint": _word,
    "method": _method,
    "path": _path,
    "status": _status,
    "job": _number,
    "answer": _word,
    "rule": _rule,
    "since": _number,
    "refused": _flag,
    "unmatched": _flag,
}


def _has_status(status: int, asked: str) -> bool:
    return str(status) == asked or (asked.endswith("xx") and status // 100 == int(asked[0]))


def _glob(pattern: str) -> str:
    """A pattern in which only `*` and `?` mean more than themselves."""
    return pattern.replace("[", "[[]")


def _masked(value: Any) -> str:
    """What stands where a sandbox should may well be the API key itself, which no answer may repeat."""
    return f"a text of {len(value)} characters" if isinstance(value, str) else repr(value)
