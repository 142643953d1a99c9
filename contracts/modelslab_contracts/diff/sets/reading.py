"""Read a schema into a term, keyword by keyword; what nobody can decide becomes an opaque set that says why."""

from __future__ import annotations

from typing import Any

from .keywords import KEYWORDS
from .likeness import Likeness
from .source import UNREAD, Source, Unreadable
from .terms import EVERYTHING, NOTHING, Again, Opaque, Terms
from .unevaluated import UNEVALUATED

_WORDS = {**KEYWORDS, **UNEVALUATED}


class Reader:
    """Reads the schemas of one document. A schema is read once, and what a reference leads to when it is first asked for."""

    def __init__(self, terms: Terms, source: Source, serial: int, likeness: Likeness) -> None:
        self.terms = terms
        self.source = source
        self._serial = serial
        self._likeness = likeness
        self._read: dict[tuple[int, str], int] = {}

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
        return self.term(node, base)

    def referred(self, reference: Any, base: str) -> int:
        """The term of what a reference leads to."""
        node, home = self.source.find(reference, base)
        if isinstance(node, bool):
            return self.term(node, home)
        if self.source.leads_back(node, home):
            raise Unreadable(f"the reference {reference!r} leads back to itself")
        again = self.terms.number(Again(self._likeness.class_of(self._serial, node)))
        self.terms.lead(again, lambda: self.term(node, home))
        return again

    def _object(self, node: Any, base: str) -> int:
        schema = self.source.told(node)
        base = self.source.inner_base(schema, base)
        if word := next((word for word in UNREAD if word in schema), ""):
            raise Unreadable(f"{word} is not decided here")
        try:
            return self.terms.both(_WORDS[word](self, schema, value, base) for word, value in schema.items() if word in _WORDS)
        except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as problem:
            raise Unreadable(f"a keyword has a value that is not of its kind ({problem})") from None
