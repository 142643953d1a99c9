"""The parameters that a page lists in a table, with or without its outer bars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from .lines import Line, plain, words

_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"[\s|:-]*-{3}[\s|:-]*")
_NAMES = {"parameter", "parameters", "name", "field", "attribute", "key", "property"}
_SAYS = {"description", "meaning", "details"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: What a column of types says, as JSON Schema does; what is not here says nothing that could be compared.
_TYPES = {"integer": "integer", "int": "integer", "string": "string", "float": "number", "number": "number"} | {
    "boolean": "boolean", "bool": "boolean",
}  # fmt: skip
Row = tuple[str, str, int, str, dict[str, Any]]


def rows_of(lines: Sequence[Line]) -> Iterator[Row]:
    """Name, place, line, sentence and what is stated as data, of every row of every table of parameters."""
    columns: dict[str, int] = {}
    for line in lines:
        cells = [plain(each.replace("\\|", "|")) for each in _BAR.split(line.text.strip().removeprefix("|"))]
        if len(cells) < 2:
            columns = {}
        elif heads := _columns(cells):
            columns = heads
        elif columns and not _RULE.fullmatch(line.text):
            yield from _row(line, cells, columns)


def _columns(cells: list[str]) -> dict[str, int]:
    """Which column says what, if these are the heads of a table of parameters."""
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        head = " ".join(words(cell))
        kind = (
            "name" if head in _NAMES else "says" if head in _SAYS else head if head in ("type", "default", "required") else ""
        )
        if kind:
            found.setdefault(kind, index)
    return found if {"name", "says"} <= found.keys() else {}


def _row(line: Line, cells: list[str], columns: dict[str, int]) -> Iterator[Row]:
    name = cells[columns["name"]].split(" ")[0] if len(cells) > columns["name"] else ""
    if not _NAME.fullmatch(name) or len(cells) <= columns["says"]:
        return
    kind = cells[columns["type"]].lower() if len(cells) > columns.get("type", 99) else ""
    yield name, "", line.number, cells[columns["says"]], {"type": _TYPES[kind]} if kind in _TYPES else {}
