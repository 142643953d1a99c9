"""What the cited sentences read like when the clauses were written, as digests: the pages themselves are not ours to keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..document import ContractError, parse_yaml

FILE = Path(__file__).parent.parent / "sentences.yaml"
_HEAD = """\
# Digests of the sentences that the clauses cite, so that one that reads otherwise is seen (modelslab-mock specs sources).
# Written with --learn, once somebody has read the page and the contract says what it says.
"""
#: Contract -> place and name on its page -> digest.
Sentences = Mapping[str, Mapping[str, str]]


def read_sentences(path: Path = FILE) -> Sentences:
    """The digests in a file. Raises ContractError."""
    try:
        found: Any = parse_yaml(path.read_bytes(), str(path)) or {}
    except OSError as problem:
        raise ContractError(str(path), 0, problem.strerror or str(problem)) from None
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise ContractError(str(path), 1, "digests stand by contract and then by place")
    return found


def written(sentences: Sentences) -> str:
    """The text of such a file."""
    lines = [_HEAD]
    for contract, digests in sorted(sentences.items()):
        lines.append(f"{contract}:\n")
        lines += [f"  {json.dumps(place)}: {json.dumps(digest)}\n" for place, digest in sorted(digests.items())]
    return "".join(lines)
