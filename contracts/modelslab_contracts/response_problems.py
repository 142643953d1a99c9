"""What is wrong with a value under one schema of a document: every problem as a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from .document import ContractError, Document
from .findings import Finding, shown
from .json_pointer import escaped
from .lint_subject import mapping

LEAVES_OUT = "server/leaves-out-a-required-member"
ANOTHER_TYPE = "server/answers-a-value-of-another-type"
OUT_OF_CLAUSE = "server/answers-a-value-that-breaks-its-clause"
ADDS = "server/adds-a-member-that-no-page-has"
_ROOT = "urn:document"
_TYPES = {
    "integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false", "array": "a list",
    "object": "an object", "null": "null",
}  # fmt: skip
_PHRASES = {
    "minimum": "at least {}", "maximum": "at most {}", "exclusiveMinimum": "above {}", "exclusiveMaximum": "below {}",
    "multipleOf": "a multiple of {}", "minLength": "at least {} characters", "maxLength": "at most {} characters",
    "pattern": "like {}", "minItems": "a list of at least {}", "maxItems": "a list of at most {}", "const": "{}",
    "minProperties": "an object of at least {} members", "maxProperties": "an object of at most {} members",
    "uniqueItems": "a list without repeats",
}  # fmt: skip
#: Problems of one value that are told; a list of a thousand wrong addresses is one mistake.
_TOLD = 20


def problems_of(document: Document, pointer: str, value: Mapping[str, Any], source: str) -> tuple[Finding, ...]:
    """Every problem of an object under the schema at a pointer; then the members that the schema has no word for."""
    return (*clauses_broken(document, pointer, value, source), *_unknown(document, pointer, value, source))


def clauses_broken(document: Document, pointer: str, value: Any, source: str) -> tuple[Finding, ...]:
    """Every problem of a value under the schema at a pointer; none where the schema itself cannot be read."""
    if _is_fine(document, pointer, value):
        return ()
    found: dict[tuple[str, str], Finding] = {}
    for error in sorted(_errors(document, pointer, value), key=lambda each: list(map(str, each.absolute_path))):
        for each in _findings(document, pointer, error, source):
            found.setdefault((each.rule, _without_index(each.where)), each)
    return tuple(found.values())[:_TOLD]


def _errors(document: Document, pointer: str, value: Any) -> list[Any]:
    try:
        return list(_validator(document, pointer).iter_errors(value))
    except Exception:  # noqa: BLE001 # a foreign document may hold anything where a schema should stand
        return []


def _findings(document: Document, pointer: str, error: Any, source: str) -> Iterator[Finding]:
    path = list(error.absolute_path)
    where = _pointer(path)
    word, must = error.validator, error.validator_value
    if word == "required":
        yield _missing(document, pointer, path, [str(each) for each in must if each not in error.instance], source)
    elif word in ("anyOf", "oneOf"):
        yield from _of_alternatives(document, pointer, error, source)
    elif word == "additionalProperties" and isinstance(error.instance, dict):
        for name in error.instance.keys() - mapping(error.schema.get("properties")).keys():
            yield Finding(ADDS, f"{where}/{escaped(name)}", "a member of the page", shown(error.instance[name]), source)
    else:
        rule = ANOTHER_TYPE if word in ("type", "format") else OUT_OF_CLAUSE
        yield Finding(rule, where, _expected(word, must), shown(error.instance), _source(document, pointer, path, source))


def _missing(document: Document, pointer: str, path: list[Any], names: list[str], source: str) -> Finding:
    """One finding for everything that an object lacks; jsonschema tells each by itself."""
    source = _source(document, pointer, [*path, names[0]], source)
    if len(names) == 1:
        return Finding(LEAVES_OUT, f"{_pointer(path)}/{escaped(names[0])}", "present", "absent", source)
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return Finding(LEAVES_OUT, _pointer(path), f"complete, with {listed}", "an object without them", source)


def _of_alternatives(document: Document, pointer: str, error: Any, source: str) -> Iterator[Finding]:
    """The alternative that is nearest speaks; where all of them only need a member, one of those is missing."""
    by_branch: dict[int, list[Any]] = {}
    for each in error.context:
        by_branch.setdefault(each.schema_path[0], []).append(each)
    path = list(error.absolute_path)
    if by_branch and all(each.validator == "required" for branch in by_branch.values() for each in branch):
        names = list(
            dict.fromkeys(name for each in error.context for name in each.validator_value if name not in each.instance)
        )
        must, place = " or ".join(names), _pointer([*path, names[0]])
        yield Finding(LEAVES_OUT, place, f"present, or {must.partition(' or ')[2]} in its place", "absent",
                      _source(document, pointer, [*path, names[0]], source))  # fmt: skip
        return
    if not by_branch:  # it fits more than one
        yield Finding(
            OUT_OF_CLAUSE,
            _pointer(path),
            "of one alternative only",
            shown(error.instance),
            _source(document, pointer, path, source),
        )
        return
    if all(
        any(each.validator == "type" and list(each.absolute_path) == path for each in branch) for branch in by_branch.values()
    ):
        kinds = [
            _expected("type", each.validator_value)
            for branch in by_branch.values()
            for each in branch
            if each.validator == "type"
        ]
        yield Finding(ANOTHER_TYPE, _pointer(path), " or ".join(dict.fromkeys(kinds)), shown(error.instance),
                      _source(document, pointer, path, source))  # fmt: skip
        return
    nearest = min(
        by_branch.values(), key=lambda branch: (any(list(each.absolute_path) == path for each in branch), len(branch))
    )
    for each in nearest:
        yield from _findings(document, pointer, each, source)


def _expected(word: str, must: Any) -> str:
    if word == "type":
        return " or ".join(_TYPES.get(each, str(each)) for each in ([must] if isinstance(must, str) else must))
    if word == "format":
        return "a valid URL" if must == "uri" else f"of format {must}"
    if word == "enum":
        return "one of " + ", ".join(shown(each) for each in must)
    phrase = _PHRASES.get(word)
    return phrase.format(shown(must)) if phrase else f"as {word} says: {shown(must)}"


def _unknown(document: Document, pointer: str, value: Mapping[str, Any], source: str) -> Iterator[Finding]:
    """Members of the answer itself that an open schema has no word for: no mistake, but news."""
    schema = mapping(_at(document, pointer))
    known = mapping(schema.get("properties"))
    if (
        known
        and schema.get("additionalProperties", True) is True
        and not any(each in schema for each in ("allOf", "patternProperties"))
    ):
        for name in value:
            if name not in known:
                yield Finding(ADDS, f"/{escaped(name)}", "a member of the page", shown(value[name]), source)


@lru_cache(maxsize=512)
def _validator(document: Document, pointer: str) -> Any:
    from jsonschema import Draft202012Validator, FormatChecker
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    formats = FormatChecker(formats=())
    formats.checks("uri")(_is_address)
    registry: Any = Registry()
    registry = registry.with_resource(_ROOT, DRAFT202012.create_resource(document.root))
    return Draft202012Validator({"$ref": f"{_ROOT}#{quote(pointer)}"}, registry=registry, format_checker=formats)


def _is_fine(document: Document, pointer: str, value: Any) -> bool:
    """Whether the fast engine finds nothing; where it cannot say, the other one is asked, which also says what is wrong."""
    fast = _fast(document, pointer)
    try:
        return fast is not None and bool(fast.is_valid(value))
    except ValueError:  # a number beyond what it knows
        return False


@lru_cache(maxsize=512)
def _fast(document: Document, pointer: str) -> Any:
    import jsonschema_rs

    try:
        whole = {**document.root, "$ref": f"#{quote(pointer)}"}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True, formats={"uri": _is_address})
    except Exception:  # noqa: BLE001 # whatever of a foreign document it cannot read: the other engine is asked then
        return None


def _is_address(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and value.isprintable() and " " not in value
    except ValueError:
        return False


def _source(document: Document, pointer: str, path: Iterable[Any], source: str) -> str:
    """Who promises it: the nearest clause on the way from the answer down to the value."""
    node: Any = _at(document, pointer)
    for part in path:
        node = mapping(node)
        below = node.get("items") if isinstance(part, int) else mapping(node.get("properties")).get(part)
        node = _resolved(document, below)
        source = mapping(mapping(node).get("x-mock")).get("source", source)
    return source


def _at(document: Document, pointer: str) -> Any:
    try:
        return _resolved(document, document.at(f"#{pointer}")) if pointer else document.root
    except ContractError:
        return {}


def _resolved(document: Document, node: Any) -> Any:
    try:
        return document.resolve(node)
    except ContractError:
        return {}


def _pointer(path: Iterable[Any]) -> str:
    return "".join(f"/{escaped(str(each))}" for each in path)


def _without_index(where: str) -> str:
    return "/".join("*" if each.isdigit() else each for each in where.split("/"))
