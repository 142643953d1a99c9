"""Where a client's key goes: to the server it was meant for, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from ...exchange import MASK
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


def _is_elsewhere(each: Heard, run: Run) -> bool:
    return bool(each.host) and each.host != run.host


def _holds_key(each: Heard, run: Run) -> bool:
    exchange = each.exchange
    headers = "".join(value for _, value in exchange.request_headers)
    return exchange.sandbox == run.sandbox and (
        MASK in headers or MASK.encode() in exchange.request_body or each.has_key_in_address
    )
