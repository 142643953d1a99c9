"""Which hosts are the vendor's, and which others a command may reach."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

#: Names that nobody but the vendor can give out.
_OWN = ("modelslab.com", "*.modelslab.com", "*.modelslab.ai", "stablediffusionapi.com", "*.stablediffusionapi.com")
#: Vendor hosts that can be written without a wildcard, as a hosts file needs it: of the API, and where answers have been seen
#: to put pictures (pages 000-004, older pages of the vendor's docs, captures of public clients).
NAMED_HOSTS = (
    "modelslab.com",
    "www.modelslab.com",
    "stablediffusionapi.com",
    "www.stablediffusionapi.com",
    "assets.modelslab.ai",
    "assets.modelslab.com",
    "cdn.modelslab.com",
    "cdn2.modelslab.com",
    "cdn.stablediffusionapi.com",
    "cdn2.stablediffusionapi.com",
    "d1okzptojspljx.cloudfront.net",
    "d9jy2smsrdjcq.cloudfront.net",
    "images.stablediffusionapi.com",
    "modelslab-bom.s3.amazonaws.com",
    "pub-3626123a908346a7a8be8d9295f44e26.r2.dev",
    "pub-8b49af329fae499aa563997f5d4068a4.r2.dev",
)
#: Every vendor host, with wildcards. The names of public buckets tell nobody whose they are, and the vendor uses new ones.
PATTERNS = (*_OWN, *NAMED_HOSTS, "*.r2.dev")
#: Ports that an allowed host is reached at when none is given.
USUAL_PORTS = (443, 80)
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+)(?::([0-9]{1,5}))?")


@lru_cache(maxsize=1024)
def is_vendor(host: str | bytes | None) -> bool:
    """Whether a host name, without port and in any case, is the vendor's, of the API or of pictures."""
    if not host:
        return False
    name = plain_name(host.decode("latin-1") if isinstance(host, bytes) else host)
    return any(fnmatchcase(name, each) for each in PATTERNS)


def is_vendor_url(url: str | bytes | None) -> bool:
    """Whether an absolute URL leads to one of the vendor's hosts."""
    if not url:
        return False
    text = url.decode("latin-1") if isinstance(url, bytes) else url
    scheme, found, rest = text.partition("://")
    if not found or scheme.lower() not in ("http", "https"):
        return False
    authority = rest.partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2]
    return is_vendor(authority.partition(":")[0])


def plain_name(name: str) -> str:
    """A host name in lower case, without the dot that ends a full one and without the brackets of an IPv6 address."""
    return name.lower().rstrip(".").strip("[]")


class Allowed(NamedTuple):
    """A host that may be reached: a name, which may begin with `*.`, and its ports."""

    pattern: str
    ports: tuple[int, ...]


class HostError(ValueError):
    """An --allow-host that cannot be used, as one sentence."""


def allowed_from(texts: Sequence[str]) -> tuple[Allowed, ...]:
    """`HOST` or `HOST:PORT`, each. Raises HostError."""
    return tuple(_allowed(text.strip()) for text in texts)


def ports_of(allowed: Sequence[Allowed], name: str) -> tuple[int, ...]:
    """The ports at which a host may be reached; () when it may not."""
    folded = plain_name(name)
    return tuple(dict.fromkeys(port for each in allowed if fnmatchcase(folded, each.pattern) for port in each.ports))


def _allowed(text: str) -> Allowed:
    found = _HOST_AND_PORT.fullmatch(text)
    if not found or (found[2] and not 0 < int(found[2]) < 65536) or found[1] == "*":
        raise HostError(f"--allow-host {text!r}: must be a host such as pypi.org, *.example.org or localhost:5432")
    if is_vendor(found[1]):
        raise HostError(f"--allow-host {text!r}: the vendor's own hosts are the ones that exec keeps a command away from")
    return Allowed(plain_name(found[1]), (int(found[2]),) if found[2] else USUAL_PORTS)
