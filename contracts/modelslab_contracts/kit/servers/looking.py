"""The pictures of an answer: which of them may be asked for, and what came."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ...endpoint import Endpoint
from ...loopback import is_loopback
from ..field_names import links_name
from .line import Answered
from .visit import Look

#: Bytes of a picture that are looked at; the longest that is drawn anywhere is far below.
_MOST = 64 * 2**20


def links_in(reply: Mapping[str, Any] | None, endpoint: Endpoint, origin: str) -> list[str]:
    """The pictures' addresses that may be asked for: a check of a server on this machine leaves it for none."""
    held = (reply or {}).get(links_name(endpoint))
    links = [each for each in held if isinstance(each, str)] if isinstance(held, list) else []
    links = [each for each in links if each.startswith(("http://", "https://"))]
    return [each for each in links if is_here(each)] if is_here(origin) else links


def look(answered: Answered) -> Look:
    """The size of a picture; a base64 text is taken for the picture in it."""
    from PIL import Image, UnidentifiedImageError

    if answered.status != 200:
        return Look(None, f"HTTP {answered.status}")
    data = answered.body[:_MOST]
    if dict(answered.headers).get("content-type", "").startswith("text/"):
        try:
            data = base64.b64decode(data.rpartition(b",")[2], validate=True)
        except (binascii.Error, ValueError):
            return Look(None, f"no picture but text: {data[:40]!r}")
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            return Look(picture.size)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as problem:
        return Look(None, f"no picture: {str(problem)[:80]}")


def hosts_of(url: str) -> frozenset[str]:
    """The host and port that an address names; all names of this machine are one."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return frozenset()
    host = (parts.hostname or "").lower()
    return frozenset({f"{'loopback' if is_loopback(host) else host}:{port}"})


def is_here(url: str) -> bool:
    """Whether an address can only be this machine's."""
    try:
        return is_loopback((urlsplit(url).hostname or "").lower())
    except ValueError:
        return False
