"""Findings that somebody knows and lives with: each with a reason, and perhaps a day on which that ends.

An accepted finding is still found and still shown; it only does not count. The file is TOML:

    [[accepted]]
    rule = "client/polls-before-the-eta"   # an id, or a glob: client/polls-*
    where = "images-flux-v6"               # a glob over where it was found, or a fingerprint; may be left out
    reason = "its pause is fixed; see our ticket 71"
    until = 2027-03-31                     # the last day on which it counts as accepted; may be left out
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from .findings import Finding
from .nearest import did_you_mean, there_are
from .place import fingerprint, place_of
from .toml_lines import line_of_error, line_of_member, lines_of_entries

T = TypeVar("T")
#: The name of the list, and what an entry may say.
LIST = "accepted"
MEMBERS = ("rule", "where", "reason", "until")
MOST_BYTES = 1_000_000
_GLOB = re.compile(r"[*?\[]")
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


class AcceptedError(ValueError):
    """Why a file of accepted findings cannot be used, as one sentence."""


class Spot(NamedTuple):
    """What an entry is held against: a rule, and every name that the place goes by (its fingerprint is one of them)."""

    rule: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `at` is where it stands: file and line."""

    rule: str
    reason: str
    where: str = ""
    until: dt.date | None = None
    at: str = ""

    def covers(self, spot: Spot) -> bool:
        """Whether it speaks of such a finding, over or not."""
        return _is_like(spot.rule, self.rule) and (not self.where or any(_is_like(each, self.where) for each in spot.places))

    def is_over(self, today: dt.date) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and today > self.until

    @property
    def because(self) -> str:
        """The reason, and where it is written and until when it holds."""
        return f"{self.reason} ({', '.join([self.at, *([f'until {self.until}'] if self.until else [])])})"

    def __str__(self) -> str:
        return f"{self.rule} at {self.where}" if self.where else self.rule


@dataclass(frozen=True, slots=True)
class Settled(Generic[T]):
    """Findings, told apart. `counted` are those that nobody accepts (any more); `expired` are entries that would have accepted
    some of those; `idle` are entries that nothing was found for, though it was looked for.
    """

    counted: tuple[T, ...]
    accepted: tuple[tuple[T, Entry], ...] = ()
    expired: tuple[Entry, ...] = ()
    idle: tuple[Entry, ...] = ()

    @property
    def remarks(self) -> tuple[Finding, ...]:
        """What is to be said about the entries themselves."""
        return tuple(map(_expired, self.expired)) + tuple(map(_idle, self.idle))


def spot_of(finding: Finding) -> Spot:
    """What a finding is held against: its place without the line of a file, and its fingerprint."""
    place = place_of(finding)
    return Spot(finding.rule, (place.within or place.file if place else finding.where, fingerprint(finding)))


def settle(
    entries: Iterable[Entry],
    found: Iterable[T],
    spot: Callable[[T], Spot],
    looked: Iterable[Spot],
    today: dt.date,
) -> Settled[T]:
    """Tell accepted findings from the others. `looked` is where rules were exercised, found broken or not: an entry that none
    of them is about is not idle, nobody has tried it.
    """
    entries, looked = tuple(entries), tuple(looked)
    counted, accepted = list[T](), list[tuple[T, Entry]]()
    used, expired = set[Entry](), dict[Entry, None]()
    for each in found:
        covering = [entry for entry in entries if entry.covers(spot(each))]
        used.update(covering)
        if holds := next((entry for entry in covering if not entry.is_over(today)), None):
            accepted.append((each, holds))
        else:
            counted.append(each)
            expired |= dict.fromkeys(covering)
    idle = (each for each in entries if each not in used and any(each.covers(place) for place in looked))
    return Settled(tuple(counted), tuple(accepted), tuple(expired), tuple(idle))


def read_accepted(file: str, rules: Collection[str], places: Collection[str] = ()) -> tuple[Entry, ...]:
    """The entries of a file. `rules` are the ids that can be found at all, `places` the names of all places where those are
    known beforehand. Raises AcceptedError.
    """
    try:
        held = Path(file).read_bytes()
    except OSError as problem:
        raise AcceptedError(f"{file}: {problem.strerror}") from None
    if len(held) > MOST_BYTES:
        raise AcceptedError(f"{file}: is larger than {MOST_BYTES} bytes")
    try:
        return entries_of(held.decode("utf-8-sig"), rules, places, file)
    except UnicodeDecodeError:
        raise AcceptedError(f"{file}: is not UTF-8 text") from None


