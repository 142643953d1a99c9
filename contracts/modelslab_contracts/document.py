"""Read an OpenAPI document: plain values, local references, and the line that every pointer stands on.

YAML is read with the booleans of YAML 1.2: under 1.1 an unquoted `yes` would become `true`, fatal for this API's
enums. Documents that passed the check of their `x-mock` words are cached as JSON by content, because starting fast
matters more than anything else here does: CI starts us thousands of times.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson

from .json_places import lines_of_json
from .json_pointer import escaped
from .vocabulary import problem_with

#: Part of every cache key: raise it when the meaning of a cached document changes.
_CACHE_EPOCH = b"1"
_MAX_DEPTH = 200
_MAX_VALUES = 1_000_000


@dataclass(eq=False)
class ContractError(Exception):
    """A document that cannot be used: which file, which line (0 when unknown), and why."""

    file: str
    line: int
    problem: str
    rule: str = "spec/unreadable"

    def __str__(self) -> str:
        return f"{self.file}{f':{self.line}' if self.line else ''}: {self.problem}"


@dataclass(frozen=True, eq=False)
class Document:
    """One OpenAPI document. `root` holds plain values; nobody changes them."""

    name: str
    file: str
    text: bytes
    root: Mapping[str, Any]

    def resolve(self, node: Any) -> Any:
        """`node`, or what its `$ref` points to; keywords beside a `$ref` win, as OpenAPI 3.1 allows.

        Raises ContractError when the reference leads nowhere or out of the document.
        """
        seen = 0
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            beside = {k: v for k, v in node.items() if k != "$ref"}
            target = self.at(node["$ref"])
            node = {**target, **beside} if beside and isinstance(target, dict) else target
            if (seen := seen + 1) > 32:
                raise ContractError(self.file, 0, f"{node.get('$ref')} refers to itself")
        return node

    def at(self, ref: str) -> Any:
        """The value that a local reference `#/a/b` names. Raises ContractError when there is none."""
        node: Any = self.root
        if not ref.startswith("#/"):
            raise ContractError(self.file, 0, f"reference {ref!r} leaves the document")
        for escaped_part in unquote(ref[2:]).split("/"):
            part = escaped_part.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and part.isdecimal() and int(part) < len(node):
                node = node[int(part)]
            elif isinstance(node, dict) and part in node:
                node = node[part]
            else:
                raise ContractError(self.file, 0, f"reference {ref!r} leads nowhere")
        return node

    def line_of(self, pointer: str) -> int:
        """The line on which the value at a JSON pointer stands, or that of its nearest ancestor."""
        while pointer and pointer not in self._lines:
            pointer = pointer.rpartition("/")[0]
        return self._lines.get(pointer, 1)

    @cached_property
    def _lines(self) -> dict[str, int]:
        if len(self.text.rstrip().splitlines()) < 2:  # all is on the first line
            return {}
        if _json(self.text) is not None:
            return lines_of_json(self.text)
        import yaml

        lines: dict[str, int] = {}

        def note(node: Any, pointer: str) -> None:
            lines.setdefault(pointer, node.start_mark.line + 1)
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    below = f"{pointer}/{escaped(str(key.value))}"
                    lines[below] = key.start_mark.line + 1
                    note(value, below)
            elif isinstance(node, yaml.SequenceNode):
                for index, value in enumerate(node.value):
                    note(value, f"{pointer}/{index}")

        try:
            note(composed(self.text), "")
        except yaml.YAMLError:
            return {}  # what was read is something else by now
        return lines


def read_document(path: Path, *, cache: bool = True) -> Document:
    """The document in a YAML or JSON file. Raises ContractError when it cannot be read or uses an unknown word."""
    try:
        text = path.read_bytes()
    except OSError as problem:
        raise ContractError(str(path), 0, problem.strerror or str(problem)) from None
    root = cached_root(text, lambda: _checked(path, text)) if cache else _checked(path, text)
    return Document(path.stem, str(path), text, root)


def read_data(path: Path) -> dict[str, Any]:
    """The mapping in one of our own data files, cached like a document."""
    text = path.read_bytes()
    return cached_root(text, lambda: parse_yaml(text, str(path)))


def _checked(path: Path, text: bytes) -> dict[str, Any]:
    document = Document(path.stem, str(path), text, _mapping(path, parse_yaml(text, str(path))))
    check_words(document)
    return dict(document.root)


def check_words(document: Document) -> bool:
    """Whether a document uses `x-mock` at all. Raises ContractError for a word that is not known, or with a wrong value."""
    uses = False
    for pointer, words in words_in(document.root):
        uses = True
        if problem := problem_with(words):
            raise ContractError(document.file, document.line_of(pointer), problem, "spec/unknown-word")
    return uses


@lru_cache(maxsize=2)
def composed(text: bytes) -> Any:
    """The nodes of YAML text, each with the place where it stands; None for no text. The last ones are kept: values, lines and
    odd words are read from them one after the other, and to compose them takes most of the time. Raises yaml.YAMLError.
    """
    import yaml

    return yaml.compose(text, Loader=_loader())


def _constructed(text: bytes) -> Any:
    node = composed(text)
    return None if node is None else _loader()(b"").construct_document(node)


def parse_yaml(text: bytes, file: str) -> Any:
    """The values in YAML (or JSON) text, read as YAML 1.2. Raises ContractError with the line of a mistake."""
    import yaml

    try:
        return _bounded(_json(text) or _constructed(text), file)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        what = getattr(problem, "problem", None) or "it cannot be read as text"
        raise ContractError(file, mark.line + 1 if mark else 0, f"not YAML: {what}") from None
    except (ValueError, AttributeError) as problem:
        raise ContractError(file, 0, f"not YAML: a value is not of its own type: {str(problem)[:80]}") from None
    except RecursionError:
        raise ContractError(file, 0, "nested too deeply") from None


def _json(text: bytes) -> Any:
    """The value of a JSON object's text; None for what only YAML can read. YAML 1.1 cannot read all of JSON."""
    try:
        return orjson.loads(text) if text.lstrip().startswith(b"{") else None
    except orjson.JSONDecodeError:
        return None


