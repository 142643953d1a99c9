"""Words of a schema that decide no set and still are a promise: which row it is when one comes, goes or changes.

Each is read by the version that says it, so that two spellings of the same are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..document import ContractError
from ..findings import shown
from ..lint_subject import mapping
from .view import Version
from .walk import REQUEST, RESPONSE, Standing

Said = tuple[Any, Standing]


class Word(NamedTuple):
    """A word beside the sets: how a version reads it, how people read it, and its rows by side and by what became of it."""

    read: Callable[[Version, Standing], Said | None]
    label: str
    rows: dict[tuple[str, str], str]


class Spoken(NamedTuple):
    """A row without its room, the pointers in both documents, and what became of what, a witness."""

    rule: str
    old: str
    new: str
    was: str
    became: str
    hint: str = ""


def spoken(old: Version, new: Version, before: Standing, after: Standing, side: str) -> Iterator[Spoken]:
    """What changed of the words of one schema."""
    found = [each for word in WORDS for each in _changed(word, old, new, before, after, side)]
    encoded = any("content" in each.rule for each in found)
    yield from (each for each in found if not (encoded and "format" in each.rule))  # one change, told by the stronger word


def _changed(word: Word, old: Version, new: Version, before: Standing, after: Standing, side: str) -> Iterator[Spoken]:
    was, became = word.read(old, before), word.read(new, after)
    if _text(was) == _text(became):
        return
    row = word.rows.get((side, "added" if was is None else "removed" if became is None else "changed"))
    if row:
        places = [each[1].pointer if each else standing.pointer for each, standing in ((was, before), (became, after))]
        yield Spoken(
            row, *places, *(f"{word.label} {shown(each[0], 200)}" if each else f"no {word.label}" for each in (was, became))
        )


def _text(said: Said | None) -> str:
    """A value as text, in which true is not 1; "" for nothing said."""
    return shown(said[0], _LONGEST) if said else ""


def _plain(word: str) -> Callable[[Version, Standing], Said | None]:
    def read(version: Version, standing: Standing) -> Said | None:
        found = version.said(standing, word)
        return (found.schema, found) if found else None

    return read


def _flag(word: str) -> Callable[[Version, Standing], Said | None]:
    def read(version: Version, standing: Standing) -> Said | None:
        found = version.said(standing, word)
        return (True, found) if found and found.schema is True else None

    return read


def _format(version: Version, standing: Standing) -> Said | None:
    found = version.said(standing, "format")
    return (found.schema, found) if found and str(found.schema) not in _ENCODINGS else None


def _content(version: Version, standing: Standing) -> Said | None:
    """How bytes became a text; OpenAPI 3.0 says it by `format`."""
    said = [(word, found) for word in _CONTENT if (found := version.said(standing, word))]
    old = version.said(standing, "format")
    told = {word: found.schema for word, found in said}
    if old and str(old.schema) in _ENCODINGS:
        told.setdefault("contentEncoding", _ENCODINGS[str(old.schema)])
    return (told, said[0][1] if said else old or standing) if told else None


def _discriminator(version: Version, standing: Standing) -> Said | None:
    found = version.said(standing, "discriminator")
    name = mapping(found.schema).get("propertyName") if found else None
    return (name, found) if found and isinstance(name, str) else None


def _targets(version: Version, standing: Standing) -> dict[str, str]:
    """Which schema each value of a discriminator stands for, as a pointer or as a name alone."""
    found = version.said(standing, "discriminator")
    named = mapping(mapping(found.schema).get("mapping")) if found else {}
    return {value: str(name) if "/" in str(name) else f"#/components/schemas/{name}" for value, name in named.items()}


def _is_one(old: Version, was: str, new: Version, became: str) -> bool:
    """Whether both names stand for the same schema, perhaps under another name."""
    try:
        return was == became or bool(old.subject.document.at(was) == new.subject.document.at(became))
    except ContractError:
        return False


def _rows(side: str, added: str = "", removed: str = "", changed: str = "") -> dict[tuple[str, str], str]:
    rows = {"added": added, "removed": removed, "changed": changed}
    return {(side, what): row for what, row in rows.items() if row}


def _both(*rows: str) -> dict[tuple[str, str], str]:
    return _rows(REQUEST, *rows) | _rows(RESPONSE, *rows)


_LONGEST = 100_000
_CONTENT = ("contentEncoding", "contentMediaType", "contentSchema")
_ENCODINGS = {"byte": "base64", "base64": "base64", "binary": "binary"}

WORDS = (
    Word(
        _plain("default"), "default",
        _rows("request", "request-default-changed", "request-default-changed", "request-default-changed"),
    ),
    Word(
        _format, "format",
        _rows("request", "request-format-added", "request-format-removed", "request-format-changed")
        | _rows("response", "response-format-added", "response-format-removed", "response-format-changed"),
    ),
    Word(
        _content, "content",
        _rows("request", "request-content-added", "request-content-removed", "request-content-changed")
        | _rows("response", "response-content-changed", "response-content-changed", "response-content-changed"),
    ),
    Word(_flag("readOnly"), "readOnly", _rows("request", "request-field-read-only", "request-field-writable")),
    Word(_flag("writeOnly"), "writeOnly", _rows("response", "response-field-write-only", "response-field-readable")),
    Word(_flag("deprecated"), "deprecated", _both("field-deprecated", "field-no-longer-deprecated")),
    Word(_discriminator, "discriminator", _both("discriminator-added", "discriminator-removed", "discriminator-changed")),
)  # fmt: skip


def mapped(old: Version, new: Version, before: Standing, after: Standing, side: str) -> Iterator[Spoken]:
    """What changed in which schema a value of a discriminator stands for, where both documents say so."""
    was, became = _targets(old, before), _targets(new, after)
    if not was or not became:
        return
    places = before.pointer, after.pointer
    for value in was:
        if value not in became:
            yield Spoken(f"{side}-discriminator-value-removed", *places, "", f"the value {value!r} is gone")
        elif not _is_one(old, was[value], new, became[value]):
            yield Spoken("discriminator-changed", *places, "", f"the value {value!r} stands for another schema")
    for value in became:
        if value not in was:
            yield Spoken(f"{side}-discriminator-value-added", *places, "", f"the value {value!r} is new")
