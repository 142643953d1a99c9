"""The heads of requests: what the line and the headers of a plain POST say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Head(NamedTuple):
    """With a body of `length` bytes it is a whole request."""

    path: str
    headers: Mapping[str, str]
    length: int


def head_of(target: bytes, lines: list[tuple[bytes, bytes]]) -> Head | None:
    """The head of a plain request; None for one that has to be read with care, and for the control API's."""
    if target[:1] != b"/" or not target.isascii() or target.startswith(b"/__mock") or any(each in target for each in b"%?#"):
        return None
    given = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in lines}
    length = given.get("content-length", "0")
    if not length.isdigit() or not given.keys().isdisjoint(("transfer-encoding", "expect", "upgrade")):
        return None
    return Head(target.decode("ascii"), given, int(length))
