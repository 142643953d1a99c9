"""Edits of a schema, one row per line of the catalogue of what can change: each draws an old and a new fragment.

What an edit does to the set of values is not said here: the sampler decides that.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

Rng = random.Random
Pair = tuple[Any, Any]
Row = Callable[[Rng], Pair]

ROWS: dict[str, Row] = {}
NAMES = ("status", "id", "seed", "webhook", "output", "meta", "scheduler", "width")
WORDS = ("success", "processing", "error", "failed", "yes", "no", "png", "jpg", "DDIM", "dpm")
PATTERNS = (
    "^[a-z]+$",
    "^[a-z0-9_]+$",
    "^https?://",
    "^[0-9]{1,6}$",
    "^(yes|no)$",
    "^[^ ]*$",
    "png$",
    "^x-",
    "^[A-Z][a-z]*$",
    "^.{2,4}$",
)


def row(name: str) -> Callable[[Row], Row]:
    def add(make: Row) -> Row:
        ROWS[name] = make
        return make

    return add


def both_ways(there: str, back: str) -> Callable[[Row], Row]:
    """An edit and its reverse are two rows."""

    def add(make: Row) -> Row:
        ROWS[there] = make
        ROWS[back] = lambda rng: make(rng)[::-1]
        return make

    return add


def scalar(rng: Rng) -> Any:
    low = rng.randint(-2, 8)
    return rng.choice([
        {"type": "string"},
        {"type": "string", "minLength": rng.randint(0, 2), "maxLength": rng.randint(2, 5)},
        {"type": "string", "pattern": rng.choice(PATTERNS)},
        {"enum": rng.sample(WORDS, rng.randint(1, 4))},
        {"type": "integer", "minimum": low, "maximum": low + rng.randint(0, 20)},
        {"type": "number", "exclusiveMinimum": 0, "maximum": rng.choice([1, 2.5, 20])},
        {"type": ["string", "null"]},
        {"type": "boolean"},
        {"const": rng.choice(WORDS)},
        {"type": "integer", "multipleOf": rng.choice([8, 64])},
    ])  # fmt: skip


def schema(rng: Rng, depth: int = 0) -> Any:
    if depth > 1 or rng.random() < 0.6:
        return scalar(rng)
    return obj(rng, depth + 1) if rng.random() < 0.5 else {"type": "array", "items": schema(rng, depth + 1)}


def obj(rng: Rng, depth: int = 0, **more: Any) -> dict[str, Any]:
    names = rng.sample(NAMES, rng.randint(2, 4))
    required = rng.sample(names, rng.randint(0, 2))
    made: dict[str, Any] = {"type": "object", "properties": {name: schema(rng, depth + 1) for name in names}}
    if required:
        made["required"] = required
    return {**made, **more}


def one_of(rng: Rng, *nodes: dict[str, Any]) -> dict[str, Any]:
    return rng.choice(nodes)


def with_(node: Any, **words: Any) -> Any:
    return {**copy.deepcopy(node), **words}


def without(node: Any, *words: str) -> Any:
    return {key: value for key, value in copy.deepcopy(node).items() if key not in words}


def a_name(rng: Rng, node: Any) -> str:
    return str(rng.choice(sorted(node["properties"])))
