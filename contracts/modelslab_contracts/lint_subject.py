"""A document under judgement: all that the checks of `lint` walk over, each thing with the pointer where it stands.

Nothing here raises for a malformed document: what is not of the expected shape is simply not walked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from .document import ContractError, Document, parse_yaml, words_in
from .json_pointer import escaped

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_DATA = ("default", "example", "examples", "const", "enum")
#: Mappings whose keys are names that somebody chose, so that none of them is a keyword.
_NAMES = (
    "properties", "patternProperties", "$defs", "paths", "responses", "schemas", "parameters", "headers", "callbacks", "links",
    "requestBodies", "content",
)  # fmt: skip
_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS = ("oneOf", "anyOf", "allOf", "prefixItems")
_ONES = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")


#: The pointer to where a thing stands, and the thing.
Place = tuple[str, Mapping[str, Any]]


class Problem(NamedTuple):
    """A finding that does not know its file and line yet."""

    rule: str
    pointer: str
    expected: str
    got: str
    source: str = "OpenAPI"
    hint: str = ""


class Schema(NamedTuple):
    """A schema where it stands; `name` and `parent` are set for a property."""

    pointer: str
    node: Any
    name: str = ""
    parent: Mapping[str, Any] | None = None


class Operation(NamedTuple):
    """An operation where it stands; one of a callback has no path."""

    pointer: str
    path: str
    node: Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """A document under judgement. `raw` is what the file holds, before all keys became text."""

    document: Document
    raw: Any

    @property
    def root(self) -> Mapping[str, Any]:
        """The document's values, all keys as text."""
        return self.document.root

    @property
    def is_old(self) -> bool:
        """Whether the document is OpenAPI 3.0, whose schemas are a dialect of their own."""
        return str(self.root.get("openapi")).startswith("3.0")

    @cached_property
    def is_ours(self) -> bool:
        """Whether the document uses x-mock at all."""
        return next(words_in(self.root), None) is not None

    @cached_property
    def outer(self) -> list[Schema]:
        """The schemas that stand in no other schema."""
        return list(_outer(self.root, ""))

    @cached_property
    def schemas(self) -> list[Schema]:
        """Every schema, nested ones included."""
        return [inner for each in self.outer for inner in _inner(each)]

    @cached_property
    def items(self) -> list[Operation]:
        """The path items."""
        paths = mapping(self.root.get("paths"))
        return [Operation(f"/paths/{escaped(path)}", path, self.resolved(item)) for path, item in paths.items()]

    @cached_property
    def operations(self) -> list[Operation]:
        """Every operation, those of callbacks last."""
        own = [each for item in self.items for each in _operations(item)]
        return own + [each for operation in own for each in self._callbacks(operation)]

    def _callbacks(self, operation: Operation) -> Iterator[Operation]:
        for name, callback in mapping(operation.node.get("callbacks")).items():
            for url, item in self.resolved(callback).items():
                pointer = f"{operation.pointer}/callbacks/{escaped(name)}/{escaped(url)}"
                yield from _operations(Operation(pointer, "", self.resolved(item)))

    @cached_property
    def registry(self) -> Any:
        """The document as jsonschema looks references up in it, under the name urn:document."""
        from referencing import Registry
        from referencing.jsonschema import DRAFT4, DRAFT202012

        dialect = DRAFT4 if self.is_old else DRAFT202012
        registry: Any = Registry()
        return registry.with_resource("urn:document", dialect.create_resource(self.root))

    def resolved(self, node: Any) -> Mapping[str, Any]:
        """`node` after its references; empty when they lead nowhere (which is a problem of its own)."""
        try:
            return mapping(self.document.resolve(node))
        except ContractError:
            return {}

    def words(self, node: Any) -> Mapping[str, Any]:
        """The x-mock of a node, or of what it refers to."""
        return mapping(mapping(node).get("x-mock") or self.resolved(node).get("x-mock"))

    def followed(self, pointer: str, node: Any) -> Place:
        """A node after its references, and the pointer to where it really stands."""
        target = self.resolved(node)
        while target and isinstance(node, dict) and isinstance(node.get("$ref"), str):
            pointer, node = unquote(node["$ref"][1:]), self.document.at(node["$ref"])
        return pointer, target

    def bodies(self, pointer: str, node: Any) -> Iterator[Place]:
        """The schemas of a request body or response, one per media type, where they really stand."""
        pointer, target = self.followed(pointer, node)
        for kind, media in mapping(target.get("content")).items():
            yield self.followed(f"{pointer}/content/{escaped(kind)}/schema", mapping(media).get("schema"))


def read_subject(path: Path) -> Subject:
    """The document in a file, never from the cache. Raises ContractError when it is no OpenAPI document."""
    try:
        text = path.read_bytes()
    except OSError as problem:
        raise ContractError(str(path), 0, problem.strerror or str(problem)) from None
    return subject_of(text, path.stem, str(path))


def subject_of(text: bytes, name: str, file: str) -> Subject:
    """The document in a text that came from `file`. Raises ContractError when it is no OpenAPI document."""
    root = parse_yaml(text, file)
    if not isinstance(root, dict) or "openapi" not in root:
        is_older = isinstance(root, dict) and "swagger" in root
        raise ContractError(
            file, 1, "Swagger 2.0; OpenAPI 3.0 and 3.1 are read" if is_older else "a file without an `openapi` version"
        )
    return Subject(Document(name, file, text, _with_text_keys(root)), root)


def mapping(node: Any) -> Mapping[str, Any]:
    """`node` if it is a mapping, else an empty one."""
    return node if isinstance(node, dict) else {}


def is_data(pointer: str, key: str) -> bool:
    """Whether the value of `key`, in the mapping at `pointer`, is data, in which nothing is a schema or a reference."""
    return (key in _DATA or key.startswith("x-")) and not _holds_names(pointer)


def _holds_names(pointer: str) -> bool:
    return pointer.rpartition("/")[2] in _NAMES


def _with_text_keys(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _with_text_keys(value) for key, value in node.items()}
    return [_with_text_keys(each) for each in node] if isinstance(node, list) else node


def _outer(node: Any, pointer: str) -> Iterator[Schema]:
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from _outer(each, f"{pointer}/{index}")
    for key, value in mapping(node).items():
        below = f"{pointer}/{escaped(key)}"
        if pointer == "/components/schemas" or (key == "schema" and not _holds_names(pointer)):
            yield Schema(below, value)
        elif not is_data(pointer, key):
            yield from _outer(value, below)


def _inner(schema: Schema) -> Iterator[Schema]:
    yield schema
    for keyword, value in mapping(schema.node).items():
        pointer = f"{schema.pointer}/{escaped(keyword)}"
        if keyword in _MAPS:
            parent = schema.node if keyword == "properties" else None
            for name, each in mapping(value).items():
                yield from _inner(Schema(f"{pointer}/{escaped(name)}", each, name if parent else "", parent))
        elif keyword in _LISTS and isinstance(value, list):
            for index, each in enumerate(value):
                yield from _inner(Schema(f"{pointer}/{index}", each))
        elif keyword in _ONES and isinstance(value, dict):
            yield from _inner(Schema(pointer, value))


def _operations(item: Operation) -> Iterator[Operation]:
    for method in METHODS:
        if isinstance(item.node.get(method), dict):
            yield Operation(f"{item.pointer}/{method}", item.path, item.node[method])
