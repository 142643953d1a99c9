"""What is the same in both documents, word for word, down to all that it refers to: nothing can be found there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from ..document import ContractError
from ..lint_subject import Subject
from .walk import Standing

_REFERENCE = re.compile(rb'"\$ref":("(?:[^"\\]|\\.)*")')
#: What gives a reference another meaning than that of a pointer into its document.
_BASES = re.compile(rb'"\$(?:id|anchor|dynamicAnchor|dynamicRef|recursiveRef|schema)":')
_SPOKEN = ("openapi", "jsonSchemaDialect")


class Unchanged:
    """Asked of a schema in either document, whether it is the same in the other."""

    def __init__(self, old: Subject, new: Subject) -> None:
        self._texts: dict[int, tuple[Any, bytes]] = {}  # with the node, so that its id stays its own
        self._old, self._new = old, new
        alike = all(old.root.get(word) == new.root.get(word) for word in _SPOKEN)
        whole = (_text(old.root), _text(new.root)) if alike else ()
        self._is_able = bool(whole) and all(whole) and not any(_BASES.search(each) for each in whole)
        self._kept = self._kept_targets(set().union(*map(_references, whole))) if self._is_able else set()

    def is_same(self, one: Standing | None, other: Standing | None) -> bool:
        """Whether both are the same schema. Where that is not plain to see, they are not."""
        if not self._is_able or one is None or other is None:
            return False
        text = self._text_of(one.schema)
        return text != b"" and text == self._text_of(other.schema) and _references(text) <= self._kept

    def _text_of(self, node: Any) -> bytes:
        if id(node) not in self._texts:
            self._texts[id(node)] = node, _text(node)
        return self._texts[id(node)][1]

    def _kept_targets(self, references: set[str]) -> set[str]:
        """The references that lead to the same in both, and so does all in there."""
        leads: dict[str, set[str]] = {}
        changed = set()
        for each in references:
            texts = self._target(self._old, each), self._target(self._new, each)
            leads[each] = _references(texts[0])
            if not texts[0] or texts[0] != texts[1]:
                changed.add(each)
        while more := {each for each, to in leads.items() if each not in changed and not to.isdisjoint(changed)}:
            changed |= more
        return references - changed

    def _target(self, subject: Subject, reference: str) -> bytes:
        """The text of what a reference leads to; empty where it leads nowhere, or out of the document."""
        try:
            return self._text_of(subject.document.at(reference))
        except ContractError:
            return b""


def _text(node: Any) -> bytes:
    """A value as text, true apart from 1; empty for what cannot be written so, which is then never the same."""
    try:
        return orjson.dumps(node if not isinstance(node, Mapping) else dict(node), option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError, RecursionError):
        return b""


def _references(text: bytes) -> set[str]:
    return {orjson.loads(each) for each in _REFERENCE.findall(text)}
