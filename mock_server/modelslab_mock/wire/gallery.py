"""Pictures on the wire: drawn on first GET in a worker thread, cached within a bound, with ETag and Range."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from ..engine.links import PictureLink
from ..media import kind_of, make
from ..messages import Headers
from ..pictures import Picture

CACHED_BYTES = 64 * 2**20
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_PAGE = b"<!DOCTYPE html>\n<html><head><title>Gone</title></head><body><h1>This picture is gone</h1></body></html>\n"
#: What a file is made from: a picture's place, and the ending of its name.
Made = tuple[Picture, str]
Hung = tuple[int, Headers, bytes]


class Gallery:
    """A bounded cache of drawn pictures; the least recently looked at go first."""

    def __init__(self, bound: int = CACHED_BYTES) -> None:
        #: How many pictures were drawn; those that came from the cache do not count.
        self.drawn = 0
        self._drawn: OrderedDict[Made, tuple[bytes, str]] = OrderedDict()
        self._size = 0
        self._bound = bound
        self._threads: ThreadPoolExecutor | None = None

    async def hang(self, link: PictureLink, method: str, headers: Mapping[str, str]) -> Hung:
        """Status, headers and bytes of the answer to a GET or HEAD for a picture."""
        return _hung(link, method, headers, *await self._file(_made_of(link)))

    def hang_here(self, link: PictureLink, method: str, headers: Mapping[str, str]) -> Hung:
        """The same, drawn in the thread that asks, where no event loop has to be kept free."""
        made = _made_of(link)
        return _hung(link, method, headers, *(self._looked_up(made) or self._keep(made, make(*made))))

    def close(self) -> None:
        """End the worker threads."""
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _file(self, made: Made) -> tuple[bytes, str]:
        if (kept := self._looked_up(made)) is not None:
            return kept
        if self._threads is None:
            self._threads = ThreadPoolExecutor(2, thread_name_prefix="modelslab-mock-picture")
        return self._keep(made, await asyncio.get_running_loop().run_in_executor(self._threads, make, *made))

    def _looked_up(self, made: Made) -> tuple[bytes, str] | None:
        if (kept := self._drawn.get(made)) is not None:
            self._drawn.move_to_end(made)
        return kept

    def _keep(self, made: Made, png: bytes) -> tuple[bytes, str]:
        self.drawn += 1
        kept = (png, f'"{hashlib.blake2b(png, digest_size=12).hexdigest()}"')
        if len(png) <= self._bound and made not in self._drawn:
            self._drawn[made] = kept
            self._size += len(png)
            while self._size > self._bound:
                self._size -= len(self._drawn.popitem(last=False)[1][0])
        return kept


def _made_of(link: PictureLink) -> Made:
    return link.picture, link.ending


def _spoiled(kind: str, body: bytes) -> Hung:
    """A whole answer that promises nothing: no part of it can be asked for, and nobody keeps it."""
    return 200, (("content-type", kind), ("cache-control", "no-store")), body


#: What a story makes of a file: word of its `pictures` -> the answer for a media type and a body.
SPOILS: Mapping[str, Callable[[str, bytes], Hung]] = {
    "html": lambda _, __: _spoiled("text/html; charset=utf-8", _PAGE),
    "truncated": lambda kind, body: _spoiled(kind, body[: len(body) // 2]),
    "cut": _spoiled,  # the wire resets the connection in the middle
    "wrong-type": lambda _, body: _spoiled("application/json", body),
}


def _hung(link: PictureLink, method: str, headers: Mapping[str, str], png: bytes, etag: str) -> Hung:
    kind = kind_of(link.ending)
    if link.as_base64:
        png, kind, etag = base64.b64encode(png), "text/plain", etag[:-1] + '-b64"'
    if link.spoil is not None:
        return SPOILS[link.spoil](kind, png)
    answer = (("content-type", kind), ("etag", etag), ("accept-ranges", "bytes"), ("cache-control", "public, max-age=3600"))
    if any(each.strip().removeprefix("W/") in (etag, "*") for each in headers.get("if-none-match", "").split(",")):
        return 304, answer, b""
    part = _part(headers, etag, len(png)) if method == "GET" else None
    if part is None:
        return 200, answer, png
    first, last = part
    if first > last:
        return 416, (*answer, ("content-range", f"bytes */{len(png)}")), b""
    return 206, (*answer, ("content-range", f"bytes {first}-{last}/{len(png)}")), png[first : last + 1]


def _part(headers: Mapping[str, str], etag: str, size: int) -> tuple[int, int] | None:
    """The first and last byte that a Range header asks for; None for all of it; first > last when it cannot be met."""
    found = _RANGE.fullmatch(headers.get("range", "").replace(" ", ""))
    if not found or (headers.get("if-range") or etag) != etag or not (found[1] or found[2]):
        return None
    if not found[1]:
        wanted = int(found[2][:18])
        return (max(0, size - wanted), size - 1) if wanted else (1, 0)
    first, last = int(found[1][:18]), min(int((found[2] or str(size))[:18]), size - 1)
    if found[2] and int(found[2][:18]) < first:
        return None
    return (first, last) if first < size else (1, 0)
