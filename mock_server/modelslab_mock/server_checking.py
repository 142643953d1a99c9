"""Check any server by a contract: `modelslab_mock.check_server`, and what the command of the same name stands on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from modelslab_contracts.accepted import AcceptedError
from modelslab_contracts.document import ContractError
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.servers.accepting import accept, read_known
from modelslab_contracts.kit.servers.budget import Budget, Estimate, estimate
from modelslab_contracts.kit.servers.check import DEFAULT_PROBES, ServerCheckError, check, contract_of, replayed
from modelslab_contracts.kit.servers.looking import is_here
from modelslab_contracts.kit.servers.probes import probes_of
from modelslab_contracts.kit.servers.report import ServerBroken, ServerFinding, ServerReport

from .spec_endpoints import known_endpoints, paths_of
from .wire.http_line import HttpLine
from .wire.wall_clock import today

__all__ = ["ServerBroken", "ServerCheckError", "ServerFinding", "ServerReport", "check_server"]

#: What may be spent unless somebody says otherwise: on this machine, and elsewhere, where it is paid for.
HERE = {"requests": DEFAULT_PROBES, "max_requests": 1_000_000, "max_images": 1_000_000}
ELSEWHERE = {"requests": 40, "max_requests": 400, "max_images": 40}
#: The key for servers of this machine, which take any.
KEY_HERE = "check-server-0123456789"
_CLOCK = "/__mock/sandboxes/by-key/clock"


def check_server(
    url: str,
    *,
    contract: str,
    spec: str | Path | Sequence[str | Path] = (),
    key: str = "",
    requests: int | None = None,
    seed: int = 0,
    level: str = "must",
    profile: str = "documented",
    max_requests: int | None = None,
    max_images: int | None = None,
    yes: bool = False,
    replay: Mapping[str, Any] | None = None,
    known: str | Path | None = None,
) -> ServerReport:
    """Send drawn orders to the server at `url` and judge its answers, jobs and pictures by a contract.

    `url` is an origin, such as http://127.0.0.1:4777. Beyond this machine it needs a `key`, and `yes`: orders are paid there.
    `spec` names an OpenAPI document, saved page or folder, or several, whose contracts can be named as well.
    `requests` is how many are drawn; `max_requests` bounds all that is sent, with fetches and pictures, and `max_images` the
    pictures that are ordered. `level` is must, should or may; `replay` is a finding's `replay`: its request alone is sent.
    `known` is a TOML file of findings that are accepted, each with its reason: they are told and do not count.
    The same seed draws the same requests. Raises ServerCheckError, whose text is one sentence.
    """
    origin = origin_of(url)
    usual = HERE if is_here(origin) else ELSEWHERE
    bounds = {"requests": requests, "max_requests": max_requests, "max_images": max_images}
    count, most, pictures = (_bounded(name, usual[name] if given is None else given) for name, given in bounds.items())
    budget = Budget(most, pictures)
    there = _there(spec)
    endpoint = contract_of(contract, level, profile, there)
    try:
        entries = () if known is None else read_known(str(known), there)
    except AcceptedError as problem:
        raise ServerCheckError(str(problem)) from None
    if not is_here(origin):
        drawn = probes_of(endpoint, seed, profile).probes(count) if replay is None else [replayed(replay, contract, profile)]
        spend = estimate(endpoint, drawn, profile, budget)
        if not key:
            raise ServerCheckError(f"{origin} is not this machine: give a key")
        if not yes:
            raise ServerCheckError(f"{cost_of(origin, spend)}: say yes=True to go on")
    own = key or KEY_HERE
    with line_to(origin, own) as line:
        report = check(
            line, own, budget, contract=endpoint, probes=count, seed=seed, level=level, profile=profile, replay=replay
        )  # fmt: skip
    return accept([report], entries, today())[0]


def _there(spec: str | Path | Sequence[str | Path]) -> Mapping[str, Endpoint]:
    """The contracts that can be named. Raises ServerCheckError."""
    try:
        return known_endpoints(paths_of(spec))
    except ContractError as problem:
        raise ServerCheckError(str(problem)) from None


def cost_of(origin: str, spend: Estimate) -> str:
    """What a check of a server that is paid comes to."""
    sends = f"this sends {spend.requests:,} requests or so to {origin}"
    return f"{sends} and orders up to {spend.pictures:,} pictures, which the account of the key pays"


def origin_of(url: str) -> str:
    """The origin that a URL is. Raises ServerCheckError for any other text."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
        beyond = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    except ValueError:
        fits, beyond = False, ""
    if not fits or beyond:
        shown = "something with a user name in it" if "@" in url else repr(url)
        raise ServerCheckError(f"the server must be an origin such as http://127.0.0.1:4777, got {shown}")
    return f"{parts.scheme}://{parts.netloc}"


@contextmanager
def line_to(origin: str, key: str) -> Iterator[HttpLine]:
    """A line to a server. Where it is an emulator of this machine, fetches move its clock meanwhile, and nobody waits."""
    with HttpLine(origin) as line:
        before = _clock(line, key) if is_here(origin) else None
        line.waits = before is None or _clock(line, key, {"mode": "auto"}) is None
        try:
            yield line
        finally:
            if before is not None:
                factor = {"factor": before.get("factor")} if before["mode"] == "scaled" else {}
                _clock(line, key, {"mode": before["mode"], **factor})


def _clock(line: HttpLine, key: str, how: Mapping[str, Any] | None = None) -> Mapping[str, Any] | None:
    """The clock of a key's sandbox, set first if it is said how; None where the server has no such thing."""
    headers = {"key": key, "content-type": "application/json"}
    body = json.dumps(how).encode() if how else b""
    answered = line.ask("PUT" if how else "GET", line.origin + _CLOCK, headers, body)
    try:
        told = json.loads(answered.body) if answered.status == 200 else None
    except ValueError:
        return None
    return told if isinstance(told, dict) and isinstance(told.get("mode"), str) else None


def _bounded(name: str, number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 1_000_000:
        raise ServerCheckError(f"{name} must be a whole number from 1 to 1000000, got {number!r}")
    return number
