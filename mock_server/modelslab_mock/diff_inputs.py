"""What OLD and NEW of `modelslab-mock diff` stand for: a file, a folder, one of our contracts, or either in a git revision."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from modelslab_contracts.contract import SPECS
from modelslab_contracts.document import ContractError
from modelslab_contracts.lint_subject import METHODS, Subject, mapping, subject_of
from modelslab_contracts.nearest import did_you_mean

_SUFFIXES = (".yaml", ".yml", ".json")
_GIT = "git:"
_PATIENCE = 60.0


class InputError(Exception):
    """An OLD or NEW that cannot be read, as one sentence."""


class Documents(NamedTuple):
    """The documents that a word stands for, by file name; those passed over because they are no OpenAPI."""

    found: dict[str, Subject]
    passed_over: list[str]
    is_folder: bool


class Couple(NamedTuple):
    """Two versions of one document; an empty one stands for the version that there is not."""

    old: Subject
    new: Subject


def read_documents(word: str) -> Documents:
    """The documents that a word stands for. Raises InputError."""
    if word.startswith(_GIT):
        return _from_git(word)
    path = Path(word)
    if path.is_dir():
        files = {
            each.name: (str(each), _bytes(each)) for each in sorted(path.iterdir()) if _is_one(each.name) and each.is_file()
        }
        return _of_folder(word, files)
    names = sorted(each.stem for each in SPECS.glob("*.yaml"))
    if not path.exists() and word in names:
        file = f"{word}.yaml"
        return Documents({file: _subject(file, word, _bytes(SPECS / file))}, [], False)
    if not path.exists():
        near = did_you_mean(word, names) or f"; the contracts are {', '.join(names)}"
        raise InputError(f"there is no file, folder or contract {word!r}{near}")
    return Documents({path.name: _subject(str(path), path.stem, _bytes(path))}, [], False)


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
    if _git(word, "cat-file", "-t", place).strip() != b"tree":
        return Documents(
            {PurePosixPath(path).name: _subject(word, PurePosixPath(path).stem, _git(word, "show", place))}, [], False
        )
    names = _git(word, "ls-tree", "-z", "--name-only", place).decode(errors="surrogateescape").split("\0")
    files = {
        name: (f"{word.rstrip('/')}/{name}", _git(word, "show", f"{place}/{name}")) for name in sorted(names) if _is_one(name)
    }
    return _of_folder(word, files)


def _git(word: str, *arguments: str) -> bytes:
    try:
        run = subprocess.run(["git", *arguments], capture_output=True, timeout=_PATIENCE, check=False)  # noqa: S603, S607
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise InputError(f"{word}: git could not be run ({problem})") from None
    if run.returncode:
        said = run.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise InputError(f"{word}: git says {said[0].removeprefix('fatal: ')}")
    return run.stdout


def _of_folder(word: str, files: dict[str, tuple[str, bytes]]) -> Documents:
    found, passed_over = {}, []
    for name, (file, text) in files.items():
        if b"openapi" in text:
            found[name] = _subject(file, PurePosixPath(name).stem, text)
        else:
            passed_over.append(file)
    if not found:
        raise InputError(f"{word}: the folder holds no OpenAPI document ({', '.join(_SUFFIXES)})")
    return Documents(found, passed_over, True)


def _is_one(name: str) -> bool:
    return name.endswith(_SUFFIXES)


def _subject(file: str, name: str, text: bytes) -> Subject:
    try:
        return subject_of(text, name, file)
    except ContractError as problem:
        raise InputError(f"cannot read {problem}") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise InputError(f"cannot read {path}: {problem.strerror or problem}") from None
