"""What was sent to webhooks: every delivery as a value, per sandbox, bounded; the oldest go first.

Like a journal it keeps what is raw and masks the API key on its way out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from modelslab_contracts.exchange import masked, masked_text

#: Deliveries that a sandbox keeps, and the bytes that their bodies may take together.
MAX_DELIVERIES = 1_000
MAX_BYTES = 8 * 2**20

State = Literal["pending", "delivered", "failed", "lost", "refused"]


class Attempt(NamedTuple):
    """One call: when it began (real seconds since 1970), how long it took, the receiver's status or why there is none."""

    real_at: float
    took_s: float
    status: int | None
    problem: str = ""


class Delivery(NamedTuple):
    """A webhook of one job. `number` counts from 1 per sandbox; `due_at` is a time of the sandbox's clock.

    `answer` is which of the contract's webhook bodies it carries, `fate` the word of the story that decided about it.
    `why` says why it is lost or refused. `body` is what was sent, masked and cut like everything that is shown.
    """

    number: int
    job_id: int
    fate: str
    answer: str
    due_at: float
    url: str
    state: State
    why: str = ""
    attempts: tuple[Attempt, ...] = ()
    body: bytes = b""

    @property
    def outcome(self) -> str:
        """What became of it, in one clause; "" while it is pending."""
        if self.state == "pending":
            return ""
        if self.why or not self.attempts:
            return self.why
        last = self.attempts[-1]
        return f"not delivered: {last.problem}" if last.status is None else f"the receiver answered {last.status}"

    def as_json(self) -> dict[str, Any]:
        """The delivery as plain values, its body as text."""
        attempts = [each._asdict() for each in self.attempts]
        return {**self._asdict(), "attempts": attempts, "body": self.body.decode("utf-8", "replace")}


class Outbox:
    """The deliveries of a sandbox, oldest first.

    `forgotten` counts those let go, `changes` everything that is noted; `key` is what is masked.
    """

    __slots__ = ("_bytes", "_kept", "_last", "changes", "forgotten", "key", "max_bytes", "max_deliveries")

    def __init__(self, max_deliveries: int = MAX_DELIVERIES, max_bytes: int = MAX_BYTES) -> None:
        self._kept: OrderedDict[int, Delivery] = OrderedDict()
        self._bytes = 0
        self._last = 0
        self.max_deliveries = max_deliveries
        self.max_bytes = max_bytes
        self.forgotten = 0
        self.changes = 0
        self.key = ""

    @property
    def last(self) -> int:
        """The number of the last delivery; 0 before the first."""
        return self._last

    def add(self, *, job_id: int, fate: str, answer: str, due_at: float, url: str, body: bytes) -> int:
        """Keep a delivery that is to be made and return its number."""
        self._last += 1
        self.changes += 1
        body = bytes(memoryview(body))  # a copy of its own: bytes as orjson returns them pin a buffer of about 8 KiB each
        self._kept[self._last] = Delivery(self._last, job_id, fate, answer, due_at, url, "pending", "", (), body)
        self._bytes += len(body)
        while len(self._kept) > self.max_deliveries or (self._bytes > self.max_bytes and len(self._kept) > 1):
            self._bytes -= len(self._kept.popitem(last=False)[1].body)
            self.forgotten += 1
        return self._last

    def attempted(self, number: int, attempt: Attempt) -> None:
        """Note how an attempt went; harmless for a delivery that was let go meanwhile."""
        if (held := self._kept.get(number)) is not None:
            good = attempt.status is not None and 200 <= attempt.status < 300
            attempts = (*held.attempts, attempt)[-20:]
            # Why it was not sent before is over with this attempt.
            self._kept[number] = held._replace(state="delivered" if good else "failed", attempts=attempts, why="")
            self.changes += 1

    def settled(self, number: int, state: State, why: str) -> None:
        """Note that a delivery ended without an attempt, and why."""
        if (held := self._kept.get(number)) is not None:
            self._kept[number] = held._replace(state=state, why=why)
            self.changes += 1

    def raw(self, number: int) -> Delivery | None:
        """A delivery as it is, for sending only; None when there is none of that number."""
        return self._kept.get(number)

    def get(self, number: int) -> Delivery | None:
        """A delivery as it may be shown; None when there is none of that number."""
        held = self._kept.get(number)
        return None if held is None else self._shown(held)

    def outlines(self, matches: Callable[[Delivery], bool] = lambda _: True) -> Iterator[Delivery]:
        """The deliveries that match, as they may be shown but without their bodies: cheap, because few are masked."""
        return (self._shown(each._replace(body=b"")) for each in tuple(self._kept.values()) if matches(each))

    def raws(self, matches: Callable[[Delivery], bool]) -> Iterator[Delivery]:
        """The deliveries that match as they are: to be counted and sorted, never to be shown."""
        return (each for each in tuple(self._kept.values()) if matches(each))

    def outline(self, number: int) -> Delivery | None:
        """A delivery as it may be shown, without its body; None when there is none of that number."""
        held = self._kept.get(number)
        return None if held is None else self._shown(held._replace(body=b""))

    def pending(self) -> list[int]:
        """The numbers of the deliveries that wait or are under way."""
        return [each.number for each in self._kept.values() if each.state == "pending"]

    def clear(self) -> int:
        """Let all go and say how many. Numbers go on counting, so what is under way finds nothing to note."""
        gone = len(self._kept)
        self._kept.clear()
        self._bytes = 0
        return gone

    def drop_pending(self) -> int:
        """Let go of what waits or is under way and say how much; what was sent stays."""
        gone = self.pending()
        for number in gone:
            self._bytes -= len(self._kept.pop(number).body)
        return len(gone)

    def __iter__(self) -> Iterator[Delivery]:
        return (self._shown(each) for each in tuple(self._kept.values()))

    def __len__(self) -> int:
        return len(self._kept)

    def _shown(self, held: Delivery) -> Delivery:
        attempts = tuple(each._replace(problem=masked_text(each.problem, self.key)) for each in held.attempts)
        why, url = masked_text(held.why, self.key), _shown_url(held.url, self.key)
        return held._replace(url=url, why=why, attempts=attempts, body=masked(held.body, self.key))


def _shown_url(url: str, key: str) -> str:
    """A URL without its user and with the key masked."""
    try:
        user = urlsplit(url).netloc.rpartition("@")[0]
    except ValueError:
        user = ""
    return masked_text(url.replace(f"{user}@", "", 1) if user else url, key)
