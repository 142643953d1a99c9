"""A visit: everything that one probe led to, in order, masked, with what the contract says to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from ...contract import endpoints
from ...endpoint import Call, Endpoint
from ...exchange import KEPT_BYTES, Exchange
from ...profiles import PROFILES
from ...request import Order, read_request
from ..road import Road, Said, said
from .probes import Probe

#: What a step is for: the order; a fetch of its job, before and after its end; one of it by somebody else; one of a job that
#: there is not; a picture.
Role = Literal["submit", "fetch", "again", "other-key", "unknown-id", "picture"]
ENDS = ("success", "failed", "error")


class Look(NamedTuple):
    """A picture as it came: its size, or why it is none. `size` is None then; without a why, it is a file of another kind."""

    size: tuple[int, int] | None
    why: str = ""


@dataclass(frozen=True)
class Step:
    """One request and its answer. `trouble` says why there was none."""

    role: Role
    exchange: Exchange
    call: Call | None = None
    look: Look | None = None
    trouble: str = ""

    @cached_property
    def reply(self) -> Mapping[str, Any] | None:
        """The JSON object that came; None for anything else."""
        try:
            body = json.loads(self.exchange.reply_body)
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    @property
    def word(self) -> Any:
        """The status that the answer names."""
        return (self.reply or {}).get("status")

    @property
    def is_cut(self) -> bool:
        """Whether the answer is longer than a journal keeps."""
        return len(self.exchange.reply_body) >= KEPT_BYTES

    @property
    def has_begun_a_job(self) -> bool:
        """Whether the answer says that work was taken or done."""
        return self.exchange.status == 200 and self.word in ("success", "processing")

    @property
    def is_refusal(self) -> bool:
        """Whether the answer says no: by its HTTP status, or by its word."""
        return not self.trouble and (self.exchange.status >= 400 or self.word in ("error", "failed"))

    @property
    def says(self) -> str:
        """The answer in a few words."""
        if self.trouble:
            return self.trouble
        said = self.word if isinstance(self.word, str) else "" if self.role == "picture" else "no status"
        return f"{self.exchange.status} {said}".strip()


@dataclass(frozen=True)
class Visit:
    """What one probe led to. `is_hurried`: its job had not ended, and was not waited for in earnest either."""

    endpoint: Endpoint
    probe: Probe
    profile: str
    origin: str
    steps: tuple[Step, ...]
    stopped: str = ""
    is_hurried: bool = False

    @property
    def submit(self) -> Step:
        """The order and its answer."""
        return self.steps[0]

    def of(self, *roles: Role) -> Iterator[Step]:
        """The steps of some roles."""
        return (each for each in self.steps if each.role in roles)

    @cached_property
    def life(self) -> tuple[Step, ...]:
        """The order and every fetch of its job by its owner."""
        return (self.submit, *self.of("fetch", "again"))

    @cached_property
    def end(self) -> Step | None:
        """The first answer that told of the job's end; None when it has not ended."""
        return next((each for each in self.life if each.word in ENDS and each.exchange.status == 200), None)

    @cached_property
    def roads(self) -> tuple[Road, ...]:
        """The order with all fetches of its job; and each fetch of a job that there is not. What had no answer is left out."""
        read = [(each.role, self._said(each)) for each in self.steps if each.call is not None and not each.trouble]
        own = tuple(each for role, each in read if role != "unknown-id")
        made_up = [Road((each,), "", is_driven=True, is_made_up=True) for role, each in read if role == "unknown-id"]
        begins = bool(own) and not self.submit.trouble
        # With a good key and in good order nothing but an order's fields can be refused.
        job = Road(own, own[0].id_told, is_driven=self.probe.spelling == "plain") if begins else None
        return (*((job,) if job else ()), *made_up)

    def _said(self, step: Step) -> Said:
        """A step, read in its dialect. Where contracts share a URL and neither body nor job says which one is meant, any of
        them may answer; then it is the first in which nothing is wrong.
        """
        assert step.call is not None
        every = [said(step.exchange, end, call, PROFILES[self.profile]) for end, call in self._dialects(step, step.call)]
        return next((each for each in every if not each.answered.findings), every[0])

    def _dialects(self, step: Step, call: Call) -> list[tuple[Endpoint, Call]]:
        own = (self.endpoint, call)
        selector = self.endpoint.selector
        chosen = (self.probe.asked.request if self.probe.spelling == "plain" else {}).get(selector[0]) if selector else ""
        is_ours = selector is None or (isinstance(chosen, str) and bool(selector[1].search(chosen)))
        if step.role in ("fetch", "again") or (step.role == "submit" and is_ours):
            return [own]
        others = ((end, each) for end in endpoints().values() for each in end.calls if end.name != self.endpoint.name)
        return [own, *((end, each) for end, each in others if each.path == call.path)]

    @cached_property
    def order(self) -> Order | None:
        """What was ordered, as the contract reads it."""
        return read_request(self.endpoint, self.probe.asked.request, PROFILES[self.profile]).order
