"""The endpoints that a check may name: ours, and with --spec those of foreign documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import ContractError
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.check_client import CheckError


def known_endpoints(spec: Sequence[str]) -> Mapping[str, Endpoint]:
    """By name, those that make jobs. Raises ContractError for documents that cannot be read."""
    if not spec:
        return endpoints()
    from .specs_named import with_named

    return {name: each for name, each in with_named(tuple(spec)).items() if each.makes_jobs}


def endpoint_named(name: str, spec: Sequence[str]) -> str | Endpoint:
    """The endpoint of a name, or the name itself where only the kit can say what is wrong with it. Raises CheckError."""
    try:
        return known_endpoints(spec).get(name, name)
    except ContractError as problem:
        raise CheckError(str(problem)) from None
