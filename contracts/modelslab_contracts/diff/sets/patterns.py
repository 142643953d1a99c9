"""Regular expressions of the plain kind, read into a tree; and whether one is found in a text.

Read are literals, classes, groups, alternatives, counts and the two anchors, as far as both engines read them. Look-around,
references back, word boundaries and flags are not: a pattern that has them is refused with the reason.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import NamedTuple

from .letters import Letters, Reading, named, others, union

_COUNT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_PUNCTUATION = set('^$\\.*+?()[]{}|/-"@#%:, _')


class Unsupported(Exception):
    """A pattern that this reader does not decide."""


class Letter(NamedTuple):
    """One character of a set."""

    letters: Letters


class Sequence(NamedTuple):
    """One after the other."""

    parts: tuple[Node, ...]


class Choice(NamedTuple):
    """One of several."""

    parts: tuple[Node, ...]


class Repeat(NamedTuple):
    """So many times; `most` is None for any number."""

    part: Node
    least: int
    most: int | None


class Anchor(NamedTuple):
    """The start (`^`) or the end (`$`) of the text."""

    sign: str


Node = Letter | Sequence | Choice | Repeat | Anchor


@lru_cache(maxsize=4_096)
def parsed(pattern: str, reading: Reading) -> Node:
    """The tree of a pattern. Raises Unsupported."""
    _compiled(pattern)
    parser = _Parser(pattern, reading)
    node = parser.choice()
    if parser.at < len(pattern):
        raise Unsupported(f"{pattern[parser.at]!r} stands alone")
    return node


def found_in(pattern: str, text: str) -> bool | None:
    """Whether a pattern is found in a text; None where engines have two opinions, or may have."""
    from .automaton import accepts
    from .letters import READINGS

    try:
        answers = {accepts(pattern, reading, text) for reading in READINGS}
    except Unsupported:
        return None
    return answers.pop() if len(answers) == 1 else None


def probably_found_in(pattern: str, text: str) -> bool:
    """Whether one engine finds it: good enough for a guess."""
    try:
        return _compiled(pattern).search(text) is not None
    except Unsupported:
        return False


@lru_cache(maxsize=4_096)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as problem:
        raise Unsupported(f"not a regular expression: {problem}") from None


class _Parser:
    def __init__(self, pattern: str, reading: Reading) -> None:
        self.pattern = pattern
        self.reading = reading
        self.at = 0
        self.weight = 0

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _take(self) -> str:
        letter = self._peek()
        if not letter:
            raise Unsupported("it ends too early")
        self.at += 1
        return letter

    def choice(self) -> Node:
        parts = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repeated(self, part: Node) -> Node:
        count = _COUNT.match(self.pattern, self.at)
        sign = self._peek()
        if count:
            self.at = count.end()
            least = int(count[1])
            most = least if not count[2] else int(count[3]) if count[3] else None
        elif sign and sign in "*+?":
            self.at += 1
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        else:
            return part
        if isinstance(part, Anchor):
            raise Unsupported("an anchor is counted")
        if self._peek() == "?":  # a lazy one finds the same texts
            self.at += 1
        if self._peek() in ("*", "+", "?") or _COUNT.match(self.pattern, self.at):
            raise Unsupported("a count is counted")
        return Repeat(part, least, most)

    def _atom(self) -> Node:
        letter = self._take()
        match letter:
            case "^" | "$":
                return Anchor(letter)
            case ".":
                return Letter(others(((10, 10),)))
            case "(":
                return self._group()
            case "[":
                return Letter(self._class())
            case "\\":
                return Letter(self._escape())
            case "*" | "+" | "?" | "{" | "}" | "]":
                raise Unsupported(f"{letter!r} stands alone")
        return Letter(_one(letter))

    def _group(self) -> Node:
        if self._peek() == "?":
            if self.pattern[self.at : self.at + 2] != "?:":
                raise Unsupported("it looks around, names a group or sets a flag")
            self.at += 2
        node = self.choice()
        if self._take() != ")":
            raise Unsupported("a group is not closed")
        return node

    def _escape(self) -> Letters:
        letter = self._take()
        if letter in "dDwWsS":
            return named(letter, self.reading)
        if letter in _ESCAPES:
            return _one(_ESCAPES[letter])
        if letter in "xu":
            digits = self.pattern[self.at : self.at + (2 if letter == "x" else 4)]
            self.at += len(digits)
            if not re.fullmatch(r"[0-9a-fA-F]{2}|[0-9a-fA-F]{4}", digits) or 0xD800 <= int(digits, 16) <= 0xDFFF:
                raise Unsupported("an escape that is no character")
            return _one(chr(int(digits, 16)))
        if letter not in _PUNCTUATION:
            raise Unsupported(f"the escape \\{letter}")
        return _one(letter)

    def _class(self) -> Letters:
        negated = self._peek() == "^"
        self.at += negated
        parts: list[Letters] = []
        while (letter := self._take()) != "]" or not parts:
            if letter in "[]" or (letter in "&~-|" and self._peek() == letter):
                raise Unsupported("a class in a class")
            first = self._escape() if letter == "\\" else _one(letter)
            if self._peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                letter = self._take()
                last = self._escape() if letter == "\\" else _one(letter)
                if letter == "[" or not (_single(first) and _single(last)) or first > last:
                    raise Unsupported("a range without two ends")
                first = ((first[0][0], last[0][0]),)
            parts.append(first)
        left_out = others(union(parts))
        return left_out if negated else others(left_out)  # twice: without what is no character


def _one(letter: str) -> Letters:
    return ((ord(letter), ord(letter)),)


def _single(letters: Letters) -> bool:
    return len(letters) == 1 and letters[0][0] == letters[0][1]
