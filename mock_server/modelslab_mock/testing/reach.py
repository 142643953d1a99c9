"""What a test's scope asks of an emulator, whether it is in this process or behind an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.near_miss import NearMiss
from modelslab_contracts.story import as_sentence, story_of
from modelslab_contracts.wanted import Wanted

from ..inbox import Message
from ..outbox import Delivery


class StorySet(NamedTuple):
    """A story that was set and is not used up. `n` counts those set for the sandbox, from 1; `times` None: until replaced.

    It is done with `jobs_done` jobs; `answers_given` are those given to the present one, of its `submit`.
    """

    n: int
    story: Mapping[str, Any]
    times: int | None = None
    endpoint: str | None = None
    prompt: str | None = None
    jobs_done: int = 0
    answers_given: int = 0

    @property
    def sentence(self) -> str:
        """The story in one sentence."""
        return as_sentence(story_of(self.story))


class JobNow(NamedTuple):
    """How a job stands now; looking is no poll. Times are of the scope's clock, `ends_at` None while nobody knows.

    `order` is what was read from the submit: coerced, defaulted, capped. `output` holds the addresses of its pictures once
    it has succeeded. `fetches` counts those before its end.
    """

    id: int
    endpoint: str
    status: str
    order: Mapping[str, Any]
    output: tuple[str, ...]
    submitted_at: float
    ends_at: float | None
    fetches: int


class ClockNow(NamedTuple):
    """What a clock shows, in seconds since 1970, and how it runs."""

    mode: str
    now: float


class Reach(Protocol):
    """One sandbox of an emulator, from the moment that a test began to use it.

    Every method raises MockServerError, with a sentence, for what cannot be. Those that wait raise it when the real seconds
    `within` are over, and hold up the thread that calls them.
    """

    @property
    def url(self) -> str:
        """The origin that stands for https://modelslab.com."""

    @property
    def key(self) -> str:
        """An API key of the sandbox."""

    @property
    def inbox(self) -> str:
        """The name of its inbox."""

    def set_story(
        self, story: Mapping[str, Any], times: int | None, endpoint: str | None, prompt: str | None
    ) -> tuple[int, Sequence[StorySet]]:
        """Set a story that was read already; its number, and those never played that it replaced."""

    def unused_stories(self) -> Sequence[StorySet]:
        """Those not used, or not used up."""

    def set_profile(self, profile: str) -> None:
        """Apply the contracts' clauses in another way."""

    def set_account(self, account: Mapping[str, Any]) -> None:
        """Replace the account."""

    def clock(self) -> ClockNow:
        """The clock."""

    def run_clock(self, clock: str) -> None:
        """Let it run in another way: real, scaled:FACTOR, frozen, auto."""

    def advance(self, seconds: float) -> None:
        """Move it on."""

    def jobs(self) -> Sequence[JobNow]:
        """In the order in which they were submitted."""

    def exchanges(self) -> Sequence[Exchange]:
        """All requests of the scope with their replies, oldest first, keys masked."""

    def near_miss(self, exchange: Exchange) -> NearMiss | None:
        """What a refused or unmatched request was near to."""

    def webhooks(self) -> Sequence[Delivery]:
        """Deliveries, oldest first."""

    def messages(self, inbox: str, after: int) -> Sequence[Message]:
        """What came to an inbox with a number above `after`."""

    def wait_for_exchange(self, wanted: Wanted, within: float, *, from_now: bool) -> Exchange:
        """The first exchange that matches; `from_now`: of those yet to come."""

    def wait_for_job(self, job_id: int | None, state: str, within: float) -> JobNow:
        """A job (None: the newest, once there is one) in a state: a status, or `ended`."""

    def wait_for_webhook(self, job_id: int | None, state: str, within: float) -> Delivery:
        """The first delivery (of a job) in a state of an outbox, or `settled` in any but pending."""

    def wait_for_message(self, inbox: str, after: int, within: float) -> Sequence[Message]:
        """What came to an inbox with a number above `after`, once there is something."""
