"""Finding exchanges, waiting for them, explaining and exporting them, over what a panel reaches.

What may look at every journal runs in a thread of its own, so that the server goes on answering meanwhile.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from modelslab_contracts import har, json_lines
from modelslab_contracts.exchange import Exchange, Journal
from modelslab_contracts.near_miss import near_miss
from modelslab_contracts.story_turns import KINDS
from modelslab_contracts.wanted import Wanted, WantedError, wanted

from ..awaited import ExchangeAwaited
from ..version import __version__
from ..watch import NotInTime
from .errors import Refused
from .journal_shapes import (
    ExchangeList,
    ExchangeView,
    NearMissList,
    exchange_line,
    exchange_view,
    near_miss_view,
)
from .panel import Panel

#: Exports are sent in pieces of about so many bytes.
PIECE_BYTES = 64 * 1024


class JournalDesk:
    """Every method raises Refused, with a sentence, for what cannot be."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._store = panel.store
        self._endpoints = panel.emulator.endpoints
        told = {answer for each in self._endpoints.values() for call in each.calls for answer in call.answers}
        self._answers = sorted({*told, *KINDS, "error", "picture"})

    def wanted(self, asked: Mapping[str, Any], within: str | None) -> Wanted:
        """The query of a request, in one sandbox or in all."""
        try:
            read = wanted(asked, endpoints=self._endpoints, answers=self._answers)
        except WantedError as problem:
            raise Refused(422, f"?{problem}", problem.nearest) from None
        return replace(read, sandbox=within)

    async def listed(self, what: Wanted, limit: int, *, newest: bool) -> ExchangeList:
        """The `limit` exchanges that match, the newest or the oldest of them first, in brief."""

        def look() -> ExchangeList:
            journals = self._journals(what.sandbox)
            matched, found = _first(journals, what, limit, newest=newest)
            forgotten = sum(each.forgotten for each in journals.values())
            return ExchangeList(matched=matched, forgotten=forgotten, exchanges=[exchange_line(each) for each in found])

        return await asyncio.to_thread(look)

    async def waited(
        self, what: Wanted, how: Literal["match", "next"], seconds: float, limit: int, *, newest: bool
    ) -> ExchangeList:
        """The same once there is one (`next`: only the first of those yet to come), within that many real seconds."""
        try:
            found = await self._panel.watch.wait(ExchangeAwaited(self._store, what, from_now=how == "next"), seconds)
        except NotInTime:
            where = f"in sandbox {what.sandbox}" if what.sandbox else "in any sandbox"
            raise Refused(409, f"no exchange {where} was what you wait for within {seconds:g} s") from None
        if how == "next":
            forgotten = sum(each.forgotten for each in self._journals(what.sandbox).values())
            return ExchangeList(matched=1, forgotten=forgotten, exchanges=[exchange_line(found)])
        return await self.listed(what, limit, newest=newest)

    def one(self, name: str, n: int) -> ExchangeView:
        """An exchange in full, and what it was near to."""
        journal = self._journals(name).get(name)
        exchange = journal.get(n) if journal is not None else None
        if journal is None or exchange is None:
            first = journal.last - len(journal) + 1 if journal is not None else 1
            kept = f"it keeps {first} to {journal.last}" if journal is not None and len(journal) else "it keeps none"
            raise Refused(404, f"sandbox {name} keeps no exchange {n}; {kept}")
        return exchange_view(exchange, near_miss(exchange, self._endpoints, self._store.job_seen))

    async def near_misses(self, what: Wanted, limit: int, *, newest: bool) -> NearMissList:
        """Those that were refused or unmatched, explained. Being unmatched is an error of the request, too."""
        what = replace(what, refused=True)

        def look() -> NearMissList:
            journals = self._journals(what.sandbox)
            matched, found = _first(journals, what, limit, newest=newest)
            whole = (journals[each.sandbox].get(each.n) for each in found)
            near = (near_miss(each, self._endpoints, self._store.job_seen) for each in whole if each is not None)
            return NearMissList(matched=matched, near_misses=[near_miss_view(each) for each in near if each is not None])

        return await asyncio.to_thread(look)

    def as_json_lines(self, what: Wanted) -> Iterator[bytes]:
        """The journal as JSON Lines, oldest first, in pieces."""
        return _pieces(json_lines.write(self._found(what)))

    def as_har(self, what: Wanted) -> Iterator[bytes]:
        """The journal as an HTTP Archive, oldest first, in pieces."""
        return _pieces(har.write(self._found(what), version=__version__, origin=self._panel.emulator.bound_origin))

    def _found(self, what: Wanted) -> Iterator[Exchange]:
        found = [each.find(what.matches, what.since) for each in self._journals(what.sandbox).values()]
        return heapq.merge(*found, key=lambda each: each.real_at)

    def _journals(self, name: str | None) -> dict[str, Journal]:
        journals = self._store.journals()
        if name is None:
            return journals
        return {name: journals[name]} if name in journals else {}


def _first(journals: Mapping[str, Journal], what: Wanted, limit: int, *, newest: bool) -> tuple[int, list[Exchange]]:
    """How many match, and the first of them, without headers and bodies. In one journal numbers say which is newer."""
    matched = 0

    def all_that_match() -> Iterator[Exchange]:
        nonlocal matched
        for journal in journals.values():
            for each in journal.outlines(what.since):
                if what.matches(each):
                    matched += 1
                    yield each

    when: Callable[[Exchange], Any] = (lambda each: each.n) if len(journals) == 1 else (lambda each: (each.real_at, each.n))
    pick = heapq.nlargest if newest else heapq.nsmallest
    found = pick(limit, all_that_match(), key=when)
    return matched, found


def _pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """The texts as bytes, some of them at a time."""
    waiting: list[bytes] = []
    size = 0
    for each in texts:
        waiting.append(each.encode())
        size += len(waiting[-1])
        if size >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)
