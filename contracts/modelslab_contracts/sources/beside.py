"""One clause beside its page: what the place that it cites says otherwise, or no more."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..endpoint import Endpoint
from ..findings import Finding, shown
from .citations import Clause
from .lines import words
from .page import Page, Said
from .values import differences

_OPENAPI = "OpenAPI"
_RESPONSE = "Response"
_SAMPLE = " sample"
_NOTHING = "nothing of the kind"


def said_of(page: Page, clause: Clause) -> Said | None:
    """What a page says where a clause cites a parameter, None where it cites something else or the page has no such thing."""
    place, name = clause.cited.place, clause.cited.name or clause.field
    if place.endswith(_SAMPLE) or place.startswith(_RESPONSE):
        return None
    if place.startswith(f"{_OPENAPI} ") and not clause.is_order:
        return next((each for each in page.described if each.place == place and each.name == name), None)
    return next((each for each in page.parameters if each.name == name), None)


def digest(sentence: str) -> str:
    """A sentence as a digest of its words, however they are marked up."""
    return hashlib.sha256(" ".join(words(sentence)).encode()).hexdigest()[:12]


class Beside:
    """A clause beside its page. `sentence` is the digest of what the page said when the clause was written, or empty."""

    def __init__(self, page: Page, endpoint: Endpoint, clause: Clause, sentence: str) -> None:
        self._page, self._endpoint, self._clause, self._sentence = page, endpoint, clause, sentence
        self._place, self._name = clause.cited.place, clause.cited.name or clause.field

    @property
    def missing(self) -> str:
        """The place that it cites, where the page has nothing of the kind; "" where it has."""
        place, page = self._place, self._page
        if place.startswith(_OPENAPI):
            if page.openapi is None:
                return "its OpenAPI block"
            schema = place.removeprefix(_OPENAPI).strip()
            return f"the schema {schema}" if schema and " " not in schema and place not in page.schemas else ""
        if place.startswith(_RESPONSE):
            kind = self._kind
            known = any(each.is_answer and kind in ("", each.value["status"]) for each in page.samples)
            return "" if known else f"a sample of an answer{f' that says {kind}' if kind else ''}"
        if self._is_list:
            return "" if tuple(words(place)) in page.headings else f"the heading {place}"
        return "" if page.parameters or place == "Request" or place.endswith(_SAMPLE) else "its parameters"

    @property
    def _kind(self) -> str:
        """The status of the answers that it cites."""
        return self._place.removeprefix(_RESPONSE).strip().lower()

    @property
    def _is_list(self) -> bool:
        """Whether it cites a heading and the list below it."""
        return not (self._clause.cited.name or self._place == "Request" or self._place.startswith((_OPENAPI, _RESPONSE)))

    def findings(self) -> Iterator[Finding]:
        """What the page says otherwise, where the cited place is there."""
        if self._place == "Request":
            yield from self._call()
        elif self._place == _OPENAPI or self._place.startswith(f"{_OPENAPI} responses"):
            yield from self._status()
        elif self._place.startswith(_RESPONSE):
            yield from self._answer()
        elif self._place.endswith(_SAMPLE):
            if self._name not in self._page.quoted:
                yield self._tell("parameter-gone", 1, f"{self._name} of a sample", _NOTHING)
        elif self._is_list:
            yield from self._list()
        elif self._name:
            yield from self._parameter()

    def _tell(self, rule: str, line: int, expected: str, got: str) -> Finding:
        where = f"{self._page.file}:{line}"
        if self._name:
            where += f" /{self._name.replace('.', '/')}"
        line_of = self._endpoint.document.line_of(self._clause.pointer)
        return Finding(f"sources/{rule}", where, expected, got, f"{self._endpoint.name}.yaml:{line_of}, {self._clause.cited}")

    def _call(self) -> Iterator[Finding]:
        if self._clause.pointer.startswith("/paths/"):
            path = self._clause.pointer.split("/")[2].replace("~1", "/")
            if path not in self._page.paths:
                now = self._page.calls
                line = self._page.paths[now[0]] if now else 1
                yield self._tell("call-moved", line, f"the call {path}", " and ".join(now) or "no call")

    def _status(self) -> Iterator[Finding]:
        for status in re.findall("[0-9]{3}", f"{self._place} {self._clause.cited.name}"):
            if status not in self._page.statuses:
                yield self._tell("parameter-gone", 1, f"an answer of status {status}", _NOTHING)

    def _parameter(self) -> Iterator[Finding]:
        said = said_of(self._page, self._clause)
        if said is None:
            yield self._tell("parameter-gone", 1, self._name, _NOTHING)
            return
        values = list(differences(said, self._clause, self._endpoint, self._page))
        for rule, ours, theirs in values:
            yield self._tell(rule, said.line, ours, theirs)
        if self._sentence and self._sentence != digest(said.says) and not values:
            yield self._tell("sentence-changed", said.line, "", f"the sentence reads now: {shown(said.says, 300)}")

    def _list(self) -> Iterator[Finding]:
        listed, items = self._clause.node.get("enum"), self._page.items_under(self._place)
        if not isinstance(listed, list) or not items:
            return
        ours, theirs = {str(each) for each in listed}, {text for _, text in items}
        yield from (
            self._tell("value-gone", items[0][0], shown(each), "not in the list") for each in listed if str(each) not in theirs
        )
        yield from (self._tell("value-unknown", line, "no such value", shown(text)) for line, text in items if text not in ours)

    def _answer(self) -> Iterator[Finding]:
        if not self._clause.field:
            return
        samples = [each for each in self._page.samples if each.is_answer and self._kind in ("", each.value["status"])]
        values = [(each.line, value) for each in samples for value in _at(each.value, self._name.split("."))]
        node: Mapping[str, Any] = self._endpoint.document.resolve(self._clause.node)
        literal = node.get("const", node.get("default") if "from" not in self._clause.words else None)
        if not values:
            yield self._tell("parameter-gone", samples[0].line, f"{self._name} of an answer", _NOTHING)
        elif ("const" in node or literal is not None) and values[0][1] != literal:
            yield self._tell("value-gone", values[0][0], shown(literal), shown(values[0][1]))


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    for part in path:
        if not isinstance(value, dict) or part not in value:
            return
        value = value[part]
    yield value
