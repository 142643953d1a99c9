"""Is the document OpenAPI? The checks that hold for every document, ours or not.

Schemas are judged by jsonschema, the rest by hand: the meta-schema of OpenAPI itself is a test's second opinion.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from .document import ContractError
from .findings import shown
from .json_pointer import escaped
from .lint_subject import Problem, Schema, Subject, is_data, mapping
from .repeated import repeated_names

INVALID = "spec/invalid-openapi"
_VERSION = re.compile(r"3\.[01]\.\d+")
_STATUS = re.compile(r"[1-5](\d\d|XX)|default")
_IN_PATH = re.compile(r"\{([^{}]*)\}")
#: Classes and groups on which engines disagree, unless the backslash is itself escaped.
#: Formats that no engine looks at, or all do in the same way.
_FORMATS = ("uri", "int64")
_AMBIGUOUS = re.compile(r"(?<!\\)(?:\\\\)*(\\[dDwWsSbB1-9]|\\k<|\(\?<?[=!])")


def keys(subject: Subject) -> Iterator[Problem]:
    """Keys are text, and no mapping has one twice."""
    for pointer in _untexted(subject.raw, ""):
        yield Problem(INVALID, pointer, "a text key (quote it)", repr(pointer.rpartition("/")[2]))
    for pointer, name, _ in repeated_names(subject.document.text):
        yield Problem("spec/duplicate-key", pointer, "given once", f"{name!r} given again")


def head(subject: Subject) -> Iterator[Problem]:
    """The document has a version that we read, a title, a version of its own, and paths."""
    version = subject.root["openapi"]
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        yield Problem(INVALID, "/openapi", "3.0.x or 3.1.x, as text", shown(version))
    for name in ("title", "version"):
        if not isinstance(mapping(subject.root.get("info")).get(name), str):
            yield Problem(INVALID, "/info", f"an object with a text {name!r}", shown(subject.root.get("info")))
    if not isinstance(subject.root.get("paths"), dict):
        yield Problem(INVALID, "/paths", "an object", shown(subject.root.get("paths")))
    for item in subject.items:
        if not item.path.startswith("/"):
            yield Problem(INVALID, item.pointer, "a path that begins with /", repr(item.path))


def references(subject: Subject) -> Iterator[Problem]:
    """Every reference leads to something in the document."""
    known: dict[str, str] = {}
    for pointer, reference in _references(subject.root, ""):
        if reference not in known:
            known[reference] = _why_not_followed(subject, reference)
        if known[reference]:
            yield Problem(INVALID, pointer, "a reference to something in this document", known[reference])


def _why_not_followed(subject: Subject, reference: str) -> str:
    """Why a reference leads nowhere; "" where it leads somewhere."""
    try:
        subject.document.resolve({"$ref": reference})
    except ContractError as problem:
        return problem.problem
    return ""


def operations(subject: Subject) -> Iterator[Problem]:
    """Every operation has a name of its own and says what it answers."""
    names = Counter(str(each.node.get("operationId")) for each in subject.operations if "operationId" in each.node)
    for pointer, _, node in subject.operations:
        name = str(node.get("operationId"))
        if names[name] > 1:
            yield Problem(INVALID, f"{pointer}/operationId", "the only one of its name", f"{name!r}, {names[name]} times")
        responses = node.get("responses")
        if not isinstance(responses, dict) or not responses:
            yield Problem(INVALID, f"{pointer}/responses", "an object with a response", shown(responses))
        for status, response in mapping(responses).items():
            below = f"{pointer}/responses/{escaped(status)}"
            if not _STATUS.fullmatch(status) and not status.startswith("x-"):
                yield Problem(INVALID, below, "a status code, a range such as 2XX, or default", repr(status))
                continue
            place, target = subject.followed(below, response)
            if not isinstance(target.get("description"), str) and (target or "$ref" not in mapping(response)):
                yield Problem(INVALID, place, "a response with a description", "none")


def path_parameters(subject: Subject) -> Iterator[Problem]:
    """The parameters in a path's braces are declared, and those declared are in the braces."""
    for pointer, path, node in subject.operations:
        if not path:
            continue
        item = subject.resolved(subject.root["paths"][path])
        declared = {}
        for each in [*_list(item.get("parameters")), *_list(node.get("parameters"))]:
            parameter = subject.resolved(each)
            if parameter.get("in") == "path":
                declared[str(parameter.get("name"))] = parameter
        named = _IN_PATH.findall(path)
        for name in named:
            if mapping(declared.get(name)).get("required") is not True:
                yield Problem(INVALID, pointer, f"an operation that declares the path parameter {name!r} as required", "none")
        for name in declared:
            if name not in named:
                yield Problem(INVALID, pointer, f"under a path with {{{name}}}", path)


