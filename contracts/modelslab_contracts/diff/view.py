"""A schema as one flat set of keywords: references followed, `allOf` merged, each keyword with the pointer to where it stands.

A schema is the conjunction of its keywords, so taken apart by them nothing is lost. What cannot be merged or followed stays as
a keyword of its own, to be compared as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ..document import ContractError
from ..json_pointer import escaped
from ..lint_subject import Subject, mapping
from .sets import Source, Unreadable
from .sets.normal import ASSERTIONS, LISTS, MAPS
from .walk import Standing

#: Keywords that speak of what all the others of a schema left over.
_UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
_OF_MEMBERS = ("patternProperties", "additionalProperties")
#: Keywords whose meaning hangs on their neighbours.
_GROUPS = (("items", "prefixItems"), ("contains", "minContains", "maxContains"), ("if", "then", "else"), _OF_MEMBERS)
_MOST_STEPS = 64


@dataclass(frozen=True, slots=True)
class View:
    """A schema at a glance. `pointer` is where it really stands, `words` are all its keywords except `properties`."""

    pointer: str
    words: Mapping[str, Standing] = field(default_factory=dict)
    properties: Mapping[str, Standing] = field(default_factory=dict)

    def get(self, word: str) -> Any:
        """The value of a keyword, None without it."""
        return self.words[word].schema if word in self.words else None

    def place(self, word: str) -> str:
        """The pointer to a keyword, or to the schema where it would stand."""
        return self.words[word].pointer if word in self.words else self.pointer

    @property
    def types(self) -> frozenset[str]:
        """The types it names; none when it names none."""
        types = self.get("type")
        return frozenset([types] if isinstance(types, str) else types if isinstance(types, list) else ())


class Version:
    """One of two versions of a document, and what has been looked at in it."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.source = Source(subject.root, "3.0" if subject.is_old else "3.1")
        self._views: dict[tuple[int, str], tuple[Any, View]] = {}  # with the node, so that its id stays its own
        self._words: dict[tuple[int, str], tuple[Any, Mapping[str, Standing]]] = {}

    def view(self, standing: Standing) -> View:
        """A schema as a flat set of keywords."""
        key = id(standing.schema), standing.pointer
        if key not in self._views:
            self._views[key] = standing.schema, self._view(standing, _MOST_STEPS)
        return self._views[key][1]

    def whole(self, standing: Standing) -> View:
        """The same, with what it says in the only one of its alternatives."""
        view = self.view(standing)
        for _ in range(_MOST_STEPS):
            word = next((each for each in ("anyOf", "oneOf") if len(view.get(each) or ()) == 1), "")
            if not word:
                break
            alone = self.view(Standing(f"{view.place(word)}/0", view.get(word)[0]))
            rest = {key: each for key, each in view.words.items() if key != word}
            view = _merged(View(view.pointer, rest, view.properties), alone)
        return view

    def place(self, pointer: str) -> str:
        """The file and line of a pointer."""
        return f"{self.subject.document.file}:{self.subject.document.line_of(pointer)}"

    def said(self, standing: Standing, word: str) -> Standing | None:
        """What a schema says by a word that decides no set: itself, else what it refers to or is made of; None for nothing."""
        return self._told(standing, _MOST_STEPS).get(word)

    def _told(self, standing: Standing, left: int) -> Mapping[str, Standing]:
        pointer, node = standing
        if left <= 0 or not isinstance(node, dict):
            return {}
        key = id(node), pointer
        if key not in self._words:
            self._words[key] = node, {}  # what leads back to itself finds nothing there
            refers = isinstance(node.get("$ref"), str)
            alone = refers and self.subject.is_old  # OpenAPI 3.0 ignores what stands beside a reference
            found = {word: Standing(f"{pointer}/{escaped(word)}", each) for word, each in node.items() if not alone}
            for part in self._parts(standing):
                for word, each in self._told(part, left - 1).items():
                    found.setdefault(word, each)
            self._words[key] = node, found
        return self._words[key][1]

    def _parts(self, standing: Standing) -> Iterator[Standing]:
        """The schemas that speak of the same value: a reference, members of `allOf`, what is there when it is not null."""
        pointer, node = standing
        if isinstance(node.get("$ref"), str):
            try:
                yield Standing(unquote(node["$ref"][1:]), self.subject.document.at(node["$ref"]))
            except ContractError:
                return
        listed = node.get("allOf")
        for index, each in enumerate(listed if isinstance(listed, list) else ()):
            yield Standing(f"{pointer}/allOf/{index}", each)
        for word in ("anyOf", "oneOf"):
            listed = node.get(word)
            others = [
                index for index, each in enumerate(listed if isinstance(listed, list) else ()) if each != {"type": "null"}
            ]
            for index in others if len(others) == 1 else ():
                yield Standing(f"{pointer}/{word}/{index}", listed[index])

    def _view(self, standing: Standing, left: int) -> View:
        pointer, node = standing
        if isinstance(node, bool):
            return View(pointer, {} if node else {"not": Standing(pointer, {})})
        whole = View(pointer, {"allOf": Standing(pointer, [node])})
        try:
            told = self.source.told(node)
        except Unreadable:
            return whole
        if left <= 0 or "$id" in told or any(word in told for word in _UNEVALUATED) or not _is_told_well(told):
            return whole
        own = {word: Standing(f"{pointer}/{escaped(word)}", value) for word, value in told.items() if word in ASSERTIONS}
        properties = {
            name: Standing(f"{pointer}/properties/{escaped(name)}", each)
            for name, each in mapping(told.get("properties")).items()
        }
        parts = [View(pointer, {k: v for k, v in own.items() if k not in ("$ref", "allOf", "properties")}, properties)]
        if "$ref" in told:
            parts.insert(0, self._referred(told["$ref"], pointer, left))
        for index, each in enumerate(told.get("allOf") or ()):
            parts.append(self._view(Standing(f"{pointer}/allOf/{index}", each), left - 1))
        merged = parts[0]
        for part in parts[1:]:
            merged = _merged(merged, part)
        return _null_as_type(merged)

    def _referred(self, reference: Any, pointer: str, left: int) -> View:
        try:
            target = self.subject.document.at(str(reference))
        except ContractError:
            return View(pointer, {"allOf": Standing(f"{pointer}/$ref", [{"$ref": reference}])})
        return self._view(Standing(unquote(str(reference)[1:]), target), left - 1)


def _is_told_well(schema: Mapping[str, Any]) -> bool:
    """Whether the keywords that are taken apart hold what they should."""
    lists = all(isinstance(schema.get(word, []), list) for word in (*LISTS, "enum", "required"))
    maps = all(isinstance(schema.get(word, {}), dict) for word in MAPS)
    types = schema.get("type", [])
    texts = (*(types if isinstance(types, list) else [types]), *(schema.get("required", []) if lists else ()))
    return lists and maps and all(isinstance(each, str) for each in texts)


def _merged(one: View, other: View) -> View:
    """Both at once. What both say in different words, or only together with its neighbours, is kept whole under `allOf`."""
    if not other.words and not other.properties:
        return one
    if not one.words and not one.properties:
        return other
    words, properties = dict(one.words), dict(one.properties)
    apart: list[Any] = [*(one.get("allOf") or ()), *(other.get("allOf") or ())]
    kept: dict[str, Any] = {}
    closed = any(word in each.words for each in (one, other) for word in _OF_MEMBERS)
    members_apart = closed and _speaks_of_members(one) and _speaks_of_members(other)
    if members_apart:
        kept["properties"] = {name: each.schema for name, each in other.properties.items()}
    else:
        for name, each in other.properties.items():
            both = properties.get(name)
            properties[name] = each if both is None else Standing(both.pointer, {"allOf": [both.schema, each.schema]})
    for word, standing in other.words.items():
        if word == "required" and word in words:
            words[word] = words[word]._replace(schema=list(dict.fromkeys((*words[word].schema, *standing.schema))))
        elif members_apart if word in _OF_MEMBERS else _clash(one, word, standing.schema):
            kept[word] = standing.schema
        elif word != "allOf":
            words.setdefault(word, standing)
    apart += [kept] if any(kept.values()) or len(kept) > 1 else []
    if apart:
        words["allOf"] = Standing(other.pointer, apart)
    return View(one.pointer, words, properties)


def _clash(view: View, word: str, value: Any) -> bool:
    """Whether a keyword cannot join those of a view: it is there and says something else, or it would change a neighbour."""
    group = next((each for each in _GROUPS if word in each), None)
    if word == "allOf":
        return False
    return any(each in view.words for each in group) if group else word in view.words and view.get(word) != value


def _speaks_of_members(view: View) -> bool:
    return bool(view.properties) or any(word in view.words for word in _OF_MEMBERS)


def _null_as_type(view: View) -> View:
    """Null as one of two alternatives, told as a type, as it mostly is."""
    for word in ("anyOf", "oneOf"):
        listed = view.get(word)
        if not isinstance(listed, list) or len(listed) != 2 or {"type": "null"} not in listed:
            continue
        other = listed[1 - listed.index({"type": "null"})]
        plain = isinstance(other, dict) and isinstance(other.get("type"), str) and not {"enum", "const", "not"} & other.keys()
        if not plain or view.types or view.properties or {"$ref", "allOf", "anyOf", "oneOf", "if"} & other.keys():
            continue
        if other["type"] in ("object", "null") or set(other) & view.words.keys():
            continue
        at = f"{view.place(word)}/{1 - listed.index({'type': 'null'})}"
        words = {key: value for key, value in view.words.items() if key != word}
        words |= {key: Standing(f"{at}/{escaped(key)}", value) for key, value in other.items()}
        words["type"] = Standing(at, [other["type"], "null"])
        return View(view.pointer, words, view.properties)
    return view
