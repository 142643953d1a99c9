"""What a test holds: the emulator as far as it is this test's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.nearest import there_are
from modelslab_contracts.story import Story
from modelslab_contracts.wanted import Wanted, WantedError, wanted

from ..awaited import STATES
from ..inbox import PATH, Message
from ..outbox import Delivery
from .aside import in_real_time
from .options import Options, check_clock, read_story
from .problems import MockServerError, our_lines_hidden
from .reach import JobNow, Reach, StorySet

__tracebackhide__ = our_lines_hidden

#: Real seconds that a wait has, where nobody says otherwise.
WITHIN_S = 10.0
_JOB_STATES = (*STATES, "ended")
_WEBHOOK_STATES = ("pending", "delivered", "failed", "lost", "refused", "settled")


class Exchanges(tuple[Exchange, ...]):
    """Requests with their replies, oldest first."""

    __slots__ = ()

    def find(self, **what: Any) -> Exchanges:
        """Those that match: endpoint, method, path (`*` is anything), status (404, "4xx"), job, answer, rule, refused …"""
        query = _wanted(what)
        return Exchanges(each for each in self if query.matches(each))


class MockScope:
    """An emulator from the moment on at which a test began to use it. Every method raises MockServerError for what cannot be.

    `allow_unused` and `allow_unexpected` say whether, at the end, a story that nobody used and a request that was refused or
    that no contract has a call for are all right.
    """

    def __init__(self, reach: Reach, options: Options) -> None:
        self._reach = reach
        #: Whether it has ended: then it can be looked at, and no longer be steered.
        self.over = False
        self.allow_unused = options.allow_unused
        self.allow_unexpected = options.allow_unexpected
        self.clock = ScopeClock(reach)
        self.inbox = ScopeInbox(reach)
        #: Stories that were replaced before anybody used them.
        self.replaced: list[StorySet] = []
        if options.story is not None:
            self.story(options.story)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    @property
    def url(self) -> str:
        """The origin that stands for https://modelslab.com, without a path."""
        return self._reach.url

    @property
    def key(self) -> str:
        """The API key that leads here; without a port any other does, too."""
        return self._reach.key

    def story(
        self,
        story: Story | Mapping[str, Any] | str | None = None,
        /,
        *,
        times: int | None = None,
        endpoint: str | None = None,
        prompt: str | None = None,
        **elements: Any,
    ) -> int:
        """What happens to the next submits, in words ('processing polls=2'), as JSON, or as elements: polls=2, ends="failed".

        It is for the next `times` jobs, or until it is replaced; for orders of `endpoint` whose prompt holds the text `prompt`,
        where these are given. Returns its number.
        """
        number, replaced = self._steered().set_story(read_story(story, elements), times, endpoint, prompt)
        self.replaced.extend(replaced)
        return number

    def profile(self, name: str) -> None:
        """Apply the contracts' clauses as `documented`, `strict` or `observed` from now on."""
        self._steered().set_profile(name)

    def account(self, **words: Any) -> None:
        """What the key may do from now on: plan, queue_slots, credits, plan_only, revoked, same_order_within_s."""
        self._steered().set_account(words)

    @property
    def jobs(self) -> Sequence[JobNow]:
        """The jobs in the order in which they were submitted, as they stand now. Looking is no poll."""
        return self._reach.jobs()

    @property
    def journal(self) -> Exchanges:
        """The requests so far with their replies, keys masked."""
        return Exchanges(self._reach.exchanges())

    @property
    def webhooks(self) -> Sequence[Delivery]:
        """What was sent to webhooks, and how it went."""
        return self._reach.webhooks()

    @property
    def unused_stories(self) -> Sequence[StorySet]:
        """The stories that were set and not used, or not used up."""
        return sorted([*self.replaced, *self._reach.unused_stories()], key=lambda each: each.n)

    @property
    def reach(self) -> Reach:
        """The emulator behind it."""
        return self._reach

    def _steered(self) -> Reach:
        if self.over:
            raise MockServerError("this scope has ended and the server has stopped: what is set in it now is heard by nobody")
        return self._reach

    @overload
    def wait_for(
        self, what: Literal["exchange"], /, *, within: float = ..., from_now: bool = ..., **wanted: Any
    ) -> Exchange: ...
    @overload
    def wait_for(self, what: Literal["job"], /, *, id: int | None = ..., status: str = ..., within: float = ...) -> JobNow: ...
    @overload
    def wait_for(
        self, what: Literal["webhook"], /, *, job: int | None = ..., state: str = ..., within: float = ...
    ) -> Delivery: ...
    @overload
    def wait_for(self, what: Literal["message"], /, *, after: int = ..., within: float = ...) -> Message: ...
    def wait_for(self, what: str, /, **words: Any) -> Exchange | JobNow | Delivery | Message:
        """Wait, `within` real seconds (10), for what another thread or program brings about, and return it.

        `"exchange"` and the words of `journal.find`, with `from_now=True` one yet to come; `"job"` with `status` (any end, by
        default) and `id` (the newest, by default); `"webhook"` with `state` (any but pending) and `job`; `"message"` to the
        inbox, `after` that number. Whatever the time is tied to, these seconds are real ones.
        """
        waits: dict[str, Any] = {
            "exchange": self._exchange,
            "job": self._job,
            "webhook": self._webhook,
            "message": self.inbox.wait,
        }
        if what not in waits:
            raise MockServerError(f"cannot wait for {what!r}{there_are(str(what), waits)}")
        found: Exchange | JobNow | Delivery | Message = waits[what](**words)
        return found

    def _exchange(self, *, within: float = WITHIN_S, from_now: bool = False, **words: Any) -> Exchange:
        query = _wanted(words)
        return in_real_time(lambda: self._reach.wait_for_exchange(query, within, from_now=from_now))

    def _job(self, *, id: int | None = None, status: str = "ended", within: float = WITHIN_S) -> JobNow:  # noqa: A002 # its name
        _one_of("status", status, _JOB_STATES)
        return in_real_time(lambda: self._reach.wait_for_job(id, status, within))

    def _webhook(self, *, job: int | None = None, state: str = "settled", within: float = WITHIN_S) -> Delivery:
        _one_of("state", state, _WEBHOOK_STATES)
        return in_real_time(lambda: self._reach.wait_for_webhook(job, state, within))


