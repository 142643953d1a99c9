"""What a clause's `source` cites: which page, which place on it, which parameter there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..document import Document, words_in

_REMARK = re.compile(r"\s*\([^()]*\)")
_CITED = re.compile(r"([0-9]{3}(?:(?:, | and )[0-9]{3})*) (.+)")
_PARAMETER = "parameter "


class Citation(NamedTuple):
    """One place on one page. `name` is empty where the source names no parameter."""

    page: str
    place: str
    name: str

    def __str__(self) -> str:
        if not self.place:
            return f"{self.page} {_PARAMETER}{self.name}"
        return f"{self.page} {self.place}" + (f": {self.name}" if self.name else "")


class Clause(NamedTuple):
    """A promise of a contract that cites a page: where it stands, the node that makes it, its words."""

    pointer: str
    node: Mapping[str, Any]
    words: Mapping[str, Any]
    cited: Citation

    @property
    def is_order(self) -> bool:
        """Whether it is a promise of what an order may hold."""
        return self.pointer.startswith("/components/schemas/Request/")

    @property
    def field(self) -> str:
        """The field that it is a promise of; empty for one of a call or an answer as a whole."""
        above, _, name = self.pointer.rpartition("/")
        return name if above.endswith("/properties") else ""


def citations(source: str) -> Iterator[Citation]:
    """Every page that a source cites. What is no page of the five has no number: captures, other pages, earlier editions."""
    while (bare := _REMARK.sub("", source)) != source:
        source = bare
    for part in source.split(";"):
        found = _CITED.fullmatch(part.strip())
        if not found:
            continue
        place, _, name = found[2].partition(": ")
        if place.startswith(_PARAMETER):
            place, name = "", place.removeprefix(_PARAMETER)
        for page in re.findall("[0-9]{3}", found[1]):
            yield Citation(page, place, name)


def clauses_of(document: Document) -> Iterator[Clause]:
    """Every clause of a contract with each page that it cites, in the order of the document."""
    for pointer, words in words_in(document.root):
        above = pointer.removesuffix("/x-mock")
        for cited in citations(str(words.get("source", ""))):
            yield Clause(above, document.at(f"#{above}"), words, cited)


def page_of(document: Document) -> str:
    """The number of the page that a contract is made from: the one that it cites most."""
    counted = Counter(each.cited.page for each in clauses_of(document))
    return counted.most_common(1)[0][0] if counted else ""
