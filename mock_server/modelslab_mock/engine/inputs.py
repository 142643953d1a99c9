"""What goes into a step and what comes out of it: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from modelslab_contracts.endpoint import Call, Endpoint
from modelslab_contracts.request import Order
from modelslab_contracts.situations import Situation
from modelslab_contracts.story import Story, Turn

from .asked import Asked
from .choose import Choice
from .job import Job
from .sandbox import Fact


class SubmitInput(NamedTuple):
    """An order came for an endpoint, and asks for something. `origin` is where its links will point."""

    endpoint: Endpoint
    order: Order
    asked: Asked
    choice: Choice
    origin: str


class FetchInput(NamedTuple):
    """Somebody asks for a job of one of `endpoints` (those that share the fetch URL); `job_id` is None for none that a job
    could have; `came` is what came instead, None for nothing.
    """

    endpoints: tuple[Endpoint, ...]
    job_id: int | None
    came: Any = None


class LoadInput(NamedTuple):
    """Somebody asks a plain call, which is about no job: how busy the account is, or what a document shows.

    Of a story only its refusals are played here, and its delays.
    """

    endpoint: Endpoint
    call: Call
    choice: Choice | None = None


class NudgeInput(NamedTuple):
    """A job with a webhook has not been fetched for a while (clock mode `auto`)."""

    job_id: int


class TickInput(NamedTuple):
    """Time may have come for something: hand out the webhooks that are due."""


class AdvanceInput(NamedTuple):
    """Move the clock towards `moment`, at most as far as the next webhook that is due on the way."""

    moment: float


class SettleInput(NamedTuple):
    """Somebody ends a job by hand, in success or in a failure that says `message`."""

    job_id: int
    status: Literal["success", "failed", "error"]
    message: str | None = None


Input = SubmitInput | FetchInput | LoadInput | NudgeInput | TickInput | AdvanceInput | SettleInput


class Staging(NamedTuple):
    """What a story makes of a reply once it is rendered: the turn that is played, the whole story, the sandbox's time."""

    turn: Turn
    story: Story
    now: float


class Reply(NamedTuple):
    """What to answer, not yet in its dialect. `delay_s` is in real seconds; without `staging` the answer goes out as it is."""

    endpoint: Endpoint
    call: Call
    answer: str
    status: int
    reason: str
    job: Job | None = None
    situation: Situation | None = None
    account: Mapping[str, Any] | None = None
    delay_s: float = 0.0
    staging: Staging | None = None
    #: The whole answer, where no facts fill it.
    body: Any = None


class Deliver(NamedTuple):
    """A webhook whose time `due_at` (of the sandbox's clock) has come.

    `job` and `answer` are what it tells. It belongs to the job `job_id`, which is another one when the story asks for the
    webhook of a foreign job. `how` is send, lost (recorded only) or excess (too many are pending: refused).
    One that is `ahead` goes out, and its answer is awaited, before the reply is written.
    """

    job: Job
    answer: str
    due_at: float
    job_id: int
    how: Literal["send", "lost", "excess"] = "send"
    ahead: bool = False


class Due(NamedTuple):
    """A webhook was planned: come back with a TickInput when the sandbox's clock shows `at`."""

    at: float


class Nudge(NamedTuple):
    """Come back in `after_s` real seconds with a NudgeInput."""

    job_id: int
    after_s: float


Effect = Deliver | Nudge | Due


class Outcome(NamedTuple):
    """What a step gave: facts to commit, the reply (None for a tick), effects to carry out after the reply was written."""

    facts: list[Fact]
    reply: Reply | None
    effects: list[Effect]
