"""What a client makes of a job's end: pictures of a success, an error with the server's words of everything else."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ...findings import shown
from ...story_shape import PLAIN_SHAPE, Shape
from ..heard import Heard
from ..rules import Broken, rule
from ..run import Run, came_to, counted

_STATUSES = "the status words of the endpoint's page"


def _failed(run: Run) -> bool:
    """The last thing that the client heard was a failure: failed, error, a refusal, garbage nobody can read, or a reset"""
    last = run.last
    if last is None or any(each.says == "success" for each in run.replies):
        return False
    return last.says in ("failed", "error", "refused", "reset", "not-found") or last.is_hopeless


@rule(
    "client/reports-a-failure-as-success",
    when=_failed,
    basis=_STATUSES,
    masked_by=("client/reports-a-timeout-as-pictures",),
)
def failure_as_success(run: Run) -> Iterator[Broken]:
    if run.outcome.kind in ("images", "odd"):
        assert run.last is not None
        yield Broken("the outcome", "an error", f"{counted(len(run.outcome.images))} after {_told(run.last)}")


def _succeeded_plainly(run: Run) -> bool:
    """The last reply was a success with pictures that can be had and are not flagged, in the contract's own form"""
    return run.succeeded is not None and run.are_pictures_fine and run.has_plain_form and not run.is_flagged


@rule(
    "client/reports-a-success-as-failure",
    when=_succeeded_plainly,
    basis=_STATUSES,
    masked_by=("client/polls-after-the-end", "client/fetches-without-its-key"),
)
def success_as_failure(run: Run) -> Iterator[Broken]:
    if run.outcome.kind not in ("images", "hang"):
        yield Broken("the outcome", "the pictures of the success", f"the client {came_to(run.outcome)}")


def _was_told_why(run: Run) -> bool:
    """The job failed or the order was refused for good, with words of the server, and the client came to an error"""
    last = run.last
    told = last is not None and (last.says == "failed" or last.is_final_refusal) and bool(last.words)
    return told and run.outcome.kind == "error"


@rule(
    "client/loses-the-servers-words",
    when=_was_told_why,
    basis="the endpoint's page: message (or messege) says what is wrong",
)
def words_lost(run: Run) -> Iterator[Broken]:
    assert run.last is not None
    if not any(spelled in run.outcome.message for each in run.last.words for spelled in _spellings(each)):
        yield Broken("the error", f"one that says {shown(run.last.words[0])}", shown(run.outcome.message.partition("\n")[0]))


def _spellings(words: str) -> tuple[str, ...]:
    """Words as they are, and as they stand in a body that is handed on as it came: nothing is lost then."""
    return words, json.dumps(words)[1:-1], json.dumps(words, ensure_ascii=False)[1:-1]


def _saw_failed(run: Run) -> bool:
    """A fetch was answered with failed, about a job that the server knows"""
    return any(each.says == "failed" for each in run.fetches)


@rule(
    "client/does-not-know-failed",
    when=_saw_failed,
    basis="the webhook of the endpoint's page: failed; for fetches a convention",
)
def failed_unknown(run: Run) -> Iterator[Broken]:
    first = next(each for each in run.fetches if each.says == "failed")
    later = [each for each in run.fetches[run.fetches.index(first) + 1 :] if each.exchange.job_id == first.exchange.job_id]
    if later:
        yield Broken(
            "the job",
            "left alone once it has failed",
            f"fetched {len(later)} times more; then the client {came_to(run.outcome)}",
        )


def _pictures_listed(run: Run) -> list[str] | None:
    reply = run.succeeded
    held = run.pictures_of(reply) if reply is not None else None
    return held if isinstance(held, list) and all(isinstance(each, str) for each in held) else None


def _pictures_came(run: Run) -> bool:
    """The last reply was a success with its pictures as a list, and the client came to pictures"""
    return _pictures_listed(run) is not None and run.outcome.kind == "images"


@rule("client/loses-pictures", when=_pictures_came, basis="the endpoint's page: output lists every picture, in order")
def pictures_lost(run: Run) -> Iterator[Broken]:
    made, got = _pictures_listed(run) or [], run.outcome.images
    known = [each for each in got if each in made]
    if len(got) < len(made):
        yield Broken("the pictures", f"all {len(made)}", f"{len(got)}")
    elif len(known) == len(made) == len(got) and list(got) != made:
        yield Broken("the pictures", "in the order of the reply", "in another order")


