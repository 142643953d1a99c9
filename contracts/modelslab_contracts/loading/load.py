"""The one way in for documents that are not ours: files, folders, and documentation pages with OpenAPI blocks in them.

What the world writes and a strict reader refuses is read, and told as findings. Only what cannot be understood at all is
an error, of one sentence.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from ..document import ContractError, Document, cached_root
from ..findings import Finding
from ..lint_subject import Subject, subject_of
from .meaning import meant
from .pages import blocks, is_escaped, unescaped

DOCUMENTS = (".yaml", ".yml", ".json")
PAGES = (".md", ".mdx", ".html", ".htm", ".txt")
MOST_BYTES = 32 * 2**20
MOST_FILES = 2_000
_PASSED = ("node_modules", "__pycache__")
#: Part of every cache key: raise it when a document comes to mean something else.
_CACHE_EPOCH = b"loading 1\n"


@dataclass(frozen=True, eq=False)
class Loaded:
    """One foreign document. `text` holds its own bytes on the lines where they stand in the file."""

    name: str
    file: str
    text: bytes

    @cached_property
    def subject(self) -> Subject:
        """The document as it is written, for whoever compares or judges it."""
        return subject_of(self.text, self.name, self.file)

    @cached_property
    def document(self) -> Document:
        """The document in the meaning of OpenAPI 3.1, for whoever serves it; cached by content like our own."""
        root: Mapping[str, Any] = cached_root(_CACHE_EPOCH + self.text, lambda: meant(dict(self.subject.root)))
        return Document(self.name, self.file, self.text, root)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What a strict reader would refuse."""
        from .oddities import oddities

        return tuple(oddities(self.subject))


class Batch(NamedTuple):
    """The documents of a file or folder, and the files of a folder that hold none."""

    documents: tuple[Loaded, ...]
    passed_over: tuple[str, ...] = ()


def load(path: Path, *, deep: bool = False) -> Batch:
    """The documents in a file or folder, in the order of their names; `deep` looks into folders inside a folder as well.

    Raises ContractError, whose text is one sentence, for what cannot be understood at all.
    """
    if not path.is_dir():
        return Batch(load_text(_bytes(path), path.name, str(path)))
    found: list[Loaded] = []
    passed_over = []
    for file in _files(path, deep=deep):
        text = _bytes(file)
        if holds_one(text, file.name, str(file)):
            found += load_text(text, file.name, str(file))
        else:
            passed_over.append(str(file))
    if not found:
        raise nothing_in(str(path))
    return Batch(tuple(found), tuple(passed_over))


def load_text(text: bytes, name: str, file: str) -> tuple[Loaded, ...]:
    """The documents in the bytes of a file that is called `name`; `file` is what findings call it. Raises ContractError."""
    pure = PurePath(name)
    inside = [] if pure.suffix.lower() in DOCUMENTS else blocks(_decoded(text, file))
    if not inside:
        if pure.suffix.lower() in PAGES and not _begins_like_one(text):
            problem = (
                "the page holds no OpenAPI block (a fenced or <pre> block with an `openapi:` line); "
                "`modelslab-mock specs sources` reads pages without one"
            )
            raise ContractError(file, 0, problem)
        return (_readable(Loaded(pure.stem, file, text)),)
    names = [pure.stem, *(f"{pure.stem}-{n}" for n in range(2, len(inside) + 1))]
    return tuple(_of_block(block, own, file) for own, block in zip(names, inside, strict=True))


def holds_one(text: bytes, name: str, file: str) -> bool:
    """Whether a file of a folder seems to hold a document; the others of a folder are nobody's mistake."""
    if b"openapi" not in text:
        return False
    return not name.lower().endswith(PAGES) or _begins_like_one(text) or bool(blocks(_decoded(text, file)))


def nothing_in(folder: str) -> ContractError:
    """The complaint about a folder without any document."""
    kinds = f"({', '.join(DOCUMENTS)}), and no page with one ({', '.join(PAGES)})"
    return ContractError(folder, 0, f"the folder holds no OpenAPI document {kinds}")


def is_readable(name: str) -> bool:
    """Whether a file of this name may hold a document."""
    return name.lower().endswith((*DOCUMENTS, *PAGES))


def _of_block(block: str, name: str, file: str) -> Loaded:
    try:
        return _readable(Loaded(name, file, block.encode()))
    except ContractError:
        if not is_escaped(block):
            raise
        return _readable(Loaded(name, file, unescaped(block).encode()))


def _readable(loaded: Loaded) -> Loaded:
    """The same, after it was read once. Raises ContractError when it cannot be."""
    version = loaded.document.root.get("openapi")
    if not str(version).startswith("3."):
        line = loaded.document.line_of("/openapi")
        raise ContractError(loaded.file, line, f"OpenAPI {version} is neither 3.0 nor 3.1, which are read here")
    return loaded


def _begins_like_one(text: bytes) -> bool:
    """Whether a file that is called a page is a document all the same."""
    return text.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"openapi", b'"openapi', b"{", b"info:", b"---"))


def _files(folder: Path, *, deep: bool) -> Iterator[Path]:
    """The files of a folder that may hold documents, by name; hidden ones are nobody's documents."""
    count = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if deep and not each.startswith(".") and each not in _PASSED)
        for name in sorted(names):
            if is_readable(name) and not name.startswith("."):
                if (count := count + 1) > MOST_FILES:
                    raise ContractError(str(folder), 0, f"the folder holds more than {MOST_FILES:,} files to be read")
                yield Path(place, name)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ContractError(str(path), 0, f"the file is larger than {MOST_BYTES >> 20} MiB")
        return path.read_bytes()
    except OSError as problem:
        raise ContractError(str(path), 0, problem.strerror or str(problem)) from None


def _decoded(text: bytes, file: str) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ContractError(file, 0, "the page is not UTF-8 text") from None
