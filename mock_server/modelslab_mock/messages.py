"""What travels between the wire and the app: plain values, no socket in sight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from modelslab_contracts.exchange import Exchange

from .engine.inputs import Effect
from .engine.links import PictureLink

Headers = tuple[tuple[str, str], ...]
JSON: Headers = (("content-type", "application/json"),)
TEXT: Headers = (("content-type", "text/plain; charset=utf-8"),)


class Request(NamedTuple):
    """What came in. Header names are lower-case. A body longer than what is read at most is not kept: then `too_large` is
    that bound, else 0.
    """

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    query: str = ""
    scheme: str = "http"
    too_large: int = 0


class Response(NamedTuple):
    """What goes out. `delivery` is write, cut (half of the body, then a reset) or reset; `delay_s` is in real seconds; a
    `picture` is drawn by the wire.

    `exchange` is what the log tells of it; its sandbox is also the one that the `effects` belong to, which are carried
    out after the response was written, unless the sandbox's jobs were reset since: `era` counts the resets before it.
    """

    status: int
    headers: Headers
    body: bytes = b""
    delivery: str = "write"
    delay_s: float = 0.0
    picture: PictureLink | None = None
    effects: Sequence[Effect] = ()
    exchange: Exchange | None = None
    era: int = 0


#: What a client hears of a bug of ours, in the vendor's shape.
BUG = Response(500, JSON, b'{"status":"error","message":"modelslab-mock failed on this request; its log says why"}')
