"""Where a client's key goes: to the server it was meant for, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from ...exchange import MASK
from ...findings import shown
from ..heard import Heard
from ..rules import SENT, Broken, rule
from ..run import Run

#: Headers that servers log.
_LOGGED = ("user-agent", "referer")
#: A shorter prompt may stand in a header by chance.
_TELLING = 5


def _sent_elsewhere(run: Run) -> bool:
    """A redirect named another host, or the client asked another host for any reason"""
    redirected = any(each.says == "redirect" and each.turn.to == "other-host" for each in run.replies)
    return redirected or any(run.is_elsewhere(each) for each in run.heard)


@rule("client/sends-its-key-to-another-host", when=_sent_elsewhere, basis="safety: a key is a password", of=SENT)
def leaks(run: Run) -> Iterator[Broken]:
    for each in run.heard:
        if run.is_elsewhere(each) and _holds_key(each, run):
            yield Broken("the key", f"sent to {run.host} only", f"sent to {each.host}")
            return


def _led_elsewhere(run: Run) -> bool:
    """A processing reply's fetch_result named another host"""
    return any(each.says == "processing" and each.turn.fetch_result == "elsewhere" for each in run.replies)


@rule(
    "client/follows-an-address-to-another-host",
    when=_led_elsewhere,
    basis="safety: an address in an answer is no reason to ask any host, with or without a key",
    masked_by=("client/sends-its-key-to-another-host",),
    of=SENT,
)
def follows_anywhere(run: Run) -> Iterator[Broken]:
    for each in run.heard:
        if run.is_elsewhere(each) and each.call in ("fetch", "submit", "stray"):
            yield Broken("the fetch", f"sent to {run.host} only, or given up", f"{each.exchange.method} to {each.host}")
            return


def _asked_anything(run: Run) -> bool:
    """The client sent anything"""
    return bool(run.heard)


@rule("client/puts-its-key-into-an-address", when=_asked_anything, basis="safety: proxies and servers log addresses", of=SENT)
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
    of=SENT,
)
def shows_key(run: Run) -> Iterator[Broken]:
    if run.key in run.outcome.message:
        yield Broken("the error", "one without the key", shown(run.outcome.message.partition("\n")[0].replace(run.key, MASK)))
    elif any(isinstance(each, str) and run.key in each for each in run.outcome.images):
        yield Broken("the pictures", "addresses without the key", "an address with the key")
    elif run.key in run.printed:
        line = next(each for each in run.printed.splitlines() if run.key in each)
        yield Broken("stderr", "lines without the key", shown(line.strip().replace(run.key, MASK)))


def _prompt_is_telling(run: Run) -> bool:
    """The client was asked for a prompt of five characters or more, and sent something"""
    return bool(run.heard) and len(_prompt(run)) >= _TELLING


def _prompt(run: Run) -> str:
    prompt = run.asked.request.get("prompt")
    return prompt.strip() if isinstance(prompt, str) else ""


@rule(
    "client/puts-its-prompt-into-a-header",
    when=_prompt_is_telling,
    basis="convention: headers such as User-Agent and Referer end up in every log on the way",
    of=SENT,
)
def prompt_in_header(run: Run) -> Iterator[Broken]:
    prompt = _prompt(run)
    for each in run.heard:
        for name, value in each.exchange.request_headers:
            tells = prompt in value or ("%" in value and quote(prompt) in value)
            said = "the prompt" if tells else "the key" if MASK in value else ""
            if said and (said == "the prompt" or name in _LOGGED):
                yield Broken(f"the {name} header", "without the prompt and the key", f"one with {said}")
                return


def _holds_key(each: Heard, run: Run) -> bool:
    exchange = each.exchange
    headers = "".join(value for _, value in exchange.request_headers)
    return exchange.sandbox == run.sandbox and (
        MASK in headers or MASK.encode() in exchange.request_body or each.has_key_in_address
    )
