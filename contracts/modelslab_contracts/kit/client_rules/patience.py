"""How long a client waits, and how often it asks: neither for ever nor all the time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ..heard import Heard
from ..rules import Broken, rule
from ..run import PATIENCE_S, Run, counted, eta_of

_POLLS = ("polls",)
#: Fetches per second above which a client hammers.
PER_SECOND = 4
#: How much earlier than announced counts as in time, and how much longer than before as longer.
_TOLERANCE = 0.1
#: Failing fetches in a row from which on a rate can be seen.
_IN_A_ROW = 4


def _polled_often(run: Run) -> bool:
    """The client polled five times or more"""
    return len(run.fetches) > PER_SECOND


@rule("client/hammers", when=_polled_often, basis="safety: four fetches a second at most", needs=_POLLS)
def hammers(run: Run) -> Iterator[Broken]:
    for first, last in zip(run.fetches, run.fetches[PER_SECOND:], strict=False):
        passed = last.at - first.at
        if passed < 1 and last.exchange.real_at - first.exchange.real_at < 1:
            yield Broken("fetches", f"{PER_SECOND} a second at most", f"{PER_SECOND + 1} within {passed:g} s")
            return


def _waited_in_vain(run: Run) -> bool:
    """The client polled a job, and waited more than a minute for it"""
    return run.queued is not None and bool(run.fetches) and run.lasted > PATIENCE_S


def _never_ends(run: Run) -> bool:
    """The story's job never ends, and the client polled it"""
    return run.story.ends == "never" and run.queued is not None and bool(run.fetches)


@rule(
    "client/has-no-deadline",
    when=_never_ends,
    basis="safety: a job may be lost",
    needs=_POLLS,
    masked_by=("client/hammers",),
)
def no_deadline(run: Run) -> Iterator[Broken]:
    if run.outcome.kind == "hang":
        hours = run.lasted / 3600
        yield Broken("waiting", "given up in time", f"{len(run.fetches)} fetches within {hours:.1f} h, and still at it")


@rule("client/reports-a-timeout-as-pictures", when=_waited_in_vain, basis="safety: no answer is no success", needs=_POLLS)
def timeout_as_pictures(run: Run) -> Iterator[Broken]:
    last = run.last
    assert last is not None
    if run.outcome.kind == "images" and (last.says == "processing" or last.wait is not None):
        yield Broken("the outcome", "an error that says that the job did not end", counted(len(run.outcome.images)))


def _unknown_for_ever(run: Run) -> bool:
    """The story's job ends in a status that nobody knows, which every fetch gets from then on, and the client met it"""
    return run.story.ends == "unknown-status" and any(each.says == "unknown" for each in run.fetches)


@rule(
    "client/waits-for-ever-for-an-unknown-status",
    when=_unknown_for_ever,
    basis="safety: what is not understood may never change",
    needs=_POLLS,
    masked_by=("client/hammers", "client/has-no-deadline"),
)
def waits_for_unknown(run: Run) -> Iterator[Broken]:
    if run.outcome.kind == "hang":
        yield Broken("waiting", "given up in time", f"{len(run.fetches)} fetches, each told a status that nobody knows")


def _eta_within_a_minute(run: Run) -> bool:
    """A processing reply came with an eta, as a number, that ends within a minute of the client's first request"""
    return any(_ends_soon(each, run) for each in run.replies)


def _ends_soon(reply: Heard, run: Run) -> bool:
    eta = eta_of(reply, run) if reply.says == "processing" else None
    return eta is not None and eta > 0 and reply.at + eta - run.began <= PATIENCE_S


@rule(
    "client/gives-up-before-the-eta",
    when=_eta_within_a_minute,
    basis="the endpoint's page: eta, the seconds to wait",
    needs=_POLLS,
    masked_by=("client/never-polls", "client/stops-before-the-end", "client/obeys-any-eta"),
)
def gives_up_early(run: Run) -> Iterator[Broken]:
    if run.last is None or not _ends_soon(run.last, run) or run.outcome.kind not in ("error", "timeout", "pending"):
        return
    eta = eta_of(run.last, run) or 0
    if run.ended < run.last.at + eta * (1 - _TOLERANCE):
        waited = run.ended - run.last.at
        yield Broken("the queued job", f"waited for as long as its eta, {eta:g} s", f"given up after {waited:g} s")


def _failing_row(run: Run) -> list[Heard]:
    """The first fetches in a row that met trouble which passes and names no time to wait."""
    row: list[Heard] = []
    for each in run.fetches:
        if each.passes and each.wait is None:
            row.append(each)
        elif len(row) < _IN_A_ROW:
            row = []
        else:
            break
    return row


def _failed_in_a_row(run: Run) -> bool:
    """Four fetches in a row met trouble that passes (a 5xx, a reset, garbage), none naming a time to wait"""
    return len(_failing_row(run)) >= _IN_A_ROW


@rule(
    "client/retries-at-a-constant-rate",
    when=_failed_in_a_row,
    basis="convention: whoever fails is left more time each time",
    needs=_POLLS,
    masked_by=("client/hammers", "client/waits-for-ever-for-a-broken-server"),
)
def constant_rate(run: Run) -> Iterator[Broken]:
    row = _failing_row(run)
    gaps = [after.at - before.at for before, after in pairwise(row)]
    if gaps[-1] <= gaps[0] * (1 + _TOLERANCE):
        said = ", ".join(f"{each:g}" for each in gaps[:4])
        yield Broken("the pauses between fetches that fail", "longer each time", f"{said} s")