def entries_of(text: str, rules: Collection[str], places: Collection[str] = (), file: str = "known.toml") -> tuple[Entry, ...]:
    """The same, of the file's text."""
    import tomllib  # a moment's work, for those who accept something

    text = text.replace("\r\n", "\n")
    try:
        told = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        line, says = line_of_error(str(problem), text)
        raise AcceptedError(f"{file}:{line}: is not TOML: {says}") from None
    for name in told:
        if name != LIST:
            raise AcceptedError(f"{_at(file, line_of_member(text, name))}: unknown word {name!r}{_list_is(name)}")
    listed = told.get(LIST, [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise AcceptedError(f"{_at(file, line_of_member(text, LIST))}: {LIST} must be a list of entries, each under [[{LIST}]]")
    lines = lines_of_entries(text, LIST)
    if len(lines) != len(listed):
        lines = [0] * len(listed)
    return tuple(
        _entry(told, _Lines(text, file, *lines[index : index + 2]), rules, places) for index, told in enumerate(listed)
    )


class _Lines(NamedTuple):
    """Where an entry stands: from one line to another."""

    text: str
    file: str
    begins: int
    ends: int | None = None

    def wrong(self, name: str, says: str) -> AcceptedError:
        """That something is wrong with a member, which may be missing."""
        line = line_of_member(self.text, name, self.begins, self.ends) if self.begins else 0
        return AcceptedError(f"{_at(self.file, line or self.begins)}: {says}")


def _entry(told: Mapping[str, Any], lines: _Lines, rules: Collection[str], places: Collection[str]) -> Entry:
    for name in told:
        if name not in MEMBERS:
            raise lines.wrong(name, f"unknown word {name!r}{there_are(name, MEMBERS)}")
    for name in ("rule", "reason", "where"):
        given = told.get(name)
        if given is None and name != "where":
            raise lines.wrong(
                name, f"the entry has no {name}" + (": say why the finding is accepted" if name == "reason" else "")
            )
        if given is not None and not (isinstance(given, str) and given.strip()):
            raise lines.wrong(name, f"{name} must be a text that says something, got {given!r}")
    rule, where, until = told["rule"], told.get("where", ""), told.get("until")
    if not any(_is_like(each, rule) for each in rules):
        what = f"no rule is like {rule!r}" if _GLOB.search(rule) else f"unknown rule {rule!r}"
        raise lines.wrong("rule", what + did_you_mean(rule, rules))
    if where and places and not _FINGERPRINT.fullmatch(where) and not any(_is_like(each, where) for each in places):
        raise lines.wrong("where", f"there is no {where!r}{did_you_mean(where, places)}")
    if until is not None and (not isinstance(until, dt.date) or isinstance(until, dt.datetime)):
        raise lines.wrong("until", f"until must be a day without quotes, such as 2027-03-31, got {_told(until)}")
    return Entry(rule, " ".join(told["reason"].split()), where, until, _at(lines.file, lines.begins))


def _is_like(name: str, wanted: str) -> bool:
    return name == wanted or fnmatchcase(name, wanted)


def _at(file: str, line: int) -> str:
    return f"{file}:{line}" if line else file


def _list_is(name: str) -> str:
    return did_you_mean(name, (LIST,)) or f"; entries stand under [[{LIST}]]"


def _told(value: object) -> str:
    return str(value) if isinstance(value, (dt.datetime, dt.time)) else repr(value)


def _expired(entry: Entry) -> Finding:
    got = f"{entry}, accepted until {entry.until}"
    return Finding("accepted/expired", entry.at, "an entry that still holds", got, "", "it counts again")


def _idle(entry: Entry) -> Finding:
    got = f"{entry}, which is not found any more"
    return Finding("accepted/passes-now", entry.at, "an entry that accepts something", got, "", "delete it")
