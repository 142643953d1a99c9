"""What the kit needs of whoever plays the server: a protocol, so that the kit never imports the emulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, Self, runtime_checkable

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


class NeverRan(Gone):
    """It was not even started, so that it called nothing says nothing of it."""


class Told(NamedTuple):
    """A webhook that was sent to a client's receiver: when it was due on the client's clock, of which job and with which answer
    (success or failed), the word of the story that decided about it, the receiver's status (None: it gave none), the body.
    """

    at: float
    job_id: int
    answer: str
    fate: str
    status: int | None
    body: bytes


class Played(NamedTuple):
    """A story that was played. `result` is what the client returned, `raised` what it raised; `trouble` says in one
    sentence why the kit could not judge it. `host` is the one that it was to ask. `is_async` says that what the client gave was
    awaited, and `blocked_s` for how many seconds at a stretch it slept within a running loop. `others` are the plays of the
    callers who came later. `vendor_hosts` are those of the API itself, where they are met here too; `told` are webhooks.
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
    is_async: bool = False
    blocked_s: float = 0.0
    others: tuple[Played, ...] = ()
    vendor_hosts: frozenset[str] = frozenset()
    told: tuple[Told, ...] = ()


class Crowd(NamedTuple):
    """Callers of one client. `later`: so many seconds after the first one others ask for the same. `left_after`: the first one
    goes away so many seconds after it asked, which cancels what it awaits. `in_tasks`: they are tasks of one event loop, not
    threads.
    """

    later: tuple[float, ...] = ()
    left_after: float | None = None
    in_tasks: bool = False


class Stage(Protocol):
    """Plays stories, one after the other, and keeps a journal of each. A context: entered once for a whole sweep."""

    def __enter__(self) -> Self:
        """Get ready: tie time, intercept hosts."""

    def __exit__(self, *problem: object) -> None:
        """Leave nothing behind."""

    def play(self, story: Story, act: Callable[[str, str], Any]) -> Played:
        """Run `act(base_url, key)` against a server that does what the story says. A fresh key each time."""


@runtime_checkable
class CrowdedStage(Stage, Protocol):
    """A stage that can also play to several callers of one client at once, and to one that goes away."""

    def play_to(self, story: Story, act: Callable[[str, str], Any], crowd: Crowd) -> Played:
        """The same for each of a crowd, with a key of its own each; those that came later are the `others` of the first."""
