"""The ledger: where pages, samples and reality contradict each other, as data that a test keeps true.

An entry of `ledger.yaml` says both sides with their sources, what each profile does about it, and probes that show
that both still hold. When a contract changes and a probe fails, the entry is stale and has to be read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .contract import SPECS
from .document import ContractError, Document, read_data, words_in
from .endpoint import Endpoint
from .findings import RULES
from .nearest import did_you_mean
from .profiles import PROFILES
from .situations import rows
from .vocabulary import CERTAINTIES

FILE = Path(__file__).parent / "ledger.yaml"

#: kind of probe (the word it is known by) -> the other words that it may hold.
PROBES: dict[str, tuple[str, ...]] = {
    "fixture": ("pointer", "equals", "absent"),
    "contract": ("pointer", "equals", "absent"),
    "situation": ("profile", "endpoint", "status", "text"),
    "endpoint": ("profile", "body", "sent", "outcome", "field", "value", "notice"),
    "constant": ("equals",),
}
#: How strict and observed say that they do what documented does.
SAME = ("the same", "as documented")
OUTCOMES = ("accepted", "refused", "value")
_TEXTS = ("documented", "strict", "observed", "certainty", "why")
_WORDS = ("endpoints", "says", "against", *_TEXTS, "holds")


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a contradiction, in our words, and where it stands."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A small fact that shows that an entry still holds.

    `kind` says what is asked: a value in a fixture or a contract, how a request reads, what a situation says, or a
    constant of the emulator (`module:NAME`).
    """

    kind: str
    words: Mapping[str, Any]

    def __str__(self) -> str:
        return " ".join(f"{word}={value}" for word, value in self.words.items())


@dataclass(frozen=True, slots=True)
class Entry:
    """One contradiction. `certainty` says how sure we are of the side that the profiles do not follow.

    `stated`, `example`, `observed` as everywhere; `assumed` when no source decides and the choice is ours.
    """

    id: str
    endpoints: tuple[str, ...]
    says: Side
    against: Side
    documented: str
    strict: str
    observed: str
    certainty: str
    why: str
    holds: tuple[Probe, ...]

    def under(self, profile: str) -> str:
        """What a profile does about it, spelled out where the entry only says that it does the same."""
        says = {"documented": self.documented, "strict": self.strict, "observed": self.observed}[profile]
        return self.documented if says in SAME else says


@dataclass(frozen=True, slots=True)
class Assumption:
    """A clause that rests on no page, wholly (`keywords` is empty) or in some keywords."""

    endpoint: str
    pointer: str
    keywords: tuple[str, ...]
    source: str
    why: str


@lru_cache(maxsize=1)
def ledger() -> tuple[Entry, ...]:
    """The shipped entries, in the order of the file."""
    return read_ledger(FILE)


def read_ledger(path: Path) -> tuple[Entry, ...]:
    """The entries of a file. Raises ContractError with the line of the first mistake, naming the nearest word."""
    values = read_data(path)
    reader = _Reader(Document(path.stem, str(path), path.read_bytes(), values))
    if not isinstance(values, dict) or not values:
        raise reader.error("", "a ledger is a mapping of entries by id")
    return tuple(reader.entry(id_, f"/{id_}", value) for id_, value in values.items())


def assumptions(endpoints: Iterable[Endpoint]) -> Iterator[Assumption]:
    """Every assumed clause of the contracts, in the order of their documents."""
    for endpoint in endpoints:
        for pointer, words in words_in(endpoint.document.root):
            if words.get("certainty") == "assumed" or words.get("assumed"):
                keywords = tuple(words.get("assumed", ()))
                place = pointer.removesuffix("/x-mock")
                yield Assumption(endpoint.name, place, keywords, words.get("source", ""), words.get("why", ""))


class _Reader:
    """Reads entries out of one file and says where a mistake is."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def error(self, pointer: str, problem: str) -> ContractError:
        return ContractError(self.document.file, self.document.line_of(pointer), problem, "spec/unknown-word")

    def entry(self, id_: str, pointer: str, value: Any) -> Entry:
        words = self.words(pointer, value, _WORDS, needed=_WORDS)
        for name in words["endpoints"] if isinstance(words["endpoints"], list) else [words["endpoints"]]:
            self.known(f"{pointer}/endpoints", "endpoint", name, (each.stem for each in SPECS.glob("*.yaml")))
        self.known(f"{pointer}/certainty", "certainty", words["certainty"], CERTAINTIES)
        texts = {name: self.text(f"{pointer}/{name}", words[name]) for name in _TEXTS}
        if not isinstance(words["holds"], list) or not words["holds"]:
            raise self.error(f"{pointer}/holds", "an entry that no probe holds up: `holds` is a list of probes")
        probes = tuple(self.probe(f"{pointer}/holds/{index}", each) for index, each in enumerate(words["holds"]))
        says, against = (self.side(f"{pointer}/{name}", words[name]) for name in ("says", "against"))
        return Entry(id=id_, endpoints=tuple(words["endpoints"]), says=says, against=against, holds=probes, **texts)

    def side(self, pointer: str, value: Any) -> Side:
        words = self.words(pointer, value, ("text", "source"), needed=("text", "source"))
        return Side(*(self.text(f"{pointer}/{name}", words[name]) for name in ("text", "source")))

    def probe(self, pointer: str, value: Any) -> Probe:
        kind = next((each for each in PROBES if isinstance(value, dict) and each in value), None)
        if kind is None:
            raise self.error(pointer, f"a probe has one of {', '.join(PROBES)}")
        words = self.words(pointer, value, (kind, *PROBES[kind]), needed=(kind,))
        for word, known in (("profile", PROFILES), ("outcome", OUTCOMES), ("notice", RULES)):
            if word in words:
                self.known(f"{pointer}/{word}", word, words[word], known)
        if kind == "situation":
            self.known(f"{pointer}/situation", "situation", words["situation"], rows())
        return Probe(kind, words)

    def words(self, pointer: str, value: Any, known: Iterable[str], needed: Iterable[str]) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.error(pointer, f"must hold the words {', '.join(known)}")
        for word in value:
            self.known(f"{pointer}/{word}", "word", word, known)
        for word in needed:
            if word not in value:
                raise self.error(pointer, f"the word {word!r} is missing")
        return value

    def known(self, pointer: str, what: str, value: Any, known: Iterable[str]) -> None:
        names = tuple(known)
        if value not in names:
            raise self.error(pointer, f"unknown {what} {value!r}{did_you_mean(str(value), names)}")

    def text(self, pointer: str, value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise self.error(pointer, "must be a text")
        return value
