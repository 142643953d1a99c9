"""Which contract a page belongs to, by what it says: the path of its call, and the names of its parameters."""

from __future__ import annotations

from collections.abc import Iterable

from ..endpoint import Endpoint
from .page import Page

#: The least share of names in common, of a page that names the contract's path, and of one that names another.
_OF_ITS_PATH, _OF_ANOTHER = 0.2, 0.5


def contract_of(page: Page, endpoints: Iterable[Endpoint]) -> Endpoint | None:
    """The contract that a page is nearest to, None for a page of something else.

    Two pages may share a path, so its parameters decide. A page that names only another path is one whose call moved, if
    that ends alike and most of its parameters are the contract's.
    """
    names = {each.name for each in page.parameters} | {name for each in page.samples if each.is_body for name in each.value}
    ends = {path.rpartition("/")[2] for path in page.paths}
    best: tuple[bool, float, Endpoint] | None = None
    for each in endpoints:
        known = {"key", *each.field}
        share = len(names & known) / len(names | known)
        named = each.submit.path in page.paths
        likely = share >= _OF_ITS_PATH if named else share >= _OF_ANOTHER and each.submit.path.rpartition("/")[2] in ends
        if likely and (best is None or (named, share) > best[:2]):
            best = named, share, each
    return best[2] if best else None
