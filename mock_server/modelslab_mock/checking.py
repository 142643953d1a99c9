"""Check a Python client against the emulator, in this process: `modelslab_mock.check_client`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modelslab_contracts.accepted import AcceptedError
from modelslab_contracts.document import ContractError
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.accepting import accept, read_known
from modelslab_contracts.kit.check_client import DEFAULT_STORIES, CheckError, check
from modelslab_contracts.kit.client_report import ClientBroken, ClientFinding, Report
from modelslab_contracts.kit.run import Capabilities
from modelslab_contracts.kit.sweep import Generate

from .playhouse import InProcessStage
from .spec_endpoints import known_endpoints, paths_of
from .ways.in_process.tied_time import TiedTimeError
from .wire.wall_clock import today

__all__ = ["CheckError", "ClientBroken", "ClientFinding", "Generate", "Report", "check_client"]


def check_client(
    generate: Generate,
    *,
    endpoint: str,
    spec: str | Path | Sequence[str | Path] = (),
    stories: int = DEFAULT_STORIES,
    seed: int = 0,
    level: str = "must",
    profile: str = "documented",
    polls: bool = True,
    downloads: bool = False,
    webhooks: bool = False,
    retries: bool = False,
    flags: bool = False,
    files: bool = False,
    defaults: Mapping[str, Any] | None = None,
    replay: Mapping[str, Any] | None = None,
    known: str | Path | None = None,
) -> Report:
    """Play `stories` drawn stories to a client and report the rules that it breaks, each with the simplest story.

    `generate(base_url, key, request)` asks for pictures and returns their addresses or bytes, or raises; it may be a
    coroutine function. It may ignore `base_url`: the vendor's own hosts lead here as well. While it runs, its time is tied:
    it sleeps and waits for time-outs without any time passing outside.

    `spec` names an OpenAPI document, saved page or folder, or several, whose endpoints can be named as well.

    `level` is must, should or may. What the client does at all is said by `polls`, `downloads`, `webhooks`, `retries` (orders
    again after a refusal that passes), `flags` (tells of pictures that are not safe for work, by an error or by returning
    `{"images": [...], "nsfw": ...}`), `files` (returns paths of files) and `defaults` (members that it sends unasked); rules
    about what it does not do are not verified. `replay` is a finding's `replay`: its story alone is
    played. `known` is a TOML file of findings that are accepted, each with its reason: they are told and do not count. The
    same seed draws the same stories. Raises CheckError, whose text is one sentence.
    """
    paths = paths_of(spec)
    contract = endpoint_named(endpoint, paths)
    try:
        entries = () if known is None else read_known(str(known))
    except AcceptedError as problem:
        raise CheckError(str(problem)) from None
    try:
        report = check(
            generate,
            lambda seed, profile: InProcessStage(seed=seed, profile=profile, spec=paths, webhooks=webhooks),
            endpoint=contract,
            stories=stories,
            seed=seed,
            level=level,
            profile=profile,
            capabilities=Capabilities(polls, downloads, webhooks, retries, flags, files, defaults or {}),
            replay=replay,
        )
    except TiedTimeError as problem:
        raise CheckError(f"a client is checked in a time of its own, without modelslab_mock or its mark: {problem}") from None
    return accept([report], entries, today())[0]


def endpoint_named(name: str, spec: Sequence[str]) -> Endpoint | str:
    """The endpoint of that name, also among those of `spec`; the name itself where there is none. Raises CheckError."""
    try:
        return known_endpoints(spec).get(name, name)
    except ContractError as problem:
        raise CheckError(str(problem)) from None
