"""Inboxes: a place of this server's own to send webhooks to, so that no test needs a public URL.

They hold what arrived, in memory and within bounds, with API keys masked when it comes in. Whoever waits for the next
message is woken by its arrival.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from modelslab_contracts.exchange import masked, masked_headers, masked_text

PATH = "/__mock/inbox/"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
#: Inboxes that are kept, messages in each, and bytes of bodies in all of them; the oldest go first.
MAX_INBOXES = 100
MAX_MESSAGES = 100
MAX_BYTES = 32 * 2**20
#: API keys that are masked wherever they stand in a message; the longest unused go first.
_MAX_KEYS = 1_000


class Message(NamedTuple):
    """What arrived, with keys masked and the body cut at 64 KiB. `number` counts from 1 in each inbox."""

    number: int
    real_at: float
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def as_json(self) -> dict[str, Any]:
        """The message as plain values: its body as text, and as `json` when it is JSON."""
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            value = None
        return {
            **self._asdict(),
            "headers": dict(self.headers),
            "body": self.body.decode("utf-8", "replace"),
            "json": value,
        }


class _Inbox:
    __slots__ = ("last", "messages")

    def __init__(self) -> None:
        self.messages: deque[Message] = deque()
        self.last = 0


class Inboxes:
    """All inboxes of a server, by name; one comes to be with its first message."""

    def __init__(self, *, max_inboxes: int = MAX_INBOXES, max_messages: int = MAX_MESSAGES, max_bytes: int = MAX_BYTES) -> None:
        self._held: OrderedDict[str, _Inbox] = OrderedDict()
        self._max_inboxes = max_inboxes
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._bytes = 0
        self._keys: OrderedDict[str, None] = OrderedDict()
        self._waiting: set[asyncio.Future[None]] = set()

    def remember(self, key: str) -> None:
        """Mask `key` in what arrives from now on."""
        if key:
            self._keys[key] = None
            self._keys.move_to_end(key)
            if len(self._keys) > _MAX_KEYS:
                self._keys.popitem(last=False)

    def take(
        self, name: str, *, real_at: float, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> Message:
        """Keep what arrived for an inbox and wake whoever waits for it. Header names are in lower case."""
        inbox = self._held.get(name)
        if inbox is None:
            inbox = self._held[name] = _Inbox()
        self._held.move_to_end(name)
        inbox.last += 1
        message = self._masked(Message(inbox.last, real_at, method, path, query, tuple(headers.items()), body))
        inbox.messages.append(message)
        self._bytes += len(message.body)
        if len(inbox.messages) > self._max_messages:
            self._drop_first(inbox)
        while len(self._held) > self._max_inboxes:
            self.clear(next(iter(self._held)))
        while self._bytes > self._max_bytes:  # a single message is far smaller than the bound
            self._drop_first(next(each for each in self._held.values() if each.messages))
        for each in self._waiting:
            if not each.done():
                each.set_result(None)
        return message

    def names(self) -> dict[str, int]:
        """The inboxes there are, with the number of messages each holds."""
        return {name: len(inbox.messages) for name, inbox in self._held.items()}

    def messages(self, name: str, after: int = 0) -> list[Message]:
        """What an inbox holds, oldest first: all messages with a number above `after`."""
        inbox = self._held.get(name)
        return [each for each in inbox.messages if each.number > after] if inbox else []

    async def wait(self, name: str, after: int, seconds: float) -> list[Message]:
        """The messages above `after`, as soon as there is one; none when none came within real `seconds`.

        An inbox that is let go meanwhile begins anew, and so do its numbers: then any message will do.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        inbox = self._held.get(name)
        while not (found := self.messages(name, after)) and (left := end - loop.time()) > 0:
            arrival = loop.create_future()
            self._waiting.add(arrival)
            try:
                await asyncio.wait((arrival,), timeout=left)
            finally:
                self._waiting.discard(arrival)
            if inbox is not None and self._held.get(name) is not inbox:
                inbox, after = None, 0
        return found

    def clear(self, name: str | None = None) -> int:
        """Let an inbox go, or all of them, and say how many messages went with it."""
        gone = 0
        for each in [name] if name is not None else list(self._held):
            if (inbox := self._held.pop(each, None)) is not None:
                self._bytes -= sum(len(message.body) for message in inbox.messages)
                gone += len(inbox.messages)
        return gone

    def last(self, name: str) -> int:
        """The number of the last message that an inbox took; 0 when there is no such inbox."""
        return self._held[name].last if name in self._held else 0

    def _drop_first(self, inbox: _Inbox) -> None:
        self._bytes -= len(inbox.messages.popleft().body)

    def _masked(self, message: Message) -> Message:
        """By position always, and as text for the keys of all sandboxes that sent webhooks."""
        body, query, headers = message.body, message.query, dict(message.headers)
        for key in ("", *self._keys):
            body = masked(body, key)
            query = masked_text(query, key)
            headers = dict(masked_headers(headers, key))
        return message._replace(body=body, query=query, headers=tuple(headers.items()))


def inbox_of(url: str) -> str | None:
    """The name of the inbox that the path of a URL names, whichever server it is on; None for any other path."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    return name_in(path)


def name_in(path: str) -> str | None:
    """The name of the inbox at a path of this server; None for any other path."""
    name = path.removeprefix(PATH)
    return name if path.startswith(PATH) and NAME.fullmatch(name) else None
