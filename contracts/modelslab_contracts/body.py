"""From bytes to fields: JSON, url-encoded forms, multipart forms, and the query where a contract allows it.

What cannot be read becomes one finding; nothing here raises for a client's mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from .findings import Finding, shown
from .json_pointer import escaped
from .profiles import Profile

MAX_DEPTH = 64
MAX_FORM_FIELDS = 1_000
_READS = "JSON (application/json), application/x-www-form-urlencoded or multipart/form-data"
_NESTING = frozenset((dict, list))
_BOM = b"\xef\xbb\xbf"
_SOURCE = "000-004 Request: a JSON body; forms: earlier overview page"


@dataclass(slots=True)
class Body:
    """What came: fields by name, and whether they are texts of a form (where a number can only be text)."""

    fields: Mapping[str, Any]
    is_form: bool


def parse_body(media_type: str, raw: bytes, query: str, profile: Profile) -> Body | Finding:
    """The fields of a request body, or why they cannot be read.

    `media_type` is the Content-Type header, `query` the query string to read when the body is empty ("" where the
    contract does not allow that).
    """
    if not raw and query:
        return _url_encoded(query)
    if media_type == "application/json":
        return _json(raw, "", profile)
    kind, charset = _media(media_type)
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return _json(raw, charset, profile)
    if kind == "application/x-www-form-urlencoded":
        if raw.lstrip()[:1] == b"{":
            return _wrong_type(f"{kind} around a JSON text", "the client forgot the header Content-Type: application/json")
        return _url_encoded(raw)
    if kind == "multipart/form-data":
        return _multipart(media_type, raw)
    return _wrong_type(kind or "no Content-Type")


def _json(raw: bytes, charset: str, profile: Profile) -> Body | Finding:
    if charset not in ("", "utf-8", "utf8"):
        return Finding("request/wrong-encoding", "", "UTF-8", charset, _SOURCE)
    try:
        fields = orjson.loads(raw)
    except orjson.JSONDecodeError as problem:
        if raw.startswith(_BOM):
            return Finding("request/wrong-encoding", "", "UTF-8 without a byte order mark", "a byte order mark", _SOURCE)
        if undecodable := _not_utf8(raw):
            return _wrong_encoding(undecodable)
        if "surrogate" in problem.msg:
            return Finding("request/wrong-encoding", "", "UTF-8 without lone surrogates", problem.msg, _SOURCE)
        if "limit" in problem.msg:  # "depth limit exceeded", in older editions "Recursion limit reached"
            return _too_deep()
        return Finding(
            "request/not-json",
            "",
            "JSON",
            f"line {problem.lineno} column {problem.colno}: {problem.msg.partition(': line ')[0]}",
            _SOURCE,
        )
    if not isinstance(fields, dict):
        kind = {list: "a list", str: "a text", type(None): "null"}.get(type(fields), "a number or truth value")
        return Finding("request/not-json", "", "a JSON object", kind, _SOURCE)  # shown whole, it might show the key
    if not _NESTING.isdisjoint(map(type, fields.values())) and any(
        _depth(each) >= MAX_DEPTH for each in fields.values() if type(each) in _NESTING
    ):
        return _too_deep()
    if not profile.takes_duplicates and (twice := _duplicate(raw)):
        return Finding("request/duplicate-field", *twice, "strict profile")
    return Body(fields, False)


@lru_cache(maxsize=256)
def _media(media_type: str) -> tuple[str, str]:
    """The type and the charset that a Content-Type names, in lower case; "" for what it does not name."""
    kind, *parameters = media_type.lower().split(";")
    named = (each.partition("=") for each in parameters)
    charset = next((value.strip(" \t\"'") for name, _, value in named if name.strip() == "charset"), "")
    return kind.strip(), charset


def parse_query(query: str) -> Body | Finding:
    """The fields of a request that has no body: those of its query."""
    return _url_encoded(query)


def _url_encoded(text: str | bytes) -> Body | Finding:
    try:
        return Body(_form(text if isinstance(text, str) else text.decode()), True)
    except UnicodeDecodeError as problem:
        return _wrong_encoding(problem)
    except ValueError:
        return _wrong_type("a form of too many fields")


def _form(text: str) -> dict[str, str]:
    from urllib.parse import parse_qsl

    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS, errors="strict")
    return {name: value for name, value in pairs if value != ""}


def _multipart(media_type: str, raw: bytes) -> Body | Finding:
    import logging
    from io import BytesIO

    from python_multipart import parse_form
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import parse_options_header

    # What is wrong with a client's form is our finding; the library would print it to stderr as well.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    fields: dict[str, str] = {}
    undecodable: list[UnicodeDecodeError] = []

    def on_field(field: Any) -> None:
        try:
            if field.value and len(fields) < MAX_FORM_FIELDS:
                fields[field.field_name.decode()] = field.value.decode()
        except UnicodeDecodeError as problem:
            undecodable.append(problem)

    headers = {"Content-Type": media_type.encode("latin-1", "replace"), "Content-Length": str(len(raw)).encode()}
    try:
        parse_form(headers, BytesIO(raw), on_field, lambda _: None)
    except (FormParserError, ValueError) as problem:
        return _wrong_type(f"multipart/form-data that cannot be read: {problem}")
    if undecodable:
        return _wrong_encoding(undecodable[0])
    boundary = parse_options_header(media_type)[1].get(b"boundary", b"")
    if raw and b"--" + boundary + b"--" not in raw:  # the library takes what came for all there is
        return _wrong_type("multipart/form-data that cannot be read: it ends before its closing boundary")
    return Body(fields, True)


def _depth(value: Any) -> int:
    """How deep a value nests, counted without recursion and no further than the limit."""
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [child for each in level for child in _children(each) if isinstance(child, (dict, list))]
    return depth


def _children(value: Any) -> Iterator[Any]:
    return iter(value.values() if isinstance(value, dict) else value)


def _duplicate(raw: bytes) -> tuple[str, str, str] | None:
    """Where, expected and got of a field that comes twice; one inside a value is found, but without a pointer."""
    import json

    twice: list[str | None] = []

    def pairs(items: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        twice.append(next((name for name, _ in items if name in seen or seen.add(name)), None))  # type: ignore[func-returns-value]

    json.loads(raw, object_pairs_hook=pairs)
    name = next((each for each in reversed(twice) if each is not None), None)  # the body itself comes last
    if name is None:
        return None
    where = "" if twice[-1] is None else "/" + escaped(name[:80])
    return where, "given once", f"{shown(name)} given twice"


def _not_utf8(raw: bytes) -> UnicodeDecodeError | None:
    try:
        raw.decode()
    except UnicodeDecodeError as problem:
        return problem
    return None


def _too_deep() -> Finding:
    return Finding("request/nested-too-deep", "", f"nested at most {MAX_DEPTH} deep", "deeper", "design bound")


def _wrong_encoding(problem: UnicodeDecodeError) -> Finding:
    return Finding("request/wrong-encoding", "", "UTF-8", f"byte {problem.start}: {problem.reason}", _SOURCE)


def _wrong_type(got: str, hint: str = "") -> Finding:
    return Finding("request/wrong-media-type", "", _READS, got, _SOURCE, hint)
