"""How a client waits for a job that was queued: where it asks, when, how often, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from ...findings import shown
from ..field_names import fetch_url_name
from ..heard import Heard
from ..rules import Broken, rule
from ..run import PATIENCE_S, Run, came_to, counted, eta_of

_POLLS = ("polls",)
#: How much earlier than the announced eta a client may ask.
_TOLERANCE = 0.1
#: An eta beyond this many seconds may be longer than a client's patience, and then nobody knows what is right.
_BEARABLE_S = 30.0
_PAGE = "the endpoint's page: a processing answer with eta, fetch_result and a fetch call"


def _asked_by_the_last_reply(run: Run) -> Heard | None:
    last = run.last
    return last if last is not None and last.says == "processing" else None


def _queued_soon(run: Run) -> bool:
    """An order without a webhook was answered with processing within 30 seconds, naming an id, and an eta of 30 seconds at most
    or none
    """
    if run.queued is None or run.queued.at - run.began > _BEARABLE_S or run.names_a_webhook:
        return False
    return (eta_of(run.queued, run) or 0) <= _BEARABLE_S and "id" in (run.queued.reply or {})


def _polled(run: Run) -> bool:
    """The client polled a queued job"""
    return run.queued is not None and bool(run.fetches)


@rule(
    "client/never-polls",
    when=_queued_soon,
    basis=_PAGE,
    needs=_POLLS,
    masked_by=("client/obeys-any-eta", "client/returns-links-to-what-is-not-there-yet"),
)
def never_polls(run: Run) -> Iterator[Broken]:
    assert run.queued is not None
    later = run.heard[run.heard.index(run.queued) + 1 :]
    if not later:
        yield Broken("the queued job", "fetched until it ends", f"never fetched: the client {came_to(run.outcome)}")


def _names_another_id(run: Run) -> bool:
    """A reply's fetch_result named another id than the job's, and the client fetched after it"""
    return run.story.names_another_id and any(_is_another(each, run) for each in run.replies[:-1])


def _is_another(reply: Heard, run: Run) -> bool:
    url = (reply.reply or {}).get(fetch_url_name(run.endpoint))
    is_here = isinstance(url, str) and reply.turn.fetch_result != "elsewhere"
    return is_here and str(reply.exchange.job_id) != urlsplit(str(url)).path.rpartition("/")[2]


@rule(
    "client/does-not-follow-fetch-result",
    when=_names_another_id,
    basis="the endpoint's page: fetch_result is the address to fetch from",
    needs=_POLLS,
)
def does_not_follow(run: Run) -> Iterator[Broken]:
    announced: str | None = None
    for each in run.replies:
        if each.call == "fetch" and announced is not None and each.exchange.path != announced:
            asked = each.sent.get("request_id")
            if str(asked) != announced.rpartition("/")[2]:
                yield Broken("the fetch", f"POST {announced}", f"POST {each.exchange.path}")
                return
        if each.ends_the_job:
            return
        url = (each.reply or {}).get(fetch_url_name(run.endpoint)) if each.says == "processing" else None
        if isinstance(url, str) and _is_another(each, run):
            announced = urlsplit(url).path
        elif isinstance(url, str):
            announced = None  # it names the id itself again: every form of the fetch is right


@rule(
    "client/fetches-without-its-key",
    when=_polled,
    basis="the fetch call of the endpoint's page: key",
    needs=_POLLS,
    masked_by=("client/submits-without-its-key",),
)
def fetches_keyless(run: Run) -> Iterator[Broken]:
    for each in run.fetches:
        keyless = each.object is not None and "key" not in each.object
        if run.is_elsewhere(each):
            continue  # the key does not belong there
        if each.exchange.method == "POST" and (each.exchange.sandbox != run.sandbox or keyless):
            yield Broken("/key", "the key of the order", "another one" if each.sent.get("key") else "absent")
            return


def _told_to_wait_on(run: Run) -> bool:
    """A fetch was answered with processing and without a fetch_result, as the pages show it"""
    return any(_says_no_address(each, run) for each in run.fetches)


def _says_no_address(reply: Heard, run: Run) -> bool:
    return reply.says == "processing" and fetch_url_name(run.endpoint) not in (reply.reply or {})


@rule(
    "client/loses-the-fetch-address",
    when=_told_to_wait_on,
    basis="the fetch call of the endpoint's page: its processing answer has no fetch_result",
    needs=_POLLS,
    masked_by=("client/fetches-without-its-key",),
)
def loses_address(run: Run) -> Iterator[Broken]:
    first = next(each for each in run.fetches if _says_no_address(each, run))
    after = run.heard[run.heard.index(first) + 1 :]
    lost = next((each for each in after if each.call == "stray" or each.asks_for_no_job), None)
    if lost is not None:
        yield Broken(
            "the next fetch", f"{first.exchange.method} {first.exchange.path}", f"{lost.exchange.method} {lost.exchange.path}"
        )
    elif not after and run.outcome.kind == "crash":
        yield Broken("the next fetch", f"{first.exchange.method} {first.exchange.path}", f"none: {run.outcome.error_type}")


def _ended_well_or_in_error(run: Run) -> bool:
    """The client was told of a job's success (with pictures) or error"""
    return any(_is_end(each, run) for each in run.replies)


