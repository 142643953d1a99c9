"""The calls of a foreign document, each with its whole path: that of the server before that of the call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ..bases import addresses, base_of
from ..document import ContractError, Document
from ..json_pointer import escaped
from ..lint_subject import METHODS, mapping
from ..loading.oddities import joined


@lru_cache(maxsize=1024)
def _key(name: str) -> re.Pattern[bytes]:
    """What finds the name of a member of a mapping, in YAML or JSON."""
    return re.compile(
        rb"(?:^|[{,])[ \t]*[\"']?(" + re.escape(name.encode("utf-8", "replace")) + rb")[\"']?[ \t]*:", re.MULTILINE
    )


class Operation(NamedTuple):
    """One call of a foreign document. `shared` holds what its path item says for all of its calls."""

    document: Document
    method: str
    path: str
    pointer: str
    node: Mapping[str, Any]
    shared: Mapping[str, Any]

    @property
    def name(self) -> str:
        """How the call is known among those of its document: its operationId, else the words of its path."""
        given = self.node.get("operationId")
        words = given if isinstance(given, str) and given.strip() else self.path.partition("{")[0].rstrip("/")
        parts = re.findall(r"[A-Za-z0-9]+", words.rpartition("/")[2] if words is not given else words)
        return "-".join(parts).lower() or self.method.lower()

    @property
    def place(self) -> str:
        """File and line. Looked for as text: composing every document once more would double the time to start."""
        path, method = (each.replace("~1", "/").replace("~0", "~") for each in self.pointer.split("/")[2:])
        text = self.document.text
        above = _key(path).search(text)
        found = _key(method).search(text, above.end()) if above else None
        line = self.document.line_of(self.pointer) if found is None else text.count(b"\n", 0, found.start(1)) + 1
        return f"{self.document.file}:{line}"

    def resolved(self, node: Any) -> Mapping[str, Any]:
        """`node` after its references; empty when they lead nowhere."""
        try:
            return mapping(self.document.resolve(node))
        except ContractError:
            return {}

    @property
    def parameters(self) -> list[Mapping[str, Any]]:
        """What is declared of path, query and headers, by the call and by its path item."""
        lists = (each.get("parameters") for each in (self.shared, self.node))
        return [self.resolved(each) for listed in lists if isinstance(listed, list) for each in listed]

    @property
    def medias(self) -> Mapping[str, Any]:
        """What the body may be, by media type."""
        return mapping(self.resolved(self.node.get("requestBody")).get("content"))

    @property
    def responses(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """What is answered, by status, references followed."""
        for status, response in mapping(self.node.get("responses")).items():
            yield status.upper(), self.resolved(response)


def operations(document: Document) -> Iterator[Operation]:
    """Every call of a document, in its order."""
    paths = mapping(document.root.get("paths"))
    for path, held in paths.items():
        try:
            item = mapping(document.resolve(held))
        except ContractError:
            continue
        for method in METHODS:
            if isinstance(item.get(method), dict):
                whole = joined(_before(item[method], item, document.root), path if path.startswith("/") else f"/{path}")
                pointer = f"/paths/{escaped(path)}/{method}"
                yield Operation(document, method.upper(), whole.rstrip("/") or "/", pointer, item[method], item)


def _before(*holders: Mapping[str, Any]) -> str:
    """The path of the first server that is named by the call, or else by its path item, or else by the document."""
    named = next(filter(None, map(addresses, holders)), [])
    return next(map(base_of, named), "")
