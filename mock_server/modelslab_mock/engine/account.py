"""The account behind a key, as a value: what it may do, and what an order costs. By default it may do everything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from modelslab_contracts.accounts import plan_only_fields, plans
from modelslab_contracts.nearest import did_you_mean

from .asked import Asked
from .job import Job

#: What a picture costs. No page states a price in credits (ledger: an-order-costs-one-credit-per-picture).
CREDITS_PER_PICTURE = 1
#: The vendor's own window of the identical-request filter (earlier docs: "please wait for 30 seconds").
SAME_ORDER_WITHIN_S = 30.0
MAX_SLOTS = 10_000
MAX_CREDITS = 10**12
MAX_WINDOW_S = 86_400.0


class AccountError(ValueError):
    """An account that cannot be understood, as one sentence."""


@dataclass(frozen=True, slots=True)
class Account:
    """What belongs to an account. None is no limit.

    `plan` only names where `queue_slots` came from. `credits` is what there was when the account was set. `plan_only`
    are the order fields that its plan lacks. With `same_order_within_s` the same order is not taken twice within so many
    seconds of the sandbox's clock.
    """

    plan: str | None = None
    queue_slots: int | None = None
    credits: int | None = None
    plan_only: tuple[str, ...] = ()
    revoked: bool = False
    same_order_within_s: float | None = None


UNLIMITED = Account()


def cost(asked: Asked) -> int:
    """What an order costs, in credits: charged when the job is made, and never given back (assumed, see the ledger)."""
    return asked.samples * CREDITS_PER_PICTURE


def cost_of(job: Job) -> int:
    """What the order of a job cost."""
    return cost(job.asked)


def account_of(value: Any, order_fields: Collection[str]) -> Account:
    """The account that a JSON object describes, as docs/accounts.md shows it.

    `order_fields` are the names that may stand in `plan_only`. Raises AccountError naming the nearest known word.
    """
    if not isinstance(value, Mapping):
        raise AccountError(f"account: must be a JSON object, got {type(value).__name__}")
    read: dict[str, Any] = {}
    for name, each in value.items():
        if name not in _READ:
            raise AccountError(f"account: unknown word {name!r}{did_you_mean(str(name), _READ)}")
        read[name] = _READ[name](each)
    if unknown := [name for name in read.get("plan_only", ()) if name not in order_fields]:
        close = did_you_mean(unknown[0], order_fields)
        raise AccountError(f"account: plan_only: no order has a field {unknown[0]!r}{close}")
    if read.get("plan") is not None and "queue_slots" not in read:
        read["queue_slots"] = plans()[read["plan"]].queue_slots
    return Account(**read)


def account_as_json(account: Account) -> dict[str, Any]:
    """An account as JSON, every word spelled out."""
    return {name: list(held) if isinstance(held := getattr(account, name), tuple) else held for name in _READ}


def _plan(value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or value not in plans()):
        raise AccountError(f"account: unknown plan {value!r}{did_you_mean(str(value), plans())}")
    return value


def _whole(name: str, most: int) -> Callable[[Any], int | None]:
    def read(value: Any) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise AccountError(f"account: {name} must be a whole number from 0 to {most}, or null, got {value!r}")
        return value

    return read


def _plan_only(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return plan_only_fields() if value else ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise AccountError(f"account: plan_only must be a list of order fields, or true or false, got {value!r}")
    return tuple(dict.fromkeys(value))


def _revoked(value: Any) -> bool:
    if not isinstance(value, bool):
        raise AccountError(f"account: revoked must be true or false, got {value!r}")
    return value


def _window(value: Any) -> float | None:
    if value is None or value is False:
        return None
    if value is True:
        return SAME_ORDER_WITHIN_S
    if not isinstance(value, (int, float)) or not 0 < value <= MAX_WINDOW_S:
        raise AccountError(
            f"account: same_order_within_s must be seconds above 0 up to {MAX_WINDOW_S:.0f}, true or null, got {value!r}"
        )
    return float(value)


#: The words of an account, each with how its value is read.
_READ: dict[str, Callable[[Any], Any]] = {
    "plan": _plan,
    "queue_slots": _whole("queue_slots", MAX_SLOTS),
    "credits": _whole("credits", MAX_CREDITS),
    "plan_only": _plan_only,
    "revoked": _revoked,
    "same_order_within_s": _window,
}
