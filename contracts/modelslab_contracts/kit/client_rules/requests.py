"""What a client sends: what it was asked for, at an address of the contract, as clean JSON, with its key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ...findings import Severity, shown
from ...request import Read
from ..heard import Heard
from ..rules import SENT, Broken, rule
from ..run import Run

_UNCLEAN = frozenset(
    {
        "request/not-json",
        "request/wrong-media-type",
        "request/wrong-encoding",
        "request/duplicate-field",
        "request/nested-too-deep",
        "request/too-large",
    }
)
_NOT_OF_FIELDS = _UNCLEAN | {"request/key-missing", "request/key-not-accepted"}
_ABSENT = object()


def _asked_validly(run: Run) -> bool:
    """A request within the contract was asked for, and an order came as a JSON object"""
    return run.asked.kind in ("valid", "edge") and any(each.object is not None for each in run.submits)


def _order_came(run: Run) -> bool:
    """An order came as a JSON object"""
    return any(each.object is not None for each in run.submits)


def _anything_came(run: Run) -> bool:
    """The client sent anything, and no redirect had a say in it"""
    return bool(run.heard) and not any(each.says == "redirect" for each in run.heard)


def _submit_came(run: Run) -> bool:
    """The client sent an order"""
    return bool(run.submits)


def _clean_submit_came(run: Run) -> bool:
    """An order came as a JSON object, by POST"""
    return any(each.object is not None for each in run.submits)


@rule(
    "client/sends-what-the-contract-refuses",
    when=_asked_validly,
    basis="the request schema of the endpoint's page",
    masked_by=("client/changes-the-prompt",),
    of=SENT,
)
def refused_by_contract(run: Run) -> Iterator[Broken]:
    for each in run.submits:
        for finding in each.exchange.findings:
            if finding.severity >= Severity.ERROR and finding.rule not in _NOT_OF_FIELDS and finding.rule[:8] == "request/":
                yield Broken(finding.where, finding.expected, finding.got)
        if each.exchange.findings:
            return


@rule(
    "client/loses-or-changes-what-was-asked",
    when=_asked_validly,
    basis="the caller's own words",
    masked_by=("client/sends-what-the-contract-refuses",),
    of=SENT,
)
def not_carried(run: Run) -> Iterator[Broken]:
    sent = _first_order(run).sent
    wanted = read = Read(None, ())
    for name, value in run.asked.request.items():
        got = sent.get(name, _ABSENT)
        if name == "prompt" or _same(got, value):
            continue
        if wanted.order is None:
            wanted, read = run.read(run.asked.request), run.read(sent)
        if _reads_the_same(wanted, read, name):
            continue  # another spelling, or the contract's own default left out
        yield Broken(f"/{name}", shown(value), "absent" if got is _ABSENT else shown(got))


@rule(
    "client/changes-the-prompt",
    when=_order_came,
    basis="the caller's own words",
    of=SENT,
)
def prompt_changed(run: Run) -> Iterator[Broken]:
    prompt, got = run.asked.request.get("prompt"), _first_order(run).sent.get("prompt", _ABSENT)
    if isinstance(prompt, str) and (not isinstance(got, str) or got.strip() != prompt.strip()):
        yield Broken("/prompt", shown(prompt), "absent" if got is _ABSENT else shown(got))


@rule(
    "client/sends-what-nobody-asked-for",
    when=_asked_validly,
    basis="convention: a client adds only what it says it adds (capabilities: defaults)",
    masked_by=("client/sends-what-the-contract-refuses",),
    of=SENT,
)
def unasked(run: Run) -> Iterator[Broken]:
    fields, sent = run.endpoint.field, _first_order(run).sent
    for name, value in sent.items():
        if name in run.asked.request or name == "key":
            continue
        if name in (says := run.capabilities.defaults):
            if says[name] is not None and _text(value) != _text(says[name]):
                yield Broken(f"/{name}", f"absent, or {shown(says[name])} as the client says it adds", shown(value))
            continue
        if name in fields and (
            fields[name].default == value or (name in ("webhook", "track_id") and run.capabilities.webhooks)
        ):
            continue
        if value is None and name in fields and fields[name].nullable:
            continue
        yield Broken(f"/{name}", "absent, as nobody asked for it", shown(value))


def _text(value: Any) -> str:
    """A value however it is spelled: 1 and "1" are the same, true and "true"."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


@rule(
    "client/asks-at-an-address-that-is-no-call",
    when=_anything_came,
    basis="the paths and methods of the endpoint's page",
    of=SENT,
)
def no_call(run: Run) -> Iterator[Broken]:
    for each in run.heard:
        exchange = each.exchange
        if each.call == "stray" or any(finding.rule == "route/wrong-method" for finding in exchange.findings):
            calls = ", ".join(dict.fromkeys(f"POST {call.path}" for call in run.endpoint.calls))
            yield Broken("the address", calls, f"{exchange.method} {exchange.path}")
            return


def _was_given_a_host(run: Run) -> bool:
    """The client was given a base URL that is none of the vendor's usual ones, and asked for something"""
    return bool(run.vendor_hosts) and run.host not in run.vendor_hosts and any(each.host for each in run.heard)


@rule(
    "client/ignores-its-base-url",
    when=_was_given_a_host,
    basis="convention: tests, proxies and gateways need a client that goes where it is told",
    of=SENT,
)
def ignores_base_url(run: Run) -> Iterator[Broken]:
    for each in run.heard:
        if each.host in run.vendor_hosts:
            yield Broken("the host", run.host, each.host)
            return


@rule("client/sends-no-clean-json", when=_submit_came, basis="the pages' samples: Content-Type: application/json", of=SENT)
def unclean(run: Run) -> Iterator[Broken]:
    for each in run.replies:
        headers = dict(each.exchange.request_headers)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        wrong = next((finding for finding in each.exchange.findings if finding.rule in _UNCLEAN), None)
        if wrong is not None and each.exchange.method == "POST":
            yield Broken("the body", wrong.expected, wrong.got)
            return
        if headers and each.exchange.request_body and kind != "application/json":
            yield Broken("the content-type header", "application/json", kind or "absent")
            return


@rule(
    "client/submits-without-its-key", when=_clean_submit_came, basis="the request schema of the endpoint's page: key", of=SENT
)
def keyless(run: Run) -> Iterator[Broken]:
    for each in run.submits:
        if each.object is not None and ("key" not in each.object or each.exchange.sandbox != run.sandbox):
            yield Broken("/key", "the key that the client was given", "another one" if each.sent.get("key") else "absent")
            return


def _first_order(run: Run) -> Heard:
    return next(each for each in run.submits if each.object is not None)


def _reads_the_same(one: Read, other: Read, name: str) -> bool:
    if one.order is None or other.order is None or name not in one.order.values:
        return False
    return _same(one.order.values[name], other.order.values[name])


def _same(one: Any, other: Any) -> bool:
    return one is other or (one == other and isinstance(one, bool) == isinstance(other, bool))