def schemas(subject: Subject) -> Iterator[Problem]:
    """Every schema is a valid JSON Schema, and its patterns are regular expressions."""
    judge = _metaschema(subject.is_old)
    for each in subject.outer:
        try:
            for error in judge.iter_errors(each.node):
                pointer = each.pointer + "".join(f"/{escaped(str(part))}" for part in error.absolute_path)
                yield Problem(INVALID, pointer, "a valid JSON Schema", error.message[:120], "JSON Schema")
        except RecursionError:
            yield Problem(INVALID, each.pointer, "a schema of fewer levels", "a deeply nested one", "JSON Schema")
    for schema in subject.schemas:
        for pointer, pattern in _patterns(schema):
            try:
                re.compile(pattern)
            except (re.error, OverflowError, RecursionError) as error:
                yield Problem(INVALID, pointer, "a regular expression", f"{shown(pattern)}: {error}", "JSON Schema")


def values(subject: Subject) -> Iterator[Problem]:
    """Every default, constant and listed value is valid under its own schema."""
    for pointer, node, _, _ in subject.schemas:
        given = {key: node[key] for key in ("default", "const") if key in mapping(node)}
        listed = {f"enum/{index}": each for index, each in enumerate(_list(mapping(node).get("enum")))}
        for key, value in {**given, **listed}.items():
            if value is None and mapping(node).get("nullable") is True:
                continue
            if problem := why_invalid(subject, pointer, value):
                yield Problem(INVALID, f"{pointer}/{key}", "valid under its own schema", problem, "JSON Schema")


def required_names(subject: Subject) -> Iterator[Problem]:
    """What a schema requires is among the properties that it (or a part of its allOf) names."""
    for pointer, node, _, _ in subject.schemas:
        if "properties" not in mapping(node):
            continue
        parts = [node, *(subject.resolved(each) for each in _list(node.get("allOf")))]
        names = {name for part in parts for name in mapping(part.get("properties"))}
        for index, name in enumerate(_list(node.get("required"))):
            if isinstance(name, str) and name not in names:
                yield Problem(INVALID, f"{pointer}/required/{index}", "the name of a property", repr(name))


def ambiguous_keywords(subject: Subject) -> Iterator[Problem]:
    """No keyword is used on which JSON Schema engines disagree. In a foreign document that is only a note."""
    rule = "spec/ambiguous-keyword" if subject.is_ours else "spec/engines-may-disagree"
    for schema in subject.schemas:
        node = mapping(schema.node)
        step = node.get("multipleOf")
        if isinstance(step, float) and not step.is_integer():
            yield Problem(rule, f"{schema.pointer}/multipleOf", "a whole number", shown(step), "JSON Schema engines")
        if isinstance(node.get("format"), str) and node["format"] not in _FORMATS:
            wanted = f"{', '.join(_FORMATS)} or absent"
            yield Problem(rule, f"{schema.pointer}/format", wanted, shown(node["format"]), "JSON Schema engines")
        for pointer, pattern in _patterns(schema):
            if found := _AMBIGUOUS.search(pattern):
                expected = "a pattern without \\d, \\w, \\s, \\b, lookarounds and backreferences"
                yield Problem(rule, pointer, expected, f"{found[1]} in {shown(pattern)}", "JSON Schema engines")


def why_invalid(subject: Subject, pointer: str, value: Any) -> str:
    """Why `value` breaks the schema at `pointer`; "" when it does not, or when nobody can say."""
    validator = _engine(subject.is_old)({"$ref": f"urn:document#{quote(pointer)}"}, registry=subject.registry)
    try:
        return next((f"{shown(value)}: {error.message[:120]}" for error in validator.iter_errors(value)), "")
    except Exception:  # noqa: BLE001 # whatever a broken schema does to the engine: its own check says that it is broken
        return ""


def _engine(is_old: bool) -> Any:
    from jsonschema import Draft4Validator, Draft202012Validator

    # Schemas of OpenAPI 3.0 are a cousin of draft 4: bounds are exclusive by a flag.
    return Draft4Validator if is_old else Draft202012Validator


@lru_cache(maxsize=2)
def _metaschema(is_old: bool) -> Any:
    engine = _engine(is_old)
    return engine(engine.META_SCHEMA)


def _patterns(schema: Schema) -> Iterator[tuple[str, str]]:
    node = mapping(schema.node)
    if isinstance(node.get("pattern"), str):
        yield f"{schema.pointer}/pattern", node["pattern"]
    for pattern in mapping(node.get("patternProperties")):
        yield f"{schema.pointer}/patternProperties/{escaped(pattern)}", pattern


def _references(node: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from _references(each, f"{pointer}/{index}")
    for key, value in mapping(node).items():
        if key == "$ref" and isinstance(value, str):
            yield f"{pointer}/$ref", value
        elif not is_data(pointer, key):
            yield from _references(value, f"{pointer}/{escaped(key)}")


def _untexted(node: Any, pointer: str) -> Iterator[str]:
    children: Any = enumerate(node) if isinstance(node, list) else mapping(node).items()
    for key, value in children:
        below = f"{pointer}/{escaped(str(key))}"
        if isinstance(node, dict) and not isinstance(key, str):
            yield below
        yield from _untexted(value, below)


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []
