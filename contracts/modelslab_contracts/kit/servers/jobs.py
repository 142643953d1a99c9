"""That a job is known by whoever ordered it, and comes to an end."""

from __future__ import annotations

from collections.abc import Iterator

from ..row import Broken
from .rules import rule
from .visit import Visit


def _is_queued(visit: Visit) -> bool:
    """An order is answered with processing, and its job is fetched with its own key"""
    return visit.submit.word == "processing" and any(not each.trouble for each in visit.of("fetch"))


@rule(
    "server/forgets-a-job",
    when=_is_queued,
    basis="processing page: fetch by the id of the answer",
    masked_by=("server/fails",),
)
def forgets(visit: Visit) -> Iterator[Broken]:
    for each in visit.of("fetch", "again"):
        if each.exchange.status == 404:
            yield Broken("the answer to a fetch of one's own job", "how the job stands", each.says)
            return


@rule("server/never-ends-a-job", when=_is_queued, basis="processing page: the answer comes after the seconds estimated")
def never_ends(visit: Visit) -> Iterator[Broken]:
    fetches = [*visit.of("fetch")]
    if visit.end is None and not visit.stopped and fetches[-1].word == "processing":
        yield Broken("the job", "at an end some time after its eta", f"processing after {len(fetches)} fetches")
