"""What a check may cost: a bound on requests and on pictures, kept before anything is sent, and an estimate of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ...endpoint import Endpoint
from ...profiles import PROFILES
from ...request import read_request
from .probes import Probe

#: Fetches until a job has ended: some have at once, others take two or more.
_FETCHES = 1


class SpentError(Exception):
    """A bound is reached; its text says which."""


class Estimate(NamedTuple):
    """What a check comes to, about: requests in all, and pictures at most."""

    requests: int
    pictures: int

    def __str__(self) -> str:
        ends = ("" if count == 1 else "s" for count in self)
        return f"about {self.requests:,} request{next(ends)}, at most {self.pictures:,} picture{next(ends)}"


@dataclass(slots=True)
class Budget:
    """What is left. Orders that a contract refuses count no pictures: whoever takes them all the same has a finding."""

    max_requests: int
    max_pictures: int
    requests: int = 0
    pictures: int = 0

    def request(self) -> None:
        """One more request is about to be sent. Raises SpentError."""
        if self.requests >= self.max_requests:
            raise SpentError(f"the bound of {self.max_requests:,} requests is reached")
        self.requests += 1

    def affords(self, pictures: int) -> bool:
        """Whether so many more pictures may be ordered; they are taken as ordered then."""
        if self.pictures + pictures > self.max_pictures:
            return False
        self.pictures += pictures
        return True


def pictures_of(endpoint: Endpoint, probe: Probe, profile: str) -> int:
    """How many pictures a probe orders, as its contract reads it."""
    if probe.means == "refused":
        return 0
    order = read_request(endpoint, probe.asked.request, PROFILES[profile]).order
    samples = order.values.get("samples") if order else None
    return samples if isinstance(samples, int) else 1


def estimate(endpoint: Endpoint, probes: Iterable[Probe], profile: str, budget: Budget) -> Estimate:
    """What these probes come to within a budget."""
    requests = pictures = 0
    for each in probes:
        ordered = pictures_of(endpoint, each, profile)
        if pictures + ordered > budget.max_pictures - budget.pictures:
            continue
        pictures += ordered
        beyond = _FETCHES + len(endpoint.fetches) + 2 * each.is_looked_at_closely if ordered else each.asks_for_no_job
        requests += 1 + beyond
    return Estimate(min(requests, budget.max_requests - budget.requests), pictures)
