"""How long a client waits, and how often it asks: neither for ever nor all the time."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Broken, rule
from ..run import PATIENCE_S, Run, counted

_POLLS = ("polls",)
#: Fetches per second above which a client hammers.
PER_SECOND = 4


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
    if run.outcome.kind == "images" and (last.says == "processing" or last.passes):
        yield Broken("the outcome", "an error that says that the job did not end", counted(len(run.outcome.images)))