def _bounded(root: Any, file: str) -> Any:
    """`root`, unless it refers to itself or its aliases unfold to more than anyone can walk."""
    sizes: dict[int, int] = {}

    def size(node: Any, depth: int) -> int:
        if not isinstance(node, (dict, list)):
            return 1
        if depth > _MAX_DEPTH:
            raise ContractError(file, 0, f"nested deeper than {_MAX_DEPTH} levels, or inside itself")
        if id(node) not in sizes:
            sizes[id(node)] = 1 + sum(size(each, depth + 1) for each in (node.values() if isinstance(node, dict) else node))
        return sizes[id(node)]

    if size(root, 0) > _MAX_VALUES:
        raise ContractError(file, 0, f"its aliases unfold to more than {_MAX_VALUES:,} values")
    return root


def words_in(node: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every `x-mock` value below `node`, with its pointer."""
    if isinstance(node, dict):
        for key, value in node.items():
            below = f"{pointer}/{escaped(str(key))}"
            if key == "x-mock":
                yield below, value
            else:
                yield from words_in(value, below)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from words_in(value, f"{pointer}/{index}")


def _mapping(path: Path, root: Any) -> dict[str, Any]:
    if not isinstance(root, dict) or not isinstance(root.get("openapi"), str):
        raise ContractError(str(path), 1, "not an OpenAPI document: it has no `openapi` version")
    return root


def _loader() -> Any:
    """Libyaml's loader where it is built in, with YAML 1.2's booleans and without dates."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # chosen at run time
        pass

    skipped = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag not in skipped]
        for first, rules in Loader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
    return Loader


def cached_root(text: bytes, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` made of a text, now or the last time that somebody asked."""
    file = _cache_file(text)
    if file and (kept := _from_cache(file)) is not None:
        return kept
    root = make()
    if file:
        _to_cache(file, root)
    return root


def _cache_file(text: bytes) -> Path | None:
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    if not base.is_absolute():
        return None
    return Path(base, "modelslab-mock", hashlib.sha256(_CACHE_EPOCH + text).hexdigest() + ".json")


def _from_cache(file: Path) -> dict[str, Any] | None:
    # The digest of the document itself leads the file, so a damaged or planted entry is read again, not believed.
    try:
        digest, _, body = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    if hashlib.sha256(body).hexdigest().encode() != digest:
        return None
    try:
        root = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return root if isinstance(root, dict) else None


def _to_cache(file: Path, root: Mapping[str, Any]) -> None:
    try:
        body = orjson.dumps(root)
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        fresh.replace(file)
    except (OSError, TypeError):
        return  # a read-only home, or keys that JSON cannot hold: the cache is a convenience, never a need
