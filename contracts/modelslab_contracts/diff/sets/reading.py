"""Read a schema into a term, keyword by keyword; what nobody can decide becomes an opaque set that says why."""

from __future__ import annotations

from itertools import count
from typing import Any

from .keywords import KEYWORDS
from .source import UNREAD, Source, Unreadable
from .terms import EVERYTHING, NOTHING, Again, Opaque, Terms
from .unevaluated import UNEVALUATED

_WORDS = {**KEYWORDS, **UNEVALUATED}


class Reader:
    """Reads the schemas of one document. A schema is read once; one that is met inside itself becomes a reference."""

    def __init__(self, terms: Terms, source: Source, serial: int) -> None:
        self.terms = terms
        self.source = source
        self._serial = serial
        self._fresh = count(serial << 32)
        self._read: dict[tuple[int, str], int] = {}
        self._open: dict[int, int] = {}
        #: Schemas that speak of the same value as the one being read: one that leads back to itself says nothing.
        self._same_value: tuple[int, ...] = ()

    def term(self, node: Any, base: str = "") -> int:
        """The set of values that a schema accepts."""
        if isinstance(node, bool):
            return EVERYTHING if node else NOTHING
        key = id(node), base
        if key not in self._read:
            try:
                self._read[key] = self._object(node, base)
            except Unreadable as problem:
                name = f"{self._serial}/{id(node)}"
                self._read[key] = self.terms.number(Opaque(name, str(problem)))
        return self._read[key]

    def inside(self, node: Any, base: str) -> int:
        """The term of a schema that speaks of a member or an item of the value."""
        outer, self._same_value = self._same_value, ()
        try:
            return self.term(node, base)
        finally:
            self._same_value = outer

    def referred(self, reference: Any, base: str) -> int:
        """The term of what a reference leads to."""
        node, home = self.source.find(reference, base)
        if id(node) in self._same_value:
            raise Unreadable(f"the reference {reference!r} leads back to itself")
        if id(node) in self._open:
            return self._open[id(node)]
        if isinstance(node, bool) or (id(node), home) in self._read:
            return self.term(node, home)
        again = self.terms.number(Again(next(self._fresh)))
        self._open[id(node)] = again
        outer, self._same_value = self._same_value, (*self._same_value, id(node))
        try:
            found = self.term(node, home)
        finally:
            self._same_value = outer
            del self._open[id(node)]
        self.terms.lead(again, found)
        return found

    def _object(self, node: Any, base: str) -> int:
        schema = self.source.told(node)
        base = self.source.inner_base(schema, base)
        if word := next((word for word in UNREAD if word in schema), ""):
            raise Unreadable(f"{word} is not decided here")
        try:
            return self.terms.both(_WORDS[word](self, schema, value, base) for word, value in schema.items() if word in _WORDS)
        except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as problem:
            raise Unreadable(f"a keyword has a value that is not of its kind ({problem})") from None
