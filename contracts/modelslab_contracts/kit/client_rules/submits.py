"""How a client orders: once, and never again what was refused for good."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Broken, rule
from ..run import Run


def _valid_reply_came(run: Run) -> bool:
    """An order was taken, and the reply that says so could be read"""
    return any(each.says in ("success", "processing") for each in run.submits)


def _refused_for_good(run: Run) -> bool:
    """An order was refused in a way that asking again cannot change (400, 401, 402, 403, 404, 413, 422, or an error at 200)"""
    return any(each.is_final_refusal for each in run.submits)


@rule(
    "client/submits-again-after-a-valid-reply",
    when=_valid_reply_came,
    basis="safety: every order that is taken is paid",
)
def submits_again(run: Run) -> Iterator[Broken]:
    taken = False
    for each in run.replies:
        if each.call == "submit" and taken:
            yield Broken("the order", "sent once", f"sent again at {each.at - run.began:g} s, though the first was taken")
            return
        if each.call == "submit":
            taken = each.says in ("success", "processing")
        elif each.says in ("failed", "error", "not-found") or each.is_final_refusal:
            taken = False  # that job is over: ordering anew is the client's good right


@rule(
    "client/repeats-what-was-refused-for-good",
    when=_refused_for_good,
    basis="general error table: 400, 401, 402, 403 and an error at 200 say what is wrong with the order or the account",
)
def repeats(run: Run) -> Iterator[Broken]:
    for before, after in zip(run.submits, run.submits[1:], strict=False):
        if before.is_final_refusal and after.sent == before.sent:
            yield Broken("the order", "not sent again", f"sent again after HTTP {before.exchange.status} {before.says}")
            return


def _answer_was_lost(run: Run) -> bool:
    """An order was taken, and its answer broke off or could be read by nobody"""
    return any(each.exchange.job_id is not None and (each.says == "reset" or each.is_hopeless) for each in run.submits)


@rule(
    "client/submits-again-though-its-order-was-taken",
    when=_answer_was_lost,
    basis="safety: an order without a readable answer may have been taken, and would be paid twice",
)
def submits_blindly(run: Run) -> Iterator[Broken]:
    for before, after in zip(run.submits, run.submits[1:], strict=False):
        if before.exchange.job_id is not None and (before.says == "reset" or before.is_hopeless):
            wait = after.at - before.at
            yield Broken(
                "the order",
                "not sent again",
                f"sent again after {wait:g} s, though the server has job {before.exchange.job_id}",
            )
            return
