"""What a saved page of the vendor says: which call it is about, its parameters, its lists, its samples, its OpenAPI block.

Nothing here knows our contracts. A page is read tolerantly: what is not understood is simply not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ..document import ContractError
from ..lint_subject import Subject
from ..loading import Loaded, load_text
from .fields import fields_of
from .lines import Line, lines_of, plain, words
from .openapi import bodies_of, properties_of, required_of, responses_of, urls_of
from .samples import Sample, samples_of
from .tables import rows_of

_URL = re.compile(r"https?://[^\s'\"<>`)\\]+")
_HEADING = re.compile(r"#{1,6}\s+(.*)")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,})\s*")
_ITEM = re.compile(r"\s*[*+-]\s+(.*)")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_ANY_PAGE = "page.md"
_NAME = re.compile(r"""["']([A-Za-z_][A-Za-z0-9_]*)\\?["']\s*(?::|=>|\s)""")


class Said(NamedTuple):
    """What a page says of one parameter or field: the place, the sentence, and what stands there as data."""

    name: str
    place: str
    line: int
    says: str
    stated: Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """One saved page. `lines` are those outside of its OpenAPI block."""

    file: str
    lines: tuple[Line, ...]
    openapi: Subject | None

    @cached_property
    def paths(self) -> dict[str, int]:
        """The paths of every URL on the page, each with its first line."""
        found: dict[str, int] = {}
        for line, url in self._urls():
            found.setdefault(_path_of(url), line)
        return found

    @property
    def calls(self) -> list[str]:
        """Those paths that look like calls."""
        return [each for each in self.paths if "/api/" in each]

    def _urls(self) -> Iterator[tuple[int, str]]:
        if self.openapi:
            yield from urls_of(self.openapi)
        for line in self.lines:
            for url in _URL.findall(line.text):
                yield line.number, url

    @cached_property
    def parameters(self) -> list[Said]:
        """What the call takes: rows of tables, field elements, properties of the OpenAPI block's body."""
        needed = required_of(self.openapi) if self.openapi else set()
        told = [Said(*each) for each in (*rows_of(self.lines), *fields_of(self.lines))]
        return told + [each._replace(stated={**each.stated, "required": each.name in needed}) for each in self.of_bodies]

    @cached_property
    def described(self) -> list[Said]:
        """Every property of every schema of the OpenAPI block."""
        return [Said(*each) for each in properties_of(self.openapi)] if self.openapi else []

    @cached_property
    def of_bodies(self) -> list[Said]:
        """Those of them that a body is made of."""
        places = bodies_of(self.openapi) if self.openapi else set()
        return [each for each in self.described if each.place in places]

    @cached_property
    def schemas(self) -> set[str]:
        """The places of the OpenAPI block that describe something."""
        return {each.place for each in self.described}

    @cached_property
    def statuses(self) -> set[str]:
        """The statuses that the OpenAPI block answers with."""
        return responses_of(self.openapi) if self.openapi else set()

    @cached_property
    def samples(self) -> list[Sample]:
        """Every object that can be read."""
        return samples_of(list(self.lines))

    @cached_property
    def quoted(self) -> dict[str, int]:
        """Every name that stands in quotes before a value, also in samples that cannot be read."""
        found: dict[str, int] = {}
        for line in self.lines:
            for name in _NAME.findall(line.text.replace('\\"', '"')):
                found.setdefault(name, line.number)
        return found

    @cached_property
    def headings(self) -> dict[tuple[str, ...], int]:
        """Every line that may be a heading, by its words: a page that lost its marks has none that are marked."""
        return {tuple(words(_unmarked(each.text))): each.number for each in reversed(self.lines) if each.text.strip()}

    def items_under(self, heading: str) -> list[tuple[int, str]]:
        """The list items below a heading, before the next one."""
        found: list[tuple[int, str]] = []
        is_below, is_code = False, False
        for line in self.lines:
            is_code ^= bool(_FENCE.match(line.text))
            if not is_code and (_HEADING.match(line.text) or words(line.text) == words(heading)):
                is_below = words(_unmarked(line.text)) == words(heading)
            elif is_below and (item := _ITEM.match(line.text)):
                found.append((line.number, plain(item[1])))
        return found


def read_page(text: bytes, file: str) -> Page:
    """A saved page. Its OpenAPI block stands by itself, and is no part of its lines."""
    lines = lines_of(text)
    block = _block(text, file)
    taken = range(0)
    if block:
        above = len(block.text) - len(block.text.lstrip(b"\n"))
        taken = range(above + 1, block.text.rstrip().count(b"\n") + 2)
    return Page(file, tuple(each for each in lines if each.number not in taken), block.subject if block else None)


def _block(text: bytes, file: str) -> Loaded | None:
    """The first OpenAPI block of a page, whatever else the file's name says of it; None without one that can be read."""
    try:
        return load_text(text, _ANY_PAGE, file)[0]
    except ContractError:
        return None


def _path_of(url: str) -> str:
    """The path of a URL, which may be no right one."""
    path = url.partition("://")[2].partition("/")[2]
    return f"/{re.split('[?#]', path)[0]}".rstrip("/.,;")


def _unmarked(line: str) -> str:
    found = _HEADING.match(line)
    return found[1] if found else line
