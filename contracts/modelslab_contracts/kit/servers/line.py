"""What carries requests to a server: a protocol, so that the kit knows of no library and of no server in particular."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Answered(NamedTuple):
    """What came back, not masked. `trouble` says in half a sentence why nothing did; the status is 0 then."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    trouble: str = ""


class Line(Protocol):
    """A way to one server. `origin` is its address, as in http://127.0.0.1:4777."""

    origin: str

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Send a request to any address and take what comes. It follows no redirect and raises nothing."""

    def wait(self, seconds: float) -> None:
        """Let so much time pass on the server's clock."""

    def now(self) -> float:
        """Seconds since 1970."""
