"""What a client does to callers who ask at the same time, or who go away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..field_names import fetch_url_name
from ..rules import Broken, rule
from ..run import Run, addresses

#: Seconds after its caller has gone in which a client may still be heard.
_GRACE_S = 0.5
#: How long a coroutine may stop all others of its event loop.
_BLOCKING_S = 0.1


def _asked_together(run: Run) -> bool:
    """Two or three callers asked for the same at about the same time, each with a key of its own, and an order was taken"""
    return any(each.exchange.job_id is not None for caller in _callers(run) for each in caller.submits)


@rule(
    "client/mixes-up-its-jobs",
    when=_asked_together,
    basis="safety: a caller's pictures, job and key are nobody else's",
    of=("several",),
)
def mixes_up(run: Run) -> Iterator[Broken]:
    yield from list(_mixed_up(run))[:1]


def _mixed_up(run: Run) -> Iterator[Broken]:
    for number, mine in enumerate(_callers(run), 1):
        others = [each for each in _callers(run) if each is not mine]
        named = set().union(*map(_ids, others)) - _ids(mine)
        for each in mine.fetches:
            asked = each.exchange.path.rpartition("/")[2], str(each.sent.get("request_id"))
            if each.exchange.sandbox == mine.sandbox and named.intersection(asked):
                yield Broken("a fetch", "of the caller's own job", f"caller {number}'s key, and the job of another caller")
        pictures = set().union(*map(_links, others)) - _links(mine)
        if any(isinstance(each, str) and each in pictures for each in mine.outcome.images):
            yield Broken("the pictures", "those of the caller's own job", f"caller {number} was given another caller's")
        if not mine.heard and mine.outcome.kind != "refused" and any(len(each.submits) > 1 for each in others):
            yield Broken("/key", "each caller's own", f"caller {number}'s order came with another caller's key")


def _ids(run: Run) -> set[str]:
    """The ids under which a caller was told of jobs."""
    told: set[str] = set()
    for each in run.replies:
        reply = each.reply or {}
        url = reply.get(fetch_url_name(run.endpoint))
        told |= {url.rpartition("/")[2]} if isinstance(url, str) else set()
        told |= {str(each.exchange.job_id)} if each.exchange.job_id is not None else set()
    return told


def _links(run: Run) -> set[str]:
    return {link for each in run.replies if each.says == "success" for link in addresses(run.pictures_of(each))}


def _were_given_files(run: Run) -> bool:
    """Two or three callers asked for the same at about the same time, and were given paths of files"""
    return len(_files(run)) > 1


@rule(
    "client/overwrites-its-files",
    when=_were_given_files,
    basis="safety: a picture that was paid for is not to be lost to the next one",
    needs=("files",),
    of=("several",),
)
def overwrites(run: Run) -> Iterator[Broken]:
    path, times = Counter(_files(run)).most_common(1)[0]
    if times > 1:
        yield Broken("the files", "one for each picture", f"{times} pictures in {path}")


def _files(run: Run) -> list[str]:
    texts = [each for caller in _callers(run) for each in caller.outcome.images if isinstance(each, str)]
    return [each for each in texts if "://" not in each]


def _waited_in_a_loop(run: Run) -> bool:
    """The client is a coroutine, and its job was queued"""
    return run.is_async and run.queued is not None


@rule(
    "client/holds-its-event-loop-up",
    when=_waited_in_a_loop,
    basis="the documentation of asyncio: blocking code holds up every other task of the loop",
)
def holds_up(run: Run) -> Iterator[Broken]:
    if run.blocked_s > _BLOCKING_S:
        yield Broken("waiting", "by await, as in await asyncio.sleep", f"time.sleep for {run.blocked_s:g} s within the loop")


def _was_left(run: Run) -> bool:
    """The client, a coroutine that leaves its event loop free, was cancelled while it waited for a queued job"""
    is_waiting = run.queued is not None and run.queued.at <= _left_at(run) <= run.ended
    return run.is_async and run.blocked_s <= _BLOCKING_S and is_waiting


@rule(
    "client/asks-on-after-its-caller-left",
    when=_was_left,
    basis="the documentation of asyncio: a task that is cancelled ends",
    of=("gone",),
)
def asks_on(run: Run) -> Iterator[Broken]:
    later = [each for each in run.heard if each.at > _left_at(run) + _GRACE_S]
    if later:
        yield Broken("a cancelled call", "over", f"asked {len(later)} times more")


def _left_at(run: Run) -> float:
    return run.began + (run.asked.left_after or 0)


def _callers(run: Run) -> tuple[Run, ...]:
    return (run, *run.others)
