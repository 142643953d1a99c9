"""What a client that listens for webhooks makes of those that come twice, early, wrong, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..field_names import links_name
from ..rules import Broken, rule
from ..run import PATIENCE_S, Run, addresses, came_to, counted, eta_of
from ..stage import Told

_WEBHOOKS = ("webhooks",)
_PAGE = "webhook page"
#: A job that is done within so many seconds is worth waiting for, whoever waits.
_SOON_S = 30.0
#: Seconds after a webhook in which a request may still have been under way.
_GRACE_S = 1.0


def _pictures_in(told: Told, run: Run) -> list[str]:
    return addresses(_body(told).get(links_name(run.endpoint)))


def _body(told: Told) -> Mapping[str, Any]:
    try:
        body = json.loads(told.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _of_its_own(run: Run, answer: str) -> list[Told]:
    return [each for each in run.told if each.fate != "foreign" and each.answer == answer and each.at <= run.ended]


def _most(run: Run) -> int:
    """How many pictures the webhooks and fetches of a job speak of at the most."""
    told = [len(_pictures_in(each, run)) for each in _of_its_own(run, "success")]
    return max([*told, *(len(addresses(run.pictures_of(each))) for each in run.replies if each.says == "success")])


def _told_twice(run: Run) -> bool:
    """A webhook that says success was sent twice, and the client came to pictures"""
    return len(_of_its_own(run, "success")) > 1 and run.outcome.kind == "images"


@rule(
    "client/takes-a-second-webhook-for-more",
    when=_told_twice,
    basis=f"{_PAGE}: it may be sent several times; track_id and id say of which job",
    needs=_WEBHOOKS,
    masked_by=("client/takes-a-webhook-and-a-fetch-for-two",),
    of=("told",),
)
def counts_twice(run: Run) -> Iterator[Broken]:
    if len(run.outcome.images) > _most(run):
        yield Broken("the pictures", f"the {_most(run)} of the job", counted(len(run.outcome.images)))


def _told_and_asked(run: Run) -> bool:
    """A webhook and a fetch both said success, once each, and the client came to pictures"""
    fetched = any(each.says == "success" for each in run.fetches)
    return fetched and len(_of_its_own(run, "success")) == 1 and run.outcome.kind == "images"


@rule(
    "client/takes-a-webhook-and-a-fetch-for-two",
    when=_told_and_asked,
    basis="convention: a job has one result, however often one hears of it",
    needs=(*_WEBHOOKS, "polls"),
    of=("told",),
)
def counts_both(run: Run) -> Iterator[Broken]:
    if len(run.outcome.images) > _most(run):
        yield Broken("the pictures", f"the {_most(run)} of the job", counted(len(run.outcome.images)))


def _foreign_came(run: Run) -> bool:
    """A webhook about a job that is not the client's was sent to its receiver"""
    return any(each.fate == "foreign" for each in run.told)


@rule(
    "client/believes-a-webhook-of-another-job",
    when=_foreign_came,
    basis=f"{_PAGE}: track_id and id say of which job; anybody may send to a receiver",
    needs=_WEBHOOKS,
    of=("told",),
)
def believes_foreign(run: Run) -> Iterator[Broken]:
    foreign = {link for each in run.told if each.fate == "foreign" for link in _pictures_in(each, run)}
    if any(each in foreign for each in run.outcome.images):
        yield Broken("the pictures", "those of the client's own job", "those of the job that the webhook spoke of")
    yield from _broke_down(run, "foreign")


def _broke_down(run: Run, fate: str) -> Iterator[Broken]:
    taken = next((each for each in run.told if each.fate == fate and _is_no_answer(each)), None)
    # Whoever has its pictures may close its receiver; one that came at the very end may have met a closed one.
    if taken is not None and (taken.status is not None or fate == "before-reply" or taken.at < run.ended):
        answer = "none" if taken.status is None else f"HTTP {taken.status}"
        yield Broken("the receiver's answer", "one of its own", answer)


def _is_no_answer(told: Told) -> bool:
    return told.status is None or told.status >= 500


def _early_came(run: Run) -> bool:
    """A webhook that says success was sent before the answer to the order was"""
    return any(each.fate == "before-reply" and each.answer == "success" for each in run.told)


@rule(
    "client/loses-a-webhook-that-is-early",
    when=_early_came,
    basis="convention: two messages on two ways come in any order",
    needs=_WEBHOOKS,
    of=("told",),
)
def loses_early(run: Run) -> Iterator[Broken]:
    yield from _broke_down(run, "before-reply")
    # Pictures that a webhook promises and that cannot be had are not the client's fault.
    is_readable = run.last is not None and run.last.says in ("processing", "success") and run.has_plain_form and not run.missed
    if is_readable and run.outcome.kind in ("error", "timeout", "crash", "pending"):
        yield Broken("the outcome", "the pictures of the success", f"the client {came_to(run.outcome)}")


def _failure_came(run: Run) -> bool:
    """The job failed, and a webhook that says so was sent while the client waited"""
    return run.story.ends in ("failed", "error") and bool(_of_its_own(run, "failed")) and run.queued is not None


@rule(
    "client/ignores-a-webhook-that-says-failed",
    when=_failure_came,
    basis=f"{_PAGE}: failure payload",
    needs=_WEBHOOKS,
    of=("told",),
)
def ignores_failed(run: Run) -> Iterator[Broken]:
    at = _of_its_own(run, "failed")[0].at
    later = [each for each in run.fetches if each.at > at + _GRACE_S]
    if later or run.outcome.kind in ("images", "timeout", "pending", "hang", "crash"):
        seen = f"asked on {later[0].at - at:g} s later" if later else f"the client {came_to(run.outcome)}"
        yield Broken("the job", "over once a webhook says failed", seen)


def _webhook_is_lost(run: Run) -> bool:
    """An order that named a webhook was queued for 30 seconds at most; no webhook was sent, and the job ended well"""
    queued, story = run.queued, run.story
    is_silent = story.webhook in ("none", "lost") and story.ends == "success" and not isinstance(story.polls, tuple)
    if queued is None or not is_silent or not run.names_a_webhook or not run.has_plain_form:
        return False
    return queued.at - run.began <= PATIENCE_S and (eta_of(queued, run) or 0) <= _SOON_S


@rule(
    "client/has-no-fallback-for-a-lost-webhook",
    when=_webhook_is_lost,
    basis=f"{_PAGE}: webhooks of generations are best effort, and fetch is the fallback",
    needs=(*_WEBHOOKS, "polls"),
)
def no_fallback(run: Run) -> Iterator[Broken]:
    if not run.fetches and run.outcome.kind != "images":
        yield Broken("the queued job", "fetched when no webhook comes", f"never: the client {came_to(run.outcome)}")
