"""What the kit needs of whoever plays the server: a protocol, so that the kit never imports the emulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, Self

from ..exchange import Exchange
from ..story import Story

#: Fetches of one story after which a client is taken to have no deadline, and hours on its clock.
MAX_FETCHES = 500
MAX_HOURS = 24


class Stopped(BaseException):
    """Raised into a client that was still at it after MAX_FETCHES or MAX_HOURS. No client is meant to catch it."""


class Spun(BaseException):
    """Raised into a client that polled on and on while its clock stood still, which is the kit's trouble and not its own."""


class NotJudged(Exception):
    """Raised by what calls a client elsewhere: why there is nothing to judge this time, as one sentence."""


class Gone(Exception):
    """Raised likewise, when nothing can be judged any more: the client cannot be called at all."""


class Played(NamedTuple):
    """A story that was played. `result` is what the client returned, `raised` what it raised; `trouble` says in one
    sentence why the kit could not judge it. `host` is the one that it was to ask.
    """

    sandbox: str
    host: str
    key: str
    exchanges: tuple[Exchange, ...]
    result: Any
    raised: BaseException | None
    began: float
    ended: float
    trouble: str = ""


class Stage(Protocol):
    """Plays stories, one after the other, and keeps a journal of each. A context: entered once for a whole sweep."""

    def __enter__(self) -> Self:
        """Get ready: tie time, intercept hosts."""

    def __exit__(self, *problem: object) -> None:
        """Leave nothing behind."""

    def play(self, story: Story, act: Callable[[str, str], Any]) -> Played:
        """Run `act(base_url, key)` against a server that does what the story says. A fresh key each time."""
