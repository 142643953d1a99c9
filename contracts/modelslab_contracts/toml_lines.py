"""On which line of a TOML text something stands, which Python's reader tells of nothing but its own complaints."""

from __future__ import annotations

import re
from collections.abc import Iterator

_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def line_of_error(says: str, text: str) -> tuple[int, str]:
    """The line that a complaint of the reader names, and the complaint without it."""
    place = _AT.search(says)
    if place is None:
        return 1, says
    return int(place[1]) if place[1] else text.rstrip().count("\n") + 1, says[: place.start()]


def lines_of_entries(text: str, name: str) -> list[int]:
    """The lines of `[[name]]`; none when the list is written otherwise."""
    return [*_outside(text.split("\n"), re.compile(rf"\s*\[\[\s*([\"']?){re.escape(name)}\1\s*\]\]"))]


def line_of_member(text: str, name: str, above: int = 0, below: int | None = None) -> int:
    """The line on which a member is given, after one line and before another; 0 when it is nowhere."""
    member = re.compile(rf"\s*\[*\s*([\"']?){re.escape(name)}\1\s*[=.\]]")
    return next(_outside(text.split("\n")[: below and below - 1], member, above), 0)


def _outside(lines: list[str], wanted: re.Pattern[str], above: int = 0) -> Iterator[int]:
    """Numbers of lines that match and begin outside of every text that runs over several lines: what stands between them
    is whole.
    """
    import tomllib

    last = above
    for number, line in enumerate(lines[above:], above + 1):
        if not wanted.match(line):
            continue
        try:
            tomllib.loads("\n".join(lines[last : number - 1]))
        except tomllib.TOMLDecodeError:
            continue
        yield number
        last = number - 1
