"""Which contracts are served: ours, and what the documents named with --spec come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from modelslab_contracts.contract import SPECS, endpoints
from modelslab_contracts.document import ContractError
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.inference.builder import Guess
from modelslab_contracts.inference.infer import Inferred, infer, served
from modelslab_contracts.loading import Loaded, load
from modelslab_contracts.nearest import did_you_mean


def with_named(paths: tuple[str, ...]) -> Mapping[str, Endpoint]:
    """Our own contracts together with what documents named with --spec come to. Raises ContractError, of one sentence."""
    return served(endpoints(), inferred(paths).endpoints)


@lru_cache(maxsize=8)
def inferred(paths: tuple[str, ...]) -> Inferred:
    """What foreign documents come to, beside our own contracts. Raises ContractError."""
    found = documents(paths)
    try:
        return infer(found, endpoints())
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as problem:
        which = found[0].file if len(found) == 1 else ", ".join(paths)
        raise ContractError(which, 0, f"cannot be understood: {type(problem).__name__}: {problem}") from problem


def guesses_of(paths: tuple[str, ...]) -> tuple[Guess, ...]:
    """What was inferred and guessed of the documents that are served."""
    return inferred(paths).guesses if paths else ()


def documents(paths: Sequence[str]) -> list[Loaded]:
    """The documents of files and folders, folders inside folders as well. Raises ContractError."""
    found: list[Loaded] = []
    for path in paths:
        if not Path(path).exists():
            names = [each.name for each in Path(path).parent.glob("*")] if Path(path).parent.is_dir() else []
            near = did_you_mean(Path(path).name, names)
            if (SPECS / f"{path}.yaml").exists():
                near = "; that contract is served anyway"
            raise ContractError(path, 0, f"there is no such file or folder{near}")
        found += load(Path(path), deep=True).documents
    return found
