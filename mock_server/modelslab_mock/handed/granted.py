"""What comes of asking for time: loaded by clients as well, so it needs nothing."""

from __future__ import annotations

from typing import NamedTuple


class Granted(NamedTuple):
    """The answer to a question: whether the time has moved, what it is, and how many answers were given so far.

    When it has not, an answer was given since the asker last looked; it looks at it first, and then asks again.
    """

    moved: bool
    now: float
    answers: int
