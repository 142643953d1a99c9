"""What a client that downloads makes of pictures that cannot be had, or that are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..rules import Broken, rule
from ..run import MIRRORS, Run, came_to, counted

_DOWNLOADS = ("downloads",)
_NO_PICTURE = ("html", "truncated", "cut")
#: Attempts at one address of a picture.
_MOST_TRIES = 10


def _gone(run: Run) -> list[int]:
    """Statuses of pictures that the client asked for in vain, at every address that it tried."""
    return [each.exchange.status for each in run.missed]


def _asked_in_vain(run: Run) -> bool:
    """A success named a picture that the client then could not get (403, 404, 410, 5xx), or that had expired"""
    return run.succeeded is not None and bool(_gone(run))


@rule(
    "client/delivers-a-picture-that-is-gone",
    when=_asked_in_vain,
    basis="the pages: links of temp pictures end after 24 hours; a refusal is no picture",
    needs=_DOWNLOADS,
)
def delivers_gone(run: Run) -> Iterator[Broken]:
    if run.outcome.kind == "images":
        what = f"{counted(len(run.outcome.images))}, though one was answered HTTP {_gone(run)[0]}"
        yield Broken("the outcome", "an error that names the picture", what)


def _met_no_picture(run: Run) -> bool:
    """A success named a picture that is a page of HTML, is cut short or breaks off, and the client downloaded it"""
    return run.succeeded is not None and not _gone(run) and any(run.fates) and _bad_fates(run)


def _bad_fates(run: Run) -> bool:
    return any(each in _NO_PICTURE for each in run.fates)


@rule(
    "client/accepts-what-is-no-picture",
    when=_met_no_picture,
    basis="convention: content-length and the first bytes of a picture say whether it is one, and whole",
    needs=_DOWNLOADS,
)
def accepts_anything(run: Run) -> Iterator[Broken]:
    if run.outcome.kind == "images":
        bad = next(each for each in run.fates if each in _NO_PICTURE)
        yield Broken(
            "the outcome", "an error that names the picture", f"{counted(len(run.outcome.images))}, though one is {bad}"
        )


def _mirror_had_it(run: Run) -> bool:
    """A success named mirrors (proxy_links), and a picture that the client asked for was there only under its mirror"""
    return run.succeeded is not None and "mirror" in run.fates and bool(run.mirrors)


@rule(
    "client/tries-no-mirror",
    when=_mirror_had_it,
    basis="the endpoint's page: proxy_links name the same pictures once more",
    needs=_DOWNLOADS,
    masked_by=("client/delivers-a-picture-that-is-gone",),
)
def tries_no_mirror(run: Run) -> Iterator[Broken]:
    if run.missed and not any(each.exchange.path.startswith(MIRRORS) for each in run.pictures):
        seen = f"given up after HTTP {run.missed[0].exchange.status}: the client {came_to(run.outcome)}"
        yield Broken("the picture", "asked for under its mirror", seen)


def _met_trouble(run: Run) -> bool:
    """A success named a picture that the client could not get whole"""
    return run.succeeded is not None and (bool(run.missed) or _bad_fates(run))


@rule(
    "client/downloads-without-end",
    when=_met_trouble,
    basis="safety: a picture that is gone stays gone, and each attempt costs somebody",
    needs=_DOWNLOADS,
)
def downloads_without_end(run: Run) -> Iterator[Broken]:
    path, times = Counter(each.exchange.path for each in run.pictures).most_common(1)[0]
    if times > _MOST_TRIES:
        yield Broken("the picture", f"given up after {_MOST_TRIES} attempts at most", f"asked for {times} times: {path}")
