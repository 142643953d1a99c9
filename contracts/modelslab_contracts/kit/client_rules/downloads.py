"""What a client that downloads makes of pictures that cannot be had, or that are none."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Broken, rule
from ..run import Run, counted

_DOWNLOADS = ("downloads",)
_NO_PICTURE = ("html", "truncated", "cut")


def _gone(run: Run) -> list[int]:
    """Statuses of pictures that the client asked for in vain."""
    return [each.exchange.status for each in run.pictures if each.exchange.status not in (200, 304)]


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
