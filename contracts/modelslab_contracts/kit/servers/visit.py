"""A visit: everything that one probe led to, in order, masked, with what the contract says to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from ...endpoint import Call, Endpoint
from ...exchange import KEPT_BYTES, Exchange
from ...profiles import PROFILES
from ...request import Order, read_request
from .probes import Probe

#: What a step is for: the order; a fetch of its job, before and after its end; one of it by somebody else; one of a job that
#: there is not; a picture.
Role = Literal["submit", "fetch", "again", "other-key", "unknown-id", "picture"]
ENDS = ("success", "failed", "error")


class Look(NamedTuple):
    """A picture as it came: its size, or why it is none. `size` is None then."""

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
    """What one probe led to."""

    endpoint: Endpoint
    probe: Probe
    profile: str
    origin: str
    steps: tuple[Step, ...]
    stopped: str = ""

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
    def order(self) -> Order | None:
        """What was ordered, as the contract reads it."""
        return read_request(self.endpoint, self.probe.asked.request, PROFILES[self.profile]).order
