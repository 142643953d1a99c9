"""What the vendor's plans allow: the typed view of `accounts.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from .document import read_data

FILE = Path(__file__).parent / "accounts.yaml"


class Plan(NamedTuple):
    """A plan: how many unfinished requests it allows, and who says so."""

    name: str
    queue_slots: int
    source: str
    certainty: str


@lru_cache(maxsize=1)
def plans() -> Mapping[str, Plan]:
    """The plans by name, the smallest first."""
    return {name: Plan(name, **row) for name, row in _data()["plans"].items()}


class PlanOnly(NamedTuple):
    """An order field that a plan can lack, and why we think so."""

    field: str
    source: str
    certainty: str
    why: str


@lru_cache(maxsize=1)
def plan_only() -> tuple[PlanOnly, ...]:
    """Order fields that are assumed to need a better plan, and why."""
    return tuple(PlanOnly(name, **row) for name, row in _data()["plan-only"].items())


@lru_cache(maxsize=1)
def plan_only_fields() -> tuple[str, ...]:
    """Their names."""
    return tuple(each.field for each in plan_only())


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    return read_data(FILE)