def _is_end(reply: Heard, run: Run) -> bool:
    return (reply.says == "success" and bool(run.pictures_of(reply))) or reply.says == "error"


@rule("client/polls-after-the-end", when=_ended_well_or_in_error, basis="the status words of the endpoint's page", needs=_POLLS)
def polls_after_the_end(run: Run) -> Iterator[Broken]:
    ended: dict[Any, Heard] = {}
    for each in run.replies:
        job = each.exchange.job_id
        if each.call == "fetch" and job in ended:
            since = each.at - ended[job].at
            yield Broken("the job", "left alone once it has ended", f"fetched {since:g} s after {ended[job].says}")
            return
        if _is_end(each, run):
            ended[job] = each


def _could_stop_early(run: Run) -> bool:
    """A fetch was answered with processing, without pictures, and the client waited a minute at most"""
    return run.lasted <= PATIENCE_S and any(each.says == "processing" and not run.pictures_of(each) for each in run.fetches)


@rule(
    "client/stops-before-the-end",
    when=_could_stop_early,
    basis=_PAGE,
    needs=_POLLS,
    masked_by=("client/returns-links-to-what-is-not-there-yet",),
)
def stops_early(run: Run) -> Iterator[Broken]:
    last = _asked_by_the_last_reply(run)
    if last is not None and last.call == "fetch" and not run.pictures_of(last) and run.outcome.kind == "images":
        yield Broken("the queued job", "fetched until it ends", f"{counted(len(run.outcome.images))} while it was processing")


def _eta_is_plain(run: Run) -> bool:
    """A processing reply announced an eta of up to 30 seconds, as a number, and the client fetched after it"""
    return any(_announced(each, run) for each in run.replies[:-1])


def _announced(reply: Heard, run: Run) -> float | None:
    """The eta to wait for: that of the submit's answer, or a new one that a fetch announces."""
    if reply.says != "processing":
        return None
    eta = eta_of(reply, run)
    return eta if eta is not None and 0 < eta <= _BEARABLE_S else None


@rule("client/polls-before-the-eta", when=_eta_is_plain, basis="the endpoint's page: eta, the seconds to wait", needs=_POLLS)
def polls_early(run: Run) -> Iterator[Broken]:
    for before, after in pairwise(run.replies):
        eta = _announced(before, run)
        if eta is not None and after.call == "fetch" and after.at - before.at < eta * (1 - _TOLERANCE):
            yield Broken(
                "the fetch", f"{eta:g} s after the reply that announced eta {eta:g}", f"{after.at - before.at:g} s after it"
            )
            return


def _one_bad_poll(run: Run) -> bool:
    """Exactly one fetch met trouble that passes within 30 seconds (a 5xx, a 429, a reset, garbage), and the job ends well"""
    bad = [each for each in run.fetches if each.passes]
    if run.queued is None or (bad and bad[0].at + (bad[0].wait or 0) - run.queued.at > _BEARABLE_S):
        return False
    others = all(each.says in ("processing", "success") for each in run.replies if each not in bad and each.call == "fetch")
    return len(bad) == 1 and others and run.story.ends == "success"


@rule(
    "client/gives-up-after-one-bad-poll",
    when=_one_bad_poll,
    basis="convention: a gateway's trouble says nothing about the job, which is paid",
    needs=_POLLS,
    masked_by=("client/crashes-on-a-garbled-reply",),
)
def gives_up(run: Run) -> Iterator[Broken]:
    last = run.last
    if last is not None and last.passes and run.outcome.kind != "hang":
        says = f"HTTP {last.exchange.status}" if last.says == "refused" else f"a {last.says} reply"
        yield Broken("the queued job", f"fetched again after {says}", f"given up: the client {came_to(run.outcome)}")


def _met_unknown_status(run: Run) -> bool:
    """A fetch was answered with a status that no contract has, and the client waited a minute at most"""
    return run.lasted <= PATIENCE_S and any(each.says == "unknown" for each in run.fetches)


@rule(
    "client/takes-an-unknown-status-for-success",
    when=_met_unknown_status,
    basis="the status words of the endpoint's page",
    needs=_POLLS,
)
def unknown_is_success(run: Run) -> Iterator[Broken]:
    if run.outcome.kind == "images" and run.last is not None and run.last.says == "unknown":
        status = (run.last.reply or {}).get("status")
        yield Broken(
            "the outcome", "pictures only after status success", f"{counted(len(run.outcome.images))} after {shown(status)}"
        )
