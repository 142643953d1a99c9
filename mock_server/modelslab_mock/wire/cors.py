"""What browsers ask for before and after a call to another origin. Assumed: no page of the vendor speaks of it."""

from __future__ import annotations

from collections.abc import Mapping

from ..messages import Headers

CORS: Headers = (
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", "retry-after, etag, content-range"),
)


def preflight(asked: Mapping[str, str], cors: Headers) -> Headers:
    """The headers of the 204 that answers OPTIONS on any emulated path; `cors` is empty where CORS is switched off."""
    # Calls of foreign documents may have other methods; asking for one that a path has not is answered when it comes.
    wanted = asked.get("access-control-request-method", "")
    methods = "POST, GET, HEAD, OPTIONS" + (f", {wanted}" if wanted in ("PUT", "PATCH", "DELETE") else "")
    headers: Headers = (("allow", methods), *cors)
    if cors and "access-control-request-method" in asked:
        headers += (
            ("access-control-allow-methods", methods),
            ("access-control-allow-headers", asked.get("access-control-request-headers", "*")),
            ("access-control-max-age", "600"),
        )
    return headers
