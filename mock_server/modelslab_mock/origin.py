"""Origins: a scheme, a host and a port, and nothing behind them."""

from __future__ import annotations


def origin_of(host: str, port: int, *, tls: bool) -> str:
    """Where a server that listens on `host` is reached from its own machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 # compared, not bound
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def is_origin(text: str) -> bool:
    """Whether a text is the origin of a web server, such as http://mock:4777; a slash at its end does not count."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        return bool(
            parts.scheme in ("http", "https")
            and parts.hostname
            and parts.path in ("", "/")
            and not (parts.query or parts.fragment or parts.username or " " in text)
            and parts.port != 0
        )
    except ValueError:
        return False
