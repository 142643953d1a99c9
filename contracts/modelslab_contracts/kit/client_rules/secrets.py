"""Where a client's key goes: to the server it was meant for, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from ...exchange import MASK
from ...findings import shown
from ..heard import Heard
from ..rules import Broken, rule
from ..run import Run


def _sent_elsewhere(run: Run) -> bool:
    """A redirect named another host, or the client asked another host for any reason"""
    redirected = any(each.says == "redirect" and each.turn.to == "other-host" for each in run.replies)
    return redirected or any(_is_elsewhere(each, run) for each in run.heard)


@rule("client/sends-its-key-to-another-host", when=_sent_elsewhere, basis="safety: a key is a password")
def leaks(run: Run) -> Iterator[Broken]:
    for each in run.heard:
        if _is_elsewhere(each, run) and _holds_key(each, run):
            yield Broken("the key", f"sent to {run.host} only", f"sent to {each.host}")
            return


def _asked_anything(run: Run) -> bool:
    """The client sent anything"""
    return bool(run.heard)


@rule("client/puts-its-key-into-an-address", when=_asked_anything, basis="safety: proxies and servers log addresses")
def key_in_address(run: Run) -> Iterator[Broken]:
    for each in run.heard:
        if each.has_key_in_address:
            where = each.exchange.path + (f"?{each.exchange.query}" if each.exchange.query else "")
            yield Broken("the address", "without the key", where)
            return


def _said_anything(run: Run) -> bool:
    """The client asked for something, and returned addresses, raised an error that says something, or wrote to stderr"""
    said = bool(run.outcome.message or run.printed) or any(isinstance(each, str) for each in run.outcome.images)
    return said and bool(run.heard)


@rule(
    "client/shows-its-key",
    when=_said_anything,
    basis="safety: results and errors end up in logs and reports",
    masked_by=("client/puts-its-key-into-an-address",),
)
def shows_key(run: Run) -> Iterator[Broken]:
    if run.key in run.outcome.message:
        yield Broken("the error", "one without the key", shown(run.outcome.message.partition("\n")[0].replace(run.key, MASK)))
    elif any(isinstance(each, str) and run.key in each for each in run.outcome.images):
        yield Broken("the pictures", "addresses without the key", "an address with the key")
    elif run.key in run.printed:
        line = next(each for each in run.printed.splitlines() if run.key in each)
        yield Broken("stderr", "lines without the key", shown(line.strip().replace(run.key, MASK)))


def _is_elsewhere(each: Heard, run: Run) -> bool:
    return bool(each.host) and each.host != run.host


def _holds_key(each: Heard, run: Run) -> bool:
    exchange = each.exchange
    headers = "".join(value for _, value in exchange.request_headers)
    return exchange.sandbox == run.sandbox and (
        MASK in headers or MASK.encode() in exchange.request_body or each.has_key_in_address
    )
