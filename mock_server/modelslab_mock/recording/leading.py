"""Links of a recorded answer, led to where it is played: fetch addresses, recorded files, placeholders for the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from modelslab_contracts.kit.road import Find, Road

from ..emulator import VENDOR_HOSTS
from ..pictures import LARGEST_SIDE, tokens_of
from .tape import Tape

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".base64", ".txt")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_SIDE = 512


class Leader:
    """Leads links of one recording to an origin."""

    def __init__(self, tape: Tape, find: Find) -> None:
        self._tape = tape
        self._find = find
        self._hosts = tape.hosts | (VENDOR_HOSTS if tape.hosts & VENDOR_HOSTS else frozenset())

    def led(self, body: bytes, road: Road | None, origin: str) -> bytes:
        """The body of an answer with its links leading to `origin`; what is no JSON as it is."""
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            return body
        links = dict.fromkeys(_links(value))
        drawn = self._drawn(links, road)
        for link in sorted(links, key=len, reverse=True):
            to = self._to(link, drawn)
            if to is not None:
                for before, after in ((link, origin + to), (link.replace("/", "\\/"), (origin + to).replace("/", "\\/"))):
                    body = body.replace(f'"{before}"'.encode(), f'"{after}"'.encode())
        return body

    def _to(self, link: str, drawn: Mapping[str, str]) -> str | None:
        """The path to which a link is led; None where it is left alone."""
        parts = urlsplit(link)
        query = f"?{parts.query}" if parts.query else ""
        if self._tape.has_file(parts.path):
            return parts.path + query
        if parts.netloc.lower() in self._hosts and self._find(parts.path) is not None:
            return parts.path + query
        return drawn.get(_file_name(link))

    def _drawn(self, links: Mapping[str, Any], road: Road | None) -> dict[str, str]:
        """Paths of placeholders by file name, for the pictures that were not recorded, as large as they were ordered."""
        names = list(dict.fromkeys(name for each in links if (name := _file_name(each))))
        read = road.submit.read if road is not None and road.submit is not None else None
        values = read.order.values if read is not None and read.order is not None else {}
        width, height = (_side(values.get(each)) for each in ("width", "height"))
        folder = "/base64/generations/" if values.get("base64") else "/generations/"
        tokens = tokens_of(str(values.get("prompt", "")), width, height, 0, len(names))
        return {name: f"{folder}{token}/{name}" for name, token in zip(names, tokens, strict=True)}


def _links(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith(("http://", "https://")) and value.isprintable() and '"' not in value and _is_address(value):
            yield value
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _links(each)


def _is_address(text: str) -> bool:
    try:
        return bool(urlsplit(text).netloc)
    except ValueError:
        return False


def _file_name(link: str) -> str:
    """The name of the picture that a link leads to; "" where it leads to none."""
    name = urlsplit(link).path.rpartition("/")[2]
    return name if name.lower().endswith(_PICTURES) and _NAME.fullmatch(name) else ""


def _side(value: Any) -> int:
    return value if isinstance(value, int) and 1 <= value <= LARGEST_SIDE else _SIDE