class ScopeClock:
    """The clock of a scope, which is also the client's time where time is tied."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        #: What it showed when the scope began.
        self.began = reach.clock().now

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self._reach.clock().now

    @property
    def elapsed(self) -> float:
        """Seconds since the scope began."""
        return round(self.now - self.began, 6)

    @property
    def mode(self) -> str:
        """How it runs: real, scaled, frozen or auto."""
        return self._reach.clock().mode

    @mode.setter
    def mode(self, clock: str) -> None:
        check_clock(clock)
        self._reach.run_clock(clock)

    def advance(self, seconds: float) -> float:
        """Move it on, past whatever is due on the way; returns `elapsed`."""
        self._reach.advance(seconds)
        return self.elapsed


class ScopeInbox:
    """A receiver of webhooks: give `url` as `webhook`."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._name = reach.inbox

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self._reach.url}{PATH}{self._name}"

    @property
    def messages(self) -> Sequence[Message]:
        """What came, oldest first, with keys masked; `as_json()` of one has its body as a value."""
        return self._reach.messages(self._name, 0)

    def wait(self, *, after: int = 0, within: float = WITHIN_S) -> Message:
        """The first message with a number above `after`, once it is there."""
        return in_real_time(lambda: self._reach.wait_for_message(self._name, after, within))[0]


def _wanted(words: Mapping[str, Any]) -> Wanted:
    try:
        return wanted(words)
    except WantedError as problem:
        raise MockServerError(str(problem)) from None


def _one_of(name: str, word: str, known: Sequence[str]) -> None:
    if word not in known:
        raise MockServerError(f"{name} {word!r} is not known{there_are(str(word), known)}")
