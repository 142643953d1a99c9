"""What browsers ask for before and after a call to another origin. Assumed: no page of the vendor speaks of it."""

from __future__ import annotations

from collections.abc import Mapping

from ..messages import Headers

CORS: Headers = (
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", "retry-after, etag, content-range"),
)


def preflight(asked: Mapping[str, str], cors: Headers, methods: str) -> Headers:
    """The headers of the 204 that answers OPTIONS on a path, where `methods` are answered; `cors` is empty where CORS is
    switched off.
    """
    headers: Headers = (("allow", f"{methods}, OPTIONS"), *cors)
    if cors and "access-control-request-method" in asked:
        headers += (
            (
                "access-control-allow-methods",
                ", ".join(dict.fromkeys(["POST", "GET", "HEAD", "OPTIONS", *methods.split(", ")])),
            ),
            ("access-control-allow-headers", asked.get("access-control-request-headers", "*")),
            ("access-control-max-age", "600"),
        )
    return headers
