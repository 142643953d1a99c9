"""JSON pointers (RFC 6901), by which findings say where."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)  # the same few names stand at thousands of places
def escaped(part: str) -> str:
    """One part of a JSON pointer, with `~` and `/` escaped."""
    return part.replace("~", "~0").replace("/", "~1")
