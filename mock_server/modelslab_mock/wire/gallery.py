"""Pictures on the wire: drawn on first GET in a worker thread, cached within a bound, with ETag and Range."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from ..engine.links import PictureLink
from ..messages import Headers
from ..pictures import Picture, draw

CACHED_BYTES = 64 * 2**20
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
Hung = tuple[int, Headers, bytes]


class Gallery:
    """A bounded cache of drawn pictures; the least recently looked at go first."""

    def __init__(self, bound: int = CACHED_BYTES) -> None:
        self._drawn: OrderedDict[Picture, tuple[bytes, str]] = OrderedDict()
        self._size = 0
        self._bound = bound
        self._threads: ThreadPoolExecutor | None = None

    async def hang(self, link: PictureLink, method: str, headers: Mapping[str, str]) -> Hung:
        """Status, headers and bytes of the answer to a GET or HEAD for a picture."""
        png, etag = await self._png(link.picture)
        kind = "image/png"
        if link.as_base64:
            png, kind, etag = base64.b64encode(png), "text/plain", etag[:-1] + '-b64"'
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

    def close(self) -> None:
        """End the worker threads."""
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _png(self, picture: Picture) -> tuple[bytes, str]:
        if (kept := self._drawn.get(picture)) is not None:
            self._drawn.move_to_end(picture)
            return kept
        if self._threads is None:
            self._threads = ThreadPoolExecutor(2, thread_name_prefix="modelslab-mock-picture")
        png = await asyncio.get_running_loop().run_in_executor(self._threads, draw, picture)
        kept = (png, f'"{hashlib.blake2b(png, digest_size=12).hexdigest()}"')
        if len(png) <= self._bound and picture not in self._drawn:
            self._drawn[picture] = kept
            self._size += len(png)
            while self._size > self._bound:
                self._size -= len(self._drawn.popitem(last=False)[1][0])
        return kept


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
