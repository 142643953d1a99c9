"""A saved page as numbered lines of something like Markdown, whatever it was saved as."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple

_HTML = re.compile(r"<!doctype html|<html[\s>]|<body[\s>]", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\]\[]*)\]\([^)]*\)")
_ESCAPE = re.compile(r"\\([^\w\s])|\\(_)")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_WORD = re.compile(r"[a-z0-9_]+(?:\.[0-9]+)?")
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "ul", "ol", "table", "thead", "tbody", "br", "hr", "dt", "dd", "dl", "main", "nav"}
)
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_UNREAD = frozenset({"script", "style", "noscript", "template", "svg", "head"})


class Line(NamedTuple):
    """One line of a page and where it stands in the file."""

    number: int
    text: str


def lines_of(text: bytes) -> list[Line]:
    """The lines of a page. What is no text is replaced, so that every page can be read."""
    read = text.decode("utf-8-sig", errors="replace")
    if _HTML.search(read[:4_000]):
        return _Flattened(read).lines
    return [Line(number, line) for number, line in enumerate(read.splitlines(), 1)]


def plain(text: str) -> str:
    """A piece of a page without marks: links as their words, entities and escapes as what they stand for."""
    text = _TAG.sub(" ", _LINK.sub(r"\1", text))
    return " ".join(_ESCAPE.sub(lambda found: found[1] or found[2], unescape(text)).replace("*", " ").replace("`", " ").split())


def words(text: str) -> list[str]:
    """What a sentence says, however it is marked up: its words and numbers in lower case."""
    return _WORD.findall(plain(text).lower())


class _Flattened(HTMLParser):
    """HTML as lines: headings, rows of tables, list items and code as Markdown has them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self._started = 0
        self._parts: list[str] = []
        self._cells: list[str] | None = None
        self._before = ""
        self._unread = 0
        self._is_code = False
        self.feed(text)
        self.close()
        self._end()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 # the parser's own
        if tag in _UNREAD:
            self._unread += 1
        elif tag == "pre":
            self._end()
            self._is_code = True
            self.lines.append(Line(self.getpos()[0], "```"))
        elif tag == "tr":
            self._end()
            self._cells = []
        elif tag == "br" and (self._is_code or self._cells is not None):
            self._parts.append("\n" if self._is_code else " ")
        elif (tag in _BLOCKS or tag in _HEADINGS or tag == "li") and self._cells is None:
            self._end()
            self._before = f"{_HEADINGS[tag]} " if tag in _HEADINGS else "* " if tag == "li" else ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag == "pre":
            self._end()
            self._is_code = False
            self.lines.append(Line(self.getpos()[0], "```"))
        elif tag in ("td", "th") and self._cells is not None:
            self._cells.append(" ".join("".join(self._parts).replace("|", "\\|").split()))
            self._parts = []
        elif tag == "tr" and self._cells is not None:
            self.lines.append(Line(self._started or self.getpos()[0], f"| {' | '.join(self._cells)} |"))
            self._cells, self._parts, self._started = None, [], 0
        elif (tag in _BLOCKS or tag in _HEADINGS or tag == "li") and self._cells is None:
            self._end()

    def handle_data(self, data: str) -> None:
        if self._unread:
            return
        if not self._started and data.strip():
            self._started = self.getpos()[0] + (0 if self._is_code else len(data) - len(data.lstrip("\n")))
        if self._started or self._is_code:
            self._parts.append(data)

    def _end(self) -> None:
        """What was gathered, as lines."""
        if self._cells is not None:  # a cell that was never closed
            return
        self.lines.extend(self._gathered())
        self._parts, self._started, self._before = [], 0, ""

    def _gathered(self) -> Iterator[Line]:
        text = "".join(self._parts)
        if self._is_code:
            for offset, line in enumerate(text.splitlines()):
                yield Line(self._started + offset, line)
        elif said := " ".join(text.split()):
            yield Line(self._started, self._before + said)
