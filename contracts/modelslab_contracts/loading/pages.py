"""OpenAPI blocks inside a documentation page as it was saved: fenced blocks of Markdown, <pre> and the like of HTML.

A block comes out with an empty line for every line of the page that stands before it, so whatever reads it afterwards
counts the lines of the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import takewhile

_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})[^`]*")
_ELEMENT = re.compile(r"<(pre|code|textarea|script)\b[^>]*>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^>]*>")
_LINE_END = re.compile(r"<br\s*/?>|</(?:div|p|li)>(?!\n)", re.IGNORECASE)
_VERSION = re.compile(r"""^[ \t]*(?:\{[ \t]*)?["']?openapi["']?[ \t]*:""", re.MULTILINE)


def blocks(page: str) -> list[str]:
    """The texts of a page that may be OpenAPI documents, in the order of the page."""
    page = page.replace("\r\n", "\n")
    fenced = [each for each in _fenced(page) if _VERSION.search(each)]
    return fenced or [each for each in _elements(page) if _VERSION.search(each)]


def is_escaped(text: str) -> bool:
    """Whether characters of a text may be written as entities, as in `&#39;200&#39;:`."""
    return re.search(r"&(?:[a-z]{2,6}|#\d+|#x[0-9a-f]+);", text, re.IGNORECASE) is not None


def unescaped(text: str) -> str:
    """The text with its entities resolved; a space that does not break is a space."""
    return html.unescape(text).replace("\xa0", " ")


def _fenced(page: str) -> Iterator[str]:
    lines = page.split("\n")
    at = 0
    while at < len(lines):
        opened = _FENCE.fullmatch(lines[at])
        at += 1
        if opened is None:
            continue
        indent, fence = opened[1], opened[2]
        inside = list(takewhile(lambda line: not _closes(line, fence), lines[at:]))  # noqa: B023 # used at once
        yield "\n" * at + "\n".join(line.removeprefix(indent) for line in inside) + "\n"
        at += len(inside) + 1


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and set(bare) == {fence[0]}


def _elements(page: str) -> Iterator[str]:
    for found in _ELEMENT.finditer(page):
        inside = unescaped(_TAG.sub("", _LINE_END.sub("\n", found[2])))
        yield "\n" * page.count("\n", 0, found.start(2)) + _dedented(inside)


def _dedented(text: str) -> str:
    """The text moved to the left as far as all of its lines allow; its first line may stand behind the tag."""
    lines = text.split("\n")
    full = [each for each in lines if each.strip()]
    least = min((len(each) - len(each.lstrip(" ")) for each in full), default=0)
    return "\n".join(each[least:] if each.strip() else "" for each in lines)