@rule("client/invents-pictures", when=_pictures_came, basis="the endpoint's page: output lists every picture")
def pictures_invented(run: Run) -> Iterator[Broken]:
    made, got = _pictures_listed(run) or [], run.outcome.images
    if len(got) > len(made):
        yield Broken("the pictures", f"the {len(made)} of the reply", f"{len(got)}")


def _form_is_lean(run: Run) -> bool:
    """The last reply was a success with pictures, without some optional members, with null in them, or with unknown ones"""
    shape = run.story.shape
    return (
        run.succeeded is not None
        and run.are_pictures_fine
        and not run.is_flagged
        and PLAIN_SHAPE != shape == Shape(shape.drop, shape.null, shape.add)
    )


@rule(
    "client/needs-an-optional-member",
    when=_form_is_lean,
    basis="the endpoint's page: members that it does not require; unknown ones are to be passed over",
    masked_by=("client/reports-a-success-as-failure",),
)
def needs_optional(run: Run) -> Iterator[Broken]:
    if run.outcome.kind not in ("images", "hang"):
        yield Broken("the outcome", "the pictures of the success", f"the client {came_to(run.outcome)}")


def _met_garbage(run: Run) -> bool:
    """A reply could be read by nobody (cut JSON, HTML, nothing), or was plain JSON that calls itself gzip"""
    return any(_is_garbage(each) for each in run.replies)


def _is_garbage(reply: Heard) -> bool:
    return reply.is_hopeless or reply.is_mislabelled


@rule(
    "client/crashes-on-a-garbled-reply",
    when=_met_garbage,
    basis="convention: what a server sends wrong is an error of the client's own kind, never its parser's",
)
def crashes_on_garbage(run: Run) -> Iterator[Broken]:
    if run.outcome.kind == "crash" and run.last is not None and _is_garbage(run.last):
        yield Broken("the outcome", "an error of the client's own kind", f"a bare {run.outcome.error_type}")


def _told(reply: Heard) -> str:
    return f"HTTP {reply.exchange.status}" if reply.says == "refused" else reply.says


def _refused_plainly(run: Run) -> bool:
    """The last thing that the client heard was a refusal for good, with HTTP 200 or another status, in JSON"""
    return run.last is not None and run.last.is_final_refusal and run.last.reply is not None


@rule(
    "client/has-no-word-for-a-refusal",
    when=_refused_plainly,
    basis="general error table; the same error comes with HTTP 200 in public captures",
)
def no_word(run: Run) -> Iterator[Broken]:
    if run.outcome.kind in ("crash", "timeout", "pending", "odd"):
        assert run.last is not None
        yield Broken(
            "the outcome",
            f"an error that tells the refusal (HTTP {run.last.exchange.status})",
            f"the client {came_to(run.outcome)}",
        )


def _pictures_are_flagged(run: Run) -> bool:
    """The last reply was a success whose pictures can be had, and says that one of them is not safe for work"""
    return run.is_flagged and run.are_pictures_fine


@rule(
    "client/hides-that-a-picture-is-flagged",
    when=_pictures_are_flagged,
    basis="the endpoint's page: nsfw_content_detected; such pictures come blank or blurred",
    needs=("flags",),
)
def hides_flag(run: Run) -> Iterator[Broken]:
    if run.outcome.kind == "images" and not run.outcome.flagged:
        yield Broken(
            "the outcome", "one that tells of the flag, or an error", f"{counted(len(run.outcome.images))} without a word"
        )


def _server_failed(run: Run) -> bool:
    """The last thing that the client heard was a refusal, a failure, a reset or garbage, and the client raised an error"""
    last = run.last
    is_over = last is not None and (last.says in ("failed", "error", "refused", "reset", "not-found") or _is_garbage(last))
    return is_over and run.outcome.kind in ("error", "timeout")


@rule(
    "client/lets-its-librarys-error-out",
    when=_server_failed,
    basis="convention: callers catch a client's own errors, whatever it is made of",
    masked_by=("client/loses-the-servers-words", "client/gives-up-after-one-bad-poll"),
)
def librarys_error(run: Run) -> Iterator[Broken]:
    if run.outcome.library:
        assert run.last is not None
        wanted = "an error of the client's own kind"
        yield Broken("the error", wanted, f"{run.outcome.error_type} of {run.outcome.library} after {_told(run.last)}")
