"""The parameters that a page lists as elements: <ParamField path="width" type="number" max="1024">…</ParamField>."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Any

from .lines import Line, plain
from .tables import Row

_OPENS = re.compile(r"<ParamField\b((?:\s+[\w-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|\{[^{}]*\}))?)*)\s*/?>", re.IGNORECASE)
_CLOSES = re.compile(r"</ParamField\s*>|<ParamField\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|\{([^{}]*)\}))?")
_NAMED = ("path", "body", "query", "name")
_KEYWORDS = {"min": "minimum", "max": "maximum", "minimum": "minimum", "maximum": "maximum", "step": "multipleOf"}


def fields_of(lines: Sequence[Line]) -> Iterator[Row]:
    """Name, place, line, sentence and what is stated as data, of every such element."""
    text = "\n".join(each.text for each in lines)
    for found in _OPENS.finditer(text):
        attributes = {name: unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(found[1])}
        name = next((attributes[each] for each in _NAMED if attributes.get(each)), "")
        closing = _CLOSES.search(text, found.end())
        says = plain(text[found.end() : closing.start() if closing else found.end()])
        if name:
            yield name, "", lines[text.count("\n", 0, found.start())].number, says, _stated(attributes)


def _stated(attributes: dict[str, str]) -> dict[str, Any]:
    stated: dict[str, Any] = {"required": attributes.get("required", "false") != "false"}
    kind = attributes.get("type", "")
    if kind:
        stated["type"] = kind
    if "default" in attributes:
        stated["default"] = _value(attributes["default"], kind)
    if "enum" in attributes:
        listed = _value(attributes["enum"], "")
        stated["enum"] = listed if isinstance(listed, list) else [each.strip() for each in str(listed).split(",")]
    stated |= {word: _value(attributes[each], "number") for each, word in _KEYWORDS.items() if each in attributes}
    return stated


def _value(text: str, kind: str) -> Any:
    """A value as it is meant: a text stays one where the type says so."""
    if kind == "string":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
