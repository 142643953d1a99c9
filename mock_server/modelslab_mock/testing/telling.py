"""The last requests of a test in a few lines, for whoever reads why it failed."""

from __future__ import annotations

from collections.abc import Iterator

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.report import notes, one_line

from ..ways.hosts import is_vendor_url
from .scope import MockScope

_SHOWN = 10
_NOTES = 3
_CHARACTERS = 200
#: Why perhaps none came.
_UNMET = "met are requests, httpx, aiohttp, urllib3 and urllib in this process; other clients need modelslab_mock_server"
_UNTOLD = "was the client told that address?"


def last_requests(scope: MockScope) -> str:
    """A line for each request, with the seconds on the scope's clock, and below it what was noticed about it."""
    exchanges = scope.journal
    if not exchanges:
        return f"no request came for {scope.url}; {_UNMET if is_vendor_url(scope.url) else _UNTOLD}"
    before = len(exchanges) - _SHOWN
    head = [f"… {before} before"] if before > 0 else []
    return "\n".join([*head, *(line for each in exchanges[-_SHOWN:] for line in _lines(each, scope))])


def _lines(exchange: Exchange, scope: MockScope) -> Iterator[str]:
    job = f" job {exchange.job_id}" if exchange.job_id is not None else ""
    path = exchange.path if exchange.answer != "picture" else exchange.path.rpartition("/")[2]
    at = f"{exchange.at - scope.clock.began:+.1f} s"
    yield _short(f"{at:>9}  {exchange.status} {exchange.method} {path}  {exchange.answer} {job}  {exchange.reason}")
    for each in [*notes(exchange.findings)][:_NOTES]:
        yield _short(f"{'':9}  {each}")


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _CHARACTERS else line[: _CHARACTERS - 1] + "…"
