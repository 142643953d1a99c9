"""The endpoints that a check may name: ours, and with --spec those of foreign documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from modelslab_contracts.contract import endpoints
from modelslab_contracts.endpoint import Endpoint


def paths_of(spec: str | Path | Sequence[str | Path]) -> tuple[str, ...]:
    """One path, or several, as they are given in Python."""
    return (str(spec),) if isinstance(spec, str | Path) else tuple(map(str, spec))


def known_endpoints(spec: Sequence[str]) -> Mapping[str, Endpoint]:
    """By name, those that make jobs. Raises ContractError for documents that cannot be read."""
    if not spec:
        return endpoints()
    from .specs_named import with_named

    return {name: each for name, each in with_named(tuple(spec)).items() if each.makes_jobs}
