"""Which fetch calls tell of a submit's jobs: linked to, beside it, in another document, shown by an example, or guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from ..endpoint import Call, Endpoint
from .drafts import Draft, bare
from .names import FETCH

_ID_AT_END = re.compile(r"/(?:\{[^{}]*\}|[0-9]+|[A-Za-z0-9-]*[0-9][A-Za-z0-9-]*|your[A-Za-z0-9_-]*|request_id|id)$")


class Found(NamedTuple):
    """The fetch calls of a submit: as drafts, as calls of a contract of ours, or only as an address, with the sign of it."""

    drafts: tuple[Draft, ...] = ()
    calls: tuple[Call, ...] = ()
    address: str = ""
    certainty: str = "inferred"
    why: str = ""


def fetches_of(submit: Draft, fetches: Sequence[Draft], ours: Iterable[Endpoint]) -> Found:
    """The surest sign decides."""
    linked = [each for each in fetches if each.of == submit.of and each.operation.node.get("operationId") in submit.linked]
    if linked:
        return Found(tuple(linked), why="its answers link to it")
    if shown := _shown(submit):
        named = [each for each in fetches if bare(each.operation.path) == bare(shown)]
        if named:
            return Found(_nearest(submit, named), why=f"the example of fetch_result leads there{_elsewhere(submit, named)}")
    beside = [each for each in fetches if _is_above(each.before, submit.operation.path)]
    if beside:
        longest = max(len(each.before) for each in beside)
        found = _nearest(submit, [each for each in beside if len(each.before) == longest])
        sure = longest > len("/api") and longest >= len(submit.operation.path.rpartition("/")[0])
        return Found(found, certainty="inferred" if sure else "guessed", why=f"its address{_elsewhere(submit, found)}")
    own = [
        (endpoint, call) for endpoint in ours for call in endpoint.fetches if _is_above(_before(call), submit.operation.path)
    ]
    if own and not shown:
        longest = max(len(_before(call)) for _, call in own)
        endpoint = next(endpoint for endpoint, call in own if len(_before(call)) == longest)
        why = f"its address, in our contract {endpoint.name}"
        return Found(calls=endpoint.fetches, certainty="inferred" if longest > len("/api/v0") else "guessed", why=why)
    if shown:
        return Found(address=shown, certainty="guessed", why="the example of fetch_result; no document has that call")
    folder = submit.operation.path.rpartition("/")[0]
    return Found(address=f"{folder}/fetch/{{id}}", certainty="guessed", why="no document has a fetch call for it")


def _shown(submit: Draft) -> str:
    """The address that an example of fetch_result shows, its id as {id}; "" without one."""
    for link in submit.links_shown("fetch_url"):
        try:
            path = urlsplit(link).path.rstrip("/")
        except ValueError:
            continue
        if _ID_AT_END.search(path):
            return _ID_AT_END.sub("/{id}", path)
    return ""


def _before(call: Call) -> str:
    found = FETCH.match(call.path)
    return found["before"] if found else call.path


def _is_above(before: str, path: str) -> bool:
    return bool(before) and (path == before or path.startswith(before + "/"))


def _nearest(submit: Draft, found: Sequence[Draft]) -> tuple[Draft, ...]:
    """Those of the same document where it has any; of other documents the first, for each place that an id can be in."""
    own = [each for each in found if each.operation.document is submit.operation.document] or found
    by_place = {each.id_in: each for each in reversed(own)}
    return tuple(by_place[place] for place in ("path", "body") if place in by_place)


def _elsewhere(submit: Draft, found: Sequence[Draft]) -> str:
    return "" if any(each.of == submit.of for each in found) else f", in {found[0].of}"
