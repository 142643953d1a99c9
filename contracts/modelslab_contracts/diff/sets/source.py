"""A document that schemas come from: where their references lead, and a schema cut out of it to stand alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urljoin

from .normal import ASSERTIONS, DIALECTS, LISTS, MAPS, ONES, Schema, translated

#: The keywords whose schemas speak of the same value as the schema that they stand in.
_SAME_VALUE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
_DATA = ("enum", "const", "default", "example", "examples")
#: What 2020-12 has and nobody here can decide.
UNREAD = ("$dynamicRef", "$recursiveRef")


class Unreadable(Exception):
    """A schema that says something nobody can decide, or nothing at all."""


class Source:
    """One document in one dialect. `root` is never changed; references to `others` go by their URI."""

    def __init__(self, root: Any, dialect: str = "3.1", others: Mapping[str, Any] | None = None) -> None:
        if dialect not in DIALECTS:
            raise ValueError(f"dialect {dialect!r} is none of {', '.join(DIALECTS)}")
        self.root = root
        self.dialect = dialect
        self._others = others or {}
        self._leads_back: dict[int, bool] = {}
        self._told: dict[int, tuple[Schema, Schema]] = {}
        #: What references led to so far, numbered, and cut out.
        self._numbers: dict[int, int] = {}
        self._referred: list[tuple[Any, str]] = []
        self._definitions: dict[int, tuple[Any, list[int]]] = {}

    def told(self, node: Any) -> Schema:
        """A schema object in words of 2020-12. Raises Unreadable for what is no schema."""
        if not isinstance(node, dict):
            raise Unreadable(f"{str(node)[:40]!r} stands where a schema should")
        if id(node) not in self._told:  # the node is kept beside, so that its id stays its own
            self._told[id(node)] = node, translated(node, self.dialect)
        return self._told[id(node)][1]

    def find(self, reference: Any, base: str) -> tuple[Any, str]:
        """What a reference in the resource `base` leads to, and the resource it stands in. Raises Unreadable."""
        if not isinstance(reference, str):
            raise Unreadable("a $ref is no text")
        uri, _, fragment = reference.partition("#")
        home = urljoin(base, uri) if uri else base
        resource = self._resources.get(home) if home else self.root
        if resource is None:
            raise Unreadable(f"the reference {reference!r} leads out of the document")
        if fragment and not fragment.startswith("/"):
            if (home, fragment) not in self._anchors:
                raise Unreadable(f"the reference {reference!r} leads nowhere")
            return self._anchors[home, fragment], home
        return self._walk(resource, fragment, reference), home

    def leads_back(self, node: Any, home: str) -> bool:
        """Whether a schema refers to itself without a member or an item in between, and so says nothing."""
        if id(node) not in self._leads_back:
            seen: dict[int, Any] = {}
            todo = list(self._beside(node, home))
            while todo and id(node) not in seen:
                target, base = todo.pop()
                if id(target) not in seen:
                    seen[id(target)] = target
                    todo += self._beside(target, base)
            self._leads_back[id(node)] = id(node) in seen
        return self._leads_back[id(node)]

    def _beside(self, node: Any, base: str) -> Iterator[tuple[Any, str]]:
        """What a schema refers to that speaks of the same value."""
        if not isinstance(node, dict):
            return
        schema = self.told(node)
        base = self.inner_base(schema, base)
        if "$ref" in schema:
            try:
                yield self.find(schema["$ref"], base)
            except Unreadable:
                return
        for word in _SAME_VALUE:
            inner = schema.get(word, ())
            inner = list(inner.values()) if word == "dependentSchemas" and isinstance(inner, dict) else inner
            for each in inner if isinstance(inner, list) else [inner]:
                yield from self._beside(each, base)

    def inner_base(self, node: Schema, base: str) -> str:
        """The resource that a schema opens, or the one it stands in."""
        own = node.get("$id")
        return urljoin(base, own.partition("#")[0]) if isinstance(own, str) and own.partition("#")[0] else base

    def standalone(self, node: Any, base: str = "") -> Any:
        """The schema in words of 2020-12 with all that it refers to, for engines that know no document."""
        todo: list[int] = []
        own = self.cut(node, base, lambda target, home: self._named(todo, target, home))
        definitions: dict[str, Any] = {}
        while todo:
            name = f"s{todo[-1]}"
            cut, leads = self._definition(todo.pop())
            if name not in definitions:
                definitions[name] = cut
                todo += leads
        return {**own, "$defs": definitions} if definitions else own

    def _named(self, leads: list[int], target: Any, home: str) -> str:
        if self.leads_back(target, home):
            raise Unreadable("a reference leads back to itself")  # no engine would come back from there
        number = self._numbers.setdefault(id(target), len(self._referred))
        if number == len(self._referred):
            self._referred.append((target, home))
        leads.append(number)
        return f"#/$defs/s{number}"

    def _definition(self, number: int) -> tuple[Any, list[int]]:
        """A schema that is referred to, and the numbers of those that it refers to itself."""
        if number not in self._definitions:
            leads: list[int] = []
            cut = self.cut(*self._referred[number], lambda target, home: self._named(leads, target, home))
            self._definitions[number] = cut, leads
        return self._definitions[number]

    def cut(self, node: Any, base: str, refer: Callable[[Any, str], str]) -> Any:
        """The schema in words of 2020-12 without what only describes, its references as `refer` says."""
        if isinstance(node, bool):
            return node
        schema = self.told(node)
        base = self.inner_base(schema, base)
        if any(word in schema for word in UNREAD):
            raise Unreadable("a dynamic reference")
        cut: dict[str, Any] = {}
        for keyword, value in sorted(schema.items()):
            if keyword == "$ref":
                cut["$ref"] = refer(*self.find(value, base))
            elif keyword in MAPS and isinstance(value, dict):
                cut[keyword] = {name: self.cut(each, base, refer) for name, each in sorted(value.items())}
            elif keyword in LISTS and isinstance(value, list):
                cut[keyword] = [self.cut(each, base, refer) for each in value]
            elif keyword in ONES:
                cut[keyword] = self.cut(value, base, refer)
            elif keyword in ASSERTIONS:
                cut[keyword] = value
        return cut

    def targets(self) -> list[tuple[Any, str]]:
        """Everything that a reference in the document leads to."""
        found: dict[int, tuple[Any, str]] = {}
        for base, node in self._marks:
            if isinstance(node.get("$ref"), str):
                try:
                    target, home = self.find(node["$ref"], base)
                except Unreadable:
                    continue
                found.setdefault(id(target), (target, home))
        return list(found.values())

    @staticmethod
    def _walk(node: Any, pointer: str, reference: str) -> Any:
        for escaped in unquote(pointer).split("/")[1:]:
            part = escaped.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and part.isdecimal() and int(part) < len(node):
                node = node[int(part)]
            elif isinstance(node, dict) and part in node:
                node = node[part]
            else:
                raise Unreadable(f"the reference {reference!r} leads nowhere")
        return node

    @cached_property
    def _marks(self) -> list[tuple[str, Any]]:
        roots = [("", self.root), *self._others.items()]
        return [mark for uri, root in roots for mark in self._marked(root, uri)]

    def _marked(self, node: Any, base: str) -> Iterator[tuple[str, Any]]:
        if isinstance(node, dict):
            base = self.inner_base(node, base)
            yield base, node
            for key, value in node.items():
                if key not in _DATA:
                    yield from self._marked(value, base)
        elif isinstance(node, list):
            for each in node:
                yield from self._marked(each, base)

    @cached_property
    def _resources(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for base, node in self._marks:
            found.setdefault(base, node)  # the first of a resource is its root
        return found

    @cached_property
    def _anchors(self) -> dict[tuple[str, str], Any]:
        named = [(base, node.get("$anchor"), node) for base, node in self._marks]
        return {(base, name): node for base, name, node in named if isinstance(name, str)}
