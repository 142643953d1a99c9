"""How a client orders: once, and never again what was refused for good."""

from __future__ import annotations

from collections.abc import Iterator

from ..heard import Heard
from ..rules import SENT, Broken, rule
from ..run import Run, came_to

#: A longer wait than this many seconds may be beyond a client's patience.
_BEARABLE_S = 30.0
#: What of a slow answer's time has to pass until it was read.
_NEARLY = 0.999


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
    of=SENT,
)
def submits_again(run: Run) -> Iterator[Broken]:
    taken = False
    for each in run.replies:
        if each.call == "submit" and taken:
            yield Broken("the order", "sent once", f"sent again at {each.at - run.began:g} s, though the first was taken")
            return
        if each.call == "submit":
            taken = each.says in ("success", "processing") and _was_read(each, run)
        elif each.says in ("failed", "error", "not-found") or each.is_final_refusal:
            taken = False  # that job is over: ordering anew is the client's good right


@rule(
    "client/repeats-what-was-refused-for-good",
    when=_refused_for_good,
    basis="general error table: 400, 401, 402, 403 and an error at 200 say what is wrong with the order or the account",
    of=SENT,
)
def repeats(run: Run) -> Iterator[Broken]:
    for before, after in zip(run.submits, run.submits[1:], strict=False):
        if before.is_final_refusal and after.sent == before.sent:
            yield Broken("the order", "not sent again", f"sent again after HTTP {before.exchange.status} {before.says}")
            return


def _answer_was_lost(run: Run) -> bool:
    """An order was taken, and its answer broke off, could be read by nobody, or took longer than the client waited"""
    return any(_is_lost(each, run) for each in run.submits)


def _is_lost(order: Heard, run: Run) -> bool:
    # Who then asks for a job has read what others refuse.
    is_refused = order.is_mislabelled and not run.fetches and not run.told
    is_unreadable = order.says == "reset" or order.is_hopeless or is_refused or not _was_read(order, run)
    return order.exchange.job_id is not None and is_unreadable


def _was_read(order: Heard, run: Run) -> bool:
    """Whether the client waited for the answer, however slow: what it did next, it did after that."""
    later = next((each for each in run.heard if each.at > order.at), None)
    return later is None or later.at - order.at >= (order.turn.slow or 0) * _NEARLY


@rule(
    "client/submits-again-though-its-order-was-taken",
    when=_answer_was_lost,
    basis="safety: an order without a readable answer may have been taken, and would be paid twice",
    of=SENT,
)
def submits_blindly(run: Run) -> Iterator[Broken]:
    for before, after in zip(run.submits, run.submits[1:], strict=False):
        if _is_lost(before, run):
            wait = after.at - before.at
            yield Broken(
                "the order",
                "not sent again",
                f"sent again after {wait:g} s, though the server has job {before.exchange.job_id}",
            )
            return


def _was_told_when(run: Run) -> bool:
    """The first order was refused with 429 or 503 and a time to wait of up to 30 seconds, and nothing had been taken"""
    first = run.submits[0] if run.submits else None
    return first is not None and first.exchange.status in (429, 503) and first.wait is not None and first.wait <= _BEARABLE_S


@rule(
    "client/does-not-retry-what-passes",
    when=_was_told_when,
    basis="rate-limit page: retry_after; the order was not taken, so that asking again costs nothing",
    needs=("retries",),
    of=SENT,
)
def no_retry(run: Run) -> Iterator[Broken]:
    if len(run.submits) == 1 and run.outcome.kind != "hang":
        first = run.submits[0]
        yield Broken("the order", f"sent again after {first.wait:g} s", f"given up: the client {came_to(run.outcome)}")
