"""What a client makes of replies that are odd without being wrong: an eta nobody can keep to, a wait that a refusal names,
pictures before the end, a success without any, values of another type.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ...findings import shown
from ...story_shape import PLAIN_SHAPE, Shape
from ..heard import Heard
from ..rules import Broken, rule
from ..run import Run, addresses, came_to, counted

_POLLS = ("polls",)
_ODD_ETAS = ("absent", "zero", "negative", "text", "huge")
#: Nobody's caller waits for a day.
_LONGEST_SLEEP_S = 24 * 3600.0
_TOLERANCE = 0.1


def _eta_is_odd(run: Run) -> bool:
    """A processing reply came without an eta, with 0, with a negative one, with one as text, or with a huge one"""
    return run.story.shape.eta in _ODD_ETAS and run.queued is not None


@rule(
    "client/obeys-any-eta",
    when=_eta_is_odd,
    basis="convention: what a server says of time is advice, and its caller has a deadline",
    needs=_POLLS,
)
def obeys_eta(run: Run) -> Iterator[Broken]:
    assert run.queued is not None
    moments = [*(each.at for each in run.replies), run.ended]
    slept = max(after - before for before, after in pairwise(moments))
    if slept > _LONGEST_SLEEP_S:
        yield Broken("waiting", "bounded", f"{slept:g} s at a stretch")
    elif run.heard[-1] is run.queued and (run.outcome.kind == "crash" or _gave_up_at_once(run)):
        yield Broken(
            "the queued job", f"fetched though eta is {run.story.shape.eta}", f"never: the client {came_to(run.outcome)}"
        )


def _gave_up_at_once(run: Run) -> bool:
    return run.story.shape.eta != "huge" and run.outcome.kind == "error"


def _fails_for_ever(run: Run) -> bool:
    """The story's job ends in an HTTP status of 500 or more, which every fetch gets from then on, and the client met it"""
    ends = run.story.ends
    return isinstance(ends, int) and ends >= 500 and any(each.exchange.status == ends for each in run.fetches)


@rule("client/waits-for-ever-for-a-broken-server", when=_fails_for_ever, basis="safety: a job may be lost", needs=_POLLS)
def waits_for_broken(run: Run) -> Iterator[Broken]:
    if run.outcome.kind == "hang":
        yield Broken("waiting", "given up in time", f"{len(run.fetches)} fetches, each answered HTTP {run.story.ends}")


def _came_back(run: Run) -> bool:
    """A refusal named a time to wait, as a number or a date, in its header or its body, and the client asked again"""
    return any(each.wait is not None for each in run.replies[:-1])


@rule(
    "client/comes-back-before-retry-after",
    when=_came_back,
    basis="rate-limit page: retry_after; RFC 9110, 10.2.3: Retry-After",
)
def comes_back_early(run: Run) -> Iterator[Broken]:
    for before, after in pairwise(run.replies):
        wait = before.wait
        if wait is not None and after.at - before.at < wait * (1 - _TOLERANCE):
            yield Broken(
                "the next request", f"{wait:g} s after HTTP {before.exchange.status}", f"{after.at - before.at:g} s after it"
            )
            return


def _has_future_links(reply: Heard, run: Run) -> tuple[str, ...]:
    fields = run.endpoint.submit.answers["processing"].fields
    names = [each.name for each in fields if each.fact in ("future_links", "future_proxy_links")]
    held = [(reply.reply or {}).get(each) for each in names] if reply.says == "processing" else []
    return tuple(link for each in held if isinstance(each, list) for link in each if isinstance(link, str))


def _saw_future_links(run: Run) -> bool:
    """A processing reply named addresses under which pictures will be"""
    return any(_has_future_links(each, run) for each in run.replies)


@rule(
    "client/returns-links-to-what-is-not-there-yet",
    when=_saw_future_links,
    basis="the endpoint's page: future_links are for later",
    needs=_POLLS,
)
def returns_future(run: Run) -> Iterator[Broken]:
    named = {link for each in run.replies for link in _has_future_links(each, run)}
    is_early = run.last is not None and run.last.says == "processing" and not _returned_its_pictures(run, run.last)
    if is_early and run.outcome.kind == "images" and any(each in named for each in run.outcome.images):
        yield Broken(
            "the pictures", "those of a success", f"{counted(len(run.outcome.images))} of future_links, while processing"
        )


def _returned_its_pictures(run: Run, reply: Heard) -> bool:
    return list(run.outcome.images) == addresses(run.pictures_of(reply))


def _shown_part(reply: Heard, run: Run) -> bool:
    return reply.says == "processing" and bool(run.pictures_of(reply))


def _saw_part(run: Run) -> bool:
    """A processing reply held pictures already"""
    return any(_shown_part(each, run) for each in run.replies)


@rule(
    "client/returns-pictures-of-an-unfinished-job",
    when=_saw_part,
    basis="the status words of the endpoint's page: only success is the end",
    needs=_POLLS,
    masked_by=("client/never-polls", "client/returns-links-to-what-is-not-there-yet"),
)
def returns_part(run: Run) -> Iterator[Broken]:
    if run.last is not None and _shown_part(run.last, run) and run.outcome.kind == "images":
        yield Broken(
            "the outcome", "the pictures of the success", f"{counted(len(run.outcome.images))} while it was processing"
        )


def _is_empty_success(reply: Heard, run: Run) -> bool:
    return reply.says == "success" and not run.pictures_of(reply)


def _succeeded_emptily(run: Run) -> bool:
    """A fetch was answered with a success that has no pictures and is in the contract's own form otherwise"""
    return run.has_plain_form and any(_is_empty_success(each, run) for each in run.fetches)


@rule(
    "client/cannot-take-an-empty-success",
    when=_succeeded_emptily,
    basis="convention: success is the end, with or without pictures",
    needs=_POLLS,
)
def empty_success(run: Run) -> Iterator[Broken]:
    first = next(each for each in run.fetches if _is_empty_success(each, run))
    later = run.fetches[run.fetches.index(first) + 1 :]
    if later:
        yield Broken("the job", "left alone once it has succeeded", f"fetched again; then the client {came_to(run.outcome)}")
    elif run.outcome.kind in ("crash", "timeout"):
        yield Broken("the outcome", "no picture, or an error that says so", f"the client {came_to(run.outcome)}")


def _type_is_another(run: Run) -> bool:
    """The last reply was a success whose id, pictures, mirrors or flag came in another type, and nothing else was odd"""
    shape = run.story.shape
    drift = Shape(id=shape.id, output=shape.output, proxy_links=shape.proxy_links, nsfw=shape.nsfw)
    is_odd = shape == drift != PLAIN_SHAPE and run.succeeded is not None
    return is_odd and run.are_pictures_fine and not run.is_flagged


@rule(
    "client/needs-one-type-of-value",
    when=_type_is_another,
    basis="convention: public clients have met ids as text, and pictures as a text or an object",
    masked_by=(
        "client/reports-a-success-as-failure",
        "client/loses-pictures",
        "client/invents-pictures",
        "client/polls-after-the-end",
    ),
)
def needs_one_type(run: Run) -> Iterator[Broken]:
    assert run.succeeded is not None
    held = run.pictures_of(run.succeeded)
    made = addresses(held)
    if run.outcome.kind not in ("images", "hang"):
        yield Broken("the outcome", "the pictures of the success", f"the client {came_to(run.outcome)}")
    elif not run.capabilities.files and all(isinstance(each, str) and each not in made for each in run.outcome.images):
        yield Broken("the pictures", shown(made), shown([*run.outcome.images]))
