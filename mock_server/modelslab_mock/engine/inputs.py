"""What goes into a step and what comes out of it: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from modelslab_contracts.endpoint import Call, Endpoint
from modelslab_contracts.request import Order
from modelslab_contracts.situations import Situation

from .choose import Choice
from .job import Job
from .sandbox import Fact


class SubmitInput(NamedTuple):
    """An order came for an endpoint. `origin` is where its links will point."""

    endpoint: Endpoint
    order: Order
    choice: Choice
    origin: str


class FetchInput(NamedTuple):
    """Somebody asks for a job of one of `endpoints` (those that share the fetch URL); `job_id` is None for no id at all."""

    endpoints: tuple[Endpoint, ...]
    job_id: int | None


class LoadInput(NamedTuple):
    """Somebody asks how busy the account is."""

    endpoint: Endpoint
    call: Call


class NudgeInput(NamedTuple):
    """A job with a webhook has not been fetched for a while (clock mode `auto`)."""

    job_id: int


class TickInput(NamedTuple):
    """Time may have come for something: hand out the webhooks that are due."""


Input = SubmitInput | FetchInput | LoadInput | NudgeInput | TickInput


class Reply(NamedTuple):
    """What to answer, not yet in its dialect. `delivery` is write, garbled or reset; `delay_s` real seconds."""

    endpoint: Endpoint
    call: Call
    answer: str
    status: int
    reason: str
    job: Job | None = None
    situation: Situation | None = None
    account: Mapping[str, Any] | None = None
    delivery: str = "write"
    delay_s: float = 0.0


class Deliver(NamedTuple):
    """Send the webhook of a job that ended."""

    job: Job
    answer: str


class Nudge(NamedTuple):
    """Come back in `after_s` real seconds with a NudgeInput."""

    job_id: int
    after_s: float


class Outcome(NamedTuple):
    """What a step gave: facts to commit, the reply (None for a tick), effects to carry out after the reply was written."""

    facts: list[Fact]
    reply: Reply | None
    effects: list[Deliver | Nudge]
