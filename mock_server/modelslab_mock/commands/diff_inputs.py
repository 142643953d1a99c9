"""What OLD and NEW of `modelslab-mock diff` stand for: a file, a folder, one of our contracts, or either in a git revision."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from modelslab_contracts.contract import SPECS
from modelslab_contracts.document import ContractError
from modelslab_contracts.findings import Finding
from modelslab_contracts.lint_subject import METHODS, Subject, mapping, subject_of
from modelslab_contracts.loading import Batch, Loaded, holds_one, is_readable, load, load_text, nothing_in
from modelslab_contracts.nearest import did_you_mean

#: Oddities that make no difference to a comparison: it goes by method and path.
_NO_MATTER = ("document/no-servers", "document/no-operation-id", "document/server-holds-path")
_GIT = "git:"
_PATIENCE = 60.0
_MOST_NAMES = 1_000


class InputError(Exception):
    """An OLD or NEW that cannot be read, as one sentence."""


class Documents(NamedTuple):
    """The documents that a word stands for, by file name; those passed over because they are no OpenAPI.

    `odd` is what a strict reader would refuse in them, as far as it may matter here.
    """

    found: dict[str, Subject]
    passed_over: list[str]
    is_folder: bool
    odd: tuple[Finding, ...] = ()


class Couple(NamedTuple):
    """Two versions of one document; an empty one stands for the version that there is not."""

    old: Subject
    new: Subject


def read_documents(word: str) -> Documents:
    """The documents that a word stands for. Raises InputError."""
    if word.startswith(_GIT):
        return _from_git(word)
    path = Path(word)
    names = sorted(each.stem for each in SPECS.glob("*.yaml"))
    if not path.exists() and word in names:
        file = f"{word}.yaml"
        return Documents({file: subject_of((SPECS / file).read_bytes(), word, file)}, [], False)
    if not path.exists():
        near = did_you_mean(word, [*names, *_beside(path)]) or f"; the contracts are {', '.join(names)}"
        raise InputError(f"there is no file, folder or contract {word!r}{near}")
    try:
        return _documents(load(path), is_folder=path.is_dir())
    except ContractError as problem:
        raise InputError(_said(problem, is_folder=path.is_dir())) from None


def _beside(path: Path) -> list[str]:
    """What stands in the folder of a path that there is not, as somebody would have written it."""
    try:
        return [str(path.parent / each.name) for each in islice(path.parent.iterdir(), _MOST_NAMES)]
    except OSError:
        return []


def couples(old: Documents, new: Documents) -> Iterator[Couple]:
    """Documents in pairs: two files as they are, those of folders by file name, and what is left by the calls they share."""
    if not (old.is_folder or new.is_folder):
        yield Couple(*old.found.values(), *new.found.values())
        return
    left = {name: each for name, each in new.found.items() if name not in old.found}
    for name, each in old.found.items():
        if name in new.found:
            yield Couple(each, new.found[name])
            continue
        shared = {other: len(_calls(each) & _calls(subject)) for other, subject in left.items()}
        best = max(shared, key=lambda other: shared[other], default="")
        yield Couple(each, left.pop(best) if best and shared[best] else _nothing(each))
    for each in left.values():
        yield Couple(_nothing(each), each)


def _calls(subject: Subject) -> set[tuple[str, str]]:
    return {(item.path, method) for item in subject.items for method in METHODS if mapping(item.node.get(method))}


def _nothing(like: Subject) -> Subject:
    """A document without any call, which stands for one that there is not."""
    version = str(like.root.get("openapi"))
    return subject_of(f'{{"openapi": "{version}", "paths": {{}}}}'.encode(), like.document.name, like.document.file)


def _from_git(word: str) -> Documents:
    revision, colon, path = word.removeprefix(_GIT).partition(":")
    if not revision or not colon or not path or revision.startswith("-"):
        raise InputError(f"{word!r} is not git:REV:PATH, as in git:main:specs/api.yaml")
    place = f"{revision}:./{path.rstrip('/')}" if not path.startswith("./") else f"{revision}:{path.rstrip('/')}"
    try:
        if _git(word, "cat-file", "-t", place).strip() != b"tree":
            return _documents(Batch(load_text(_git(word, "show", place), PurePosixPath(path).name, word)), is_folder=False)
        return _documents(_folder_of_git(word, place), is_folder=True)
    except ContractError as problem:
        raise InputError(_said(problem, is_folder=False)) from None


def _folder_of_git(word: str, place: str) -> Batch:
    names = _git(word, "ls-tree", "-z", "--name-only", place).decode(errors="surrogateescape").split("\0")
    found: list[Loaded] = []
    passed_over = []
    for name in filter(is_readable, sorted(names)):
        text, file = _git(word, "show", f"{place}/{name}"), f"{word.rstrip('/')}/{name}"
        if holds_one(text, name, file):
            found += load_text(text, name, file)
        else:
            passed_over.append(file)
    if not found:
        raise nothing_in(word)
    return Batch(tuple(found), tuple(passed_over))


def _git(word: str, *arguments: str) -> bytes:
    try:
        run = subprocess.run(["git", *arguments], capture_output=True, timeout=_PATIENCE, check=False)  # noqa: S603, S607
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise InputError(f"{word}: git could not be run ({problem})") from None
    if run.returncode:
        said = run.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise InputError(f"{word}: git says {said[0].removeprefix('fatal: ')}")
    return run.stdout


def _documents(batch: Batch, *, is_folder: bool) -> Documents:
    """By file name, each block of a page by a name of its own."""
    found: dict[str, Subject] = {}
    for each in batch.documents:
        name = PurePosixPath(each.file).name
        found[name if name not in found else f"{each.name} in {name}"] = each.subject
    odd = tuple(finding for each in batch.documents for finding in each.findings if finding.rule not in _NO_MATTER)
    return Documents(found, list(batch.passed_over), is_folder or len(found) > 1, odd)


def _said(problem: ContractError, *, is_folder: bool) -> str:
    return str(problem) if is_folder and not problem.line else f"cannot read {problem}"
