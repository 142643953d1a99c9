"""Which addresses lead back to this server."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from .emulator import Emulator
from .loopback import is_loopback


def leads_here(url: str, emulator: Emulator) -> bool:
    """Whether a URL would reach this server: under a name of its own, or on loopback under its port."""
    try:
        parts, bound = urlsplit(url), urlsplit(emulator.bound_origin)
        host = (parts.hostname or "").rstrip(".")
        if host in emulator.link_hosts or _origin(url) == emulator.public_base_url.lower():
            return True
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return (is_loopback(host) or host == bound.hostname) and port == bound.port
    except ValueError:
        return False


@lru_cache(maxsize=64)
def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()
