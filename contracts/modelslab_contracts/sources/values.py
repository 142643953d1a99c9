"""The values of a clause beside what a page says of them: as data where there is data, else in its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..endpoint import Endpoint
from ..findings import shown
from ..lint_subject import mapping
from .citations import Clause
from .lines import words
from .page import Page, Said

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_BOUNDS = ("minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern")
#: Rule of what is said otherwise, the contract's side, the page's side.
Difference = tuple[str, str, str]


def differences(said: Said, clause: Clause, endpoint: Endpoint, page: Page) -> Iterator[Difference]:
    """What the page says otherwise of the values that a clause states; what is assumed no page has to say."""
    node = _listing(endpoint.document.resolve(clause.node))
    said = said._replace(stated=_listing(said.stated))
    assumed = clause.words.get("assumed", ())
    if "type" not in assumed:
        yield from _types(said, node, _takes_null(said, page) or "nullable" in assumed)
    for word in ("default", *_BOUNDS):
        if word == "default" and not clause.is_order and word not in said.stated:
            continue  # what an answer is filled with where no page gives a text
        if word not in assumed:
            yield from _value(word, said, node)
    if "enum" not in assumed:
        yield from _listed(said, node)
    if clause.is_order and "required" in said.stated:
        yield from _required(said, endpoint)


def _listing(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with its constant as a list of one."""
    rest = {word: value for word, value in schema.items() if word != "const"}
    return {**rest, "enum": [schema["const"]]} if "const" in schema else rest


def _types(said: Said, node: Any, takes_null: bool) -> Iterator[Difference]:
    ours, theirs = _set_of(node.get("type")), _set_of(said.stated.get("type"))
    if not theirs or not ours:
        return
    if takes_null and "null" in ours:
        theirs |= {"null"}
    if ours != theirs:
        yield "value-gone", f"type {' or '.join(sorted(ours))}", f"type {' or '.join(sorted(theirs))}"


def _takes_null(said: Said, page: Page) -> bool:
    """Whether the page's words or samples have null for a parameter, whatever its type says."""
    samples = (each.value for each in page.samples if each.is_body and said.name in each.value)
    return "null" in words(said.says) or any(each[said.name] is None for each in samples)


def _set_of(types: Any) -> set[str]:
    return {str(each) for each in types} if isinstance(types, list) else {types} if isinstance(types, str) else set()


def _value(word: str, said: Said, node: Any) -> Iterator[Difference]:
    ours, theirs = node.get(word), said.stated.get(word)
    if word in said.stated:
        if word not in node:
            yield "value-unknown", f"no {word}", f"{word} {shown(theirs)}"
        elif not _equal(ours, theirs):
            yield "value-gone", f"{word} {shown(ours)}", f"{word} {shown(theirs)}"
    elif ours is not None and not _is_said(ours, said.says):
        yield "value-gone", f"{word} {shown(ours)}", _quoted(said)


def _listed(said: Said, node: Any) -> Iterator[Difference]:
    ours, theirs = node.get("enum"), said.stated.get("enum")
    if isinstance(theirs, list):
        if not isinstance(ours, list):
            yield "value-unknown", "any value", f"only {shown(theirs, 300)}"
            return
        yield from (("value-gone", shown(each), f"only {shown(theirs, 300)}") for each in ours if each not in theirs)
        yield from (("value-unknown", "no such value", shown(each)) for each in theirs if each not in ours)
    else:
        yield from (("value-gone", shown(each), _quoted(said)) for each in ours or () if not _is_said(each, said.says))


def _required(said: Said, endpoint: Endpoint) -> Iterator[Difference]:
    schemas = mapping(mapping(endpoint.document.root.get("components")).get("schemas"))
    ours = said.name in (mapping(schemas.get("Request")).get("required") or ())
    if ours != said.stated["required"]:
        words = {True: "required", False: "optional"}
        yield "value-gone", words[ours], words[said.stated["required"]]


def _is_said(value: Any, sentence: str) -> bool:
    """Whether a sentence names a value."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return any(float(each) == value for each in _NUMBER.findall(sentence))
    return set(words(shown(value))) <= set(words(sentence))


def _equal(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _quoted(said: Said) -> str:
    return f"only {shown(said.says, 300)}" if said.says else "no word of it"
