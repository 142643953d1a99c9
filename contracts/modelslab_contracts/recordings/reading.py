"""Read a recording, whatever made it: a journal, an HTTP archive, a cassette. The content says which, not the file's name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .. import json_lines
from ..exchange import Exchange
from . import archive, cassettes
from .captured import MOST_KEYS, Captured, Masks, exchange_of
from .shapes import ShapeError

MAX_BYTES = 256 * 2**20
MAX_EXCHANGES = 200_000
#: Beyond so many bytes an entry is named by its number alone: to find its line takes as long as to read the file again.
_LINES_UP_TO = 16 * 2**20
#: What a file is, by the member that its root has.
_BY_MEMBER = {"log": "HAR", cassettes.VCRPY: "vcrpy cassette", cassettes.RUBY: "VCR cassette"}
_KINDS = "a journal (JSON Lines), an HTTP archive (HAR), a vcrpy cassette or a VCR cassette"


class RecordingError(ValueError):
    """Why a file is no recording that can be read: one sentence that begins with the file, and the line where one is known."""


class Recording(NamedTuple):
    """What a file holds: which kind it is, and its exchanges in their order, without any key."""

    kind: str
    exchanges: list[Exchange]


def read_recording(path: Path) -> Recording:
    """The recording in a file. Raises RecordingError."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise RecordingError(f"{path}: {problem.strerror or problem}") from None
    if len(text) > MAX_BYTES:
        raise RecordingError(f"{path}: longer than {MAX_BYTES // 2**20} MiB, more than is read")
    return recording_of(text, str(path))


def recording_of(text: bytes, file: str) -> Recording:
    """The recording in a text that came from `file`. Raises RecordingError."""
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = text.count(b"\n", 0, problem.start) + 1
        raise RecordingError(f"{file}:{line}: not UTF-8 text, so none of {_KINDS}") from None
    head = decoded.lstrip()[:1]
    if not head:
        return Recording("journal", [])
    if head not in {"{", "["}:
        return _of_root(_yaml(text, file), text, file)
    try:
        root = json.loads(decoded)
    except RecursionError:
        raise RecordingError(f"{file}: nested too deeply") from None
    except ValueError as problem:
        if _begins_with_an_object(decoded):
            return _journal(decoded, file)
        at = f":{problem.lineno}" if isinstance(problem, json.JSONDecodeError) else ""
        says = problem.msg if isinstance(problem, json.JSONDecodeError) else problem
        raise RecordingError(f"{file}{at}: not JSON: {says}") from None
    return _journal(decoded, file) if isinstance(root, dict) and "edition" in root else _of_root(root, text, file)


def _begins_with_an_object(text: str) -> bool:
    """Whether the first line is a JSON object by itself, as in JSON Lines; a broken one that names its edition is one, too."""
    first = text.lstrip().partition("\n")[0]
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return '"edition"' in first


def _journal(text: str, file: str) -> Recording:
    try:
        exchanges = json_lines.read(text)
    except json_lines.JsonLinesError as problem:
        line, _, says = str(problem).removeprefix("line ").partition(" " if "is not JSON" in str(problem) else ": ")
        raise RecordingError(f"{file}:{line}: {says}") from None
    _bounded(len(exchanges), file)
    sent = [
        Captured(0.0, each.method, f"?{each.query}", each.request_headers, each.request_body, 0, (), b"") for each in exchanges
    ]
    masks = _masks_of(sent, file)  # a journal of ours holds no key; one that somebody else wrote may
    return Recording("journal", [masks.exchange(each) for each in exchanges])


def _of_root(root: Any, text: bytes, file: str) -> Recording:
    """A document of which the member at its root says what it is."""
    if isinstance(root, list) and root and isinstance(root[0], dict) and "request" in root[0]:
        raise RecordingError(f"{file}: a cassette of VCR or vcrpy before 1.0, which nobody writes any more; record it again")
    found = next((each for each in _BY_MEMBER if isinstance(root, dict) and each in root), None)
    if found is None:
        what = "an OpenAPI document" if isinstance(root, dict) and "openapi" in root else "something else"
        raise RecordingError(f"{file}: {what}, not {_KINDS}")
    at = ""
    entries, captured = list[Any](), list[Captured]()
    try:
        for where, each in _items(root, found):
            at = where
            captured.append(_READERS[found](each))
            entries.append(each)
        _bounded(len(captured), file)
        masks = _masks_of(captured, file)
        exchanges = [exchange_of(each, masks, n) for n, each in enumerate(captured, 1)]
        for index, each in enumerate(entries if found == "log" else ()):
            at = f"/log/entries/{index}"
            exchanges[index] = masks.exchange(archive.with_ours(exchanges[index], each))
    except ShapeError as problem:
        raise RecordingError(f"{file}{_line(text, at)}: {_named(at)}{problem}") from None
    return Recording(_BY_MEMBER[found], exchanges)


def _items(root: Mapping[str, Any], found: str) -> Iterator[tuple[str, Any]]:
    return archive.entries(root) if found == "log" else cassettes.interactions(root, found)


_READERS: Mapping[str, Callable[[Any], Captured]] = {
    "log": archive.captured_of,
    cassettes.VCRPY: cassettes.captured_of,
    cassettes.RUBY: cassettes.captured_of,
}


def _masks_of(captured: list[Captured], file: str) -> Masks:
    masks = Masks()
    for each in captured:
        masks.learn(each)
    if masks.lost:
        raise RecordingError(f"{file}: more than {MOST_KEYS:,} different API keys, more than can be masked")
    return masks


def _bounded(count: int, file: str) -> None:
    if count > MAX_EXCHANGES:
        raise RecordingError(f"{file}: {count:,} exchanges, more than the {MAX_EXCHANGES:,} that are read")


def _named(pointer: str) -> str:
    """`entry 3: ` for the pointer of the third; counted from one, as people do."""
    return f"entry {int(pointer.rpartition('/')[2]) + 1}: " if pointer else ""


def _yaml(text: bytes, file: str) -> Any:
    import yaml

    from .yaml_text import load

    try:
        return load(text)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        what = getattr(problem, "problem", None) or "not readable text"
        raise RecordingError(f"{file}{f':{mark.line + 1}' if mark else ''}: not {_KINDS}: {what}") from None
    except (ValueError, RecursionError):
        raise RecordingError(f"{file}: not {_KINDS}") from None


def _line(text: bytes, pointer: str) -> str:
    """`:12` for what stands on line 12; "" where that is not known."""
    if not pointer or len(text) > _LINES_UP_TO:
        return ""
    from .yaml_text import line_of

    line = line_of(text, pointer)
    return f":{line}" if line else ""
