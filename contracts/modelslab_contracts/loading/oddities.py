"""What a strict reader would refuse in a foreign document, and we read all the same: one finding each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..document import ContractError, composed
from ..findings import Finding, shown
from ..json_pointer import escaped
from ..lint_openapi import why_invalid
from ..lint_subject import Problem, Subject, mapping

_IN_PATH = re.compile(r"\{([^{}]*)\}")
#: Cheap, before the slow way: a plain word that YAML 1.1 takes for true or false.
_MAYBE_WORD = re.compile(rb"(?mi)[:,\[-][ \t]*(?:yes|no|on|off)[ \t]*(?:[,\]}#]|$)")
_WORDS = ("yes", "no", "on", "off")
_BOUNDS = ("exclusiveMinimum", "exclusiveMaximum")
#: Words that leave it plain whether a value is valid.
_PLAIN = frozenset({"type", "default", "enum", "minimum", "maximum", "description", "title", "example", "examples"})
_HELD = ("examples", "example", "default", "const", "enum")


def oddities(subject: Subject) -> list[Finding]:
    """Everything odd, in the order of the file. `where` is file:line and a JSON pointer."""
    found = dict.fromkeys(problem for check in CHECKS for problem in check(subject))
    document = subject.document
    placed = sorted(((document.line_of(each.pointer), each) for each in found), key=lambda each: each[0])
    return [
        Finding(each.rule, f"{document.file}:{line} {each.pointer}".rstrip(), each.expected, each.got, each.source, each.hint)
        for line, each in placed
    ]


def _path_parameters(subject: Subject) -> Iterator[Problem]:
    for pointer, path, node in subject.operations:
        if not path:
            continue
        item = subject.resolved(mapping(subject.root.get("paths")).get(path))
        listed = [*_list(item.get("parameters")), *_list(node.get("parameters"))]
        declared = {str(each.get("name")) for each in map(subject.resolved, listed) if each.get("in") == "path"}
        for name in _IN_PATH.findall(path):
            if name not in declared:
                hint = "read as text"
                yield Problem("document/path-parameter-undeclared", pointer, f"a declaration of {{{name}}}", "none", hint=hint)


def _in_schemas(subject: Subject) -> Iterator[Problem]:
    """Defaults and examples inside schemas."""
    for pointer, schema, _, _ in subject.schemas:
        node = mapping(schema)
        if "default" in node and (why := _broken(subject, pointer, node, node["default"])):
            rule = "document/default-breaks-schema"
            yield Problem(rule, f"{pointer}/default", "valid under its own schema", why, "JSON Schema")
        given = {f"examples/{index}": each for index, each in enumerate(_list(node.get("examples")))}
        yield from _examples(
            subject, pointer, given | ({"example": node["example"]} if "example" in node else {}), pointer, node
        )


def _beside_schemas(subject: Subject) -> Iterator[Problem]:
    """Examples of bodies and answers, which stand beside a schema."""
    for pointer, media in _medias(subject):
        below, schema = subject.followed(f"{pointer}/schema", media.get("schema"))
        named = mapping(media.get("examples")).items()
        given = {f"examples/{escaped(name)}/value": mapping(each)["value"] for name, each in named if "value" in mapping(each)}
        if "example" in media:
            given["example"] = media["example"]
        if schema:
            yield from _examples(subject, pointer, given, below, schema)


def _examples(subject: Subject, pointer: str, given: dict[str, Any], below: str, schema: Any) -> Iterator[Problem]:
    for key, value in given.items():
        if why := _broken(subject, below, schema, value):
            rule = "document/example-breaks-schema"
            yield Problem(rule, f"{pointer}/{key}", "valid under its schema", why, "JSON Schema")


def _broken(subject: Subject, pointer: str, node: Any, value: Any) -> str:
    if value is None and mapping(node).get("nullable") is True:
        return ""
    if _is_plainly_valid(mapping(node), value):
        return ""
    return why_invalid(subject, pointer, value)


def _is_plainly_valid(node: Mapping[str, Any], value: Any) -> bool:
    """Whether it takes no engine to see that a value is valid: engines take their time, and most defaults are plain."""
    if not node.keys() <= _PLAIN:
        return False
    kind, least, most = node.get("type"), node.get("minimum"), node.get("maximum")
    if isinstance(value, bool) or kind == "boolean":
        return isinstance(value, bool) and kind == "boolean" and "enum" not in node
    if isinstance(value, str):
        return kind == "string" and value in node.get("enum", [value])
    if not isinstance(value, int) or kind not in ("integer", "number") or "enum" in node:
        return False
    return all(each is None or isinstance(each, int) for each in (least, most)) and (
        (least is None or value >= least) and (most is None or value <= most)
    )


def _medias(subject: Subject) -> Iterator[tuple[str, Any]]:
    """The media types of every body and answer, each where it stands."""
    for pointer, _, node in subject.operations:
        places = {f"{pointer}/requestBody": node.get("requestBody")}
        for status, response in mapping(node.get("responses")).items():
            places[f"{pointer}/responses/{escaped(status)}"] = response
        for below, holder in places.items():
            place, target = subject.followed(below, holder)
            for kind, media in mapping(target.get("content")).items():
                yield f"{place}/content/{escaped(kind)}", mapping(media)


def _envelope(subject: Subject) -> Iterator[Problem]:
    servers = [mapping(each).get("url") for each in _list(subject.root.get("servers"))]
    nameless = [each for each in subject.operations if each.path and not isinstance(each.node.get("operationId"), str)]
    if not servers and subject.items:
        hint = "its paths are taken as they stand"
        yield Problem("document/no-servers", "", "a document with servers", "none", hint=hint)
    if nameless:
        several = f"{len(nameless)} of {len([each for each in subject.operations if each.path])} without one"
        yield Problem("document/no-operation-id", nameless[0].pointer, "operations with an operationId", several)
    for url in servers:
        before = urlsplit(str(url)).path.rstrip("/")
        for item in subject.items:
            if overlap(before, item.path):
                got = f"{url} before {item.path}"
                hint = f"read as {joined(before, item.path)}"
                expected = "a path that the server's URL does not hold already"
                yield Problem("document/server-holds-path", item.pointer, expected, got, hint=hint)


def overlap(before: str, path: str) -> int:
    """How many characters at the end of a server's path the call's path repeats; a whole number of parts."""
    parts = before.split("/")
    for first in range(1, len(parts)):
        shared = "/" + "/".join(parts[first:])
        if path == shared or path.startswith(shared + "/"):
            return len(shared)
    return 0


def joined(before: str, path: str) -> str:
    """The path of a call behind the path of its server, without what both hold."""
    shared = overlap(before, path)
    return (before[:-shared] if shared else before) + path


def _versions_mixed(subject: Subject) -> Iterator[Problem]:
    """Keywords of 3.0 in a document that says 3.1, and the other way round: each read as it is meant."""
    for pointer, schema, _, _ in subject.schemas:
        node = mapping(schema)
        if "nullable" in node and not subject.is_old:
            got = f"nullable: {shown(node['nullable'])}"
            yield Problem("document/nullable", f"{pointer}/nullable", "type: [..., 'null'] in 3.1", got)
        for flag in _BOUNDS:
            if isinstance(node.get(flag), bool) and not subject.is_old:
                got = f"{flag}: {shown(node[flag])}"
                yield Problem("document/exclusive-bound", f"{pointer}/{flag}", "a number in 3.1", got)
            if isinstance(node.get(flag), (int, float)) and not isinstance(node[flag], bool) and subject.is_old:
                got = f"{flag}: {shown(node[flag])}"
                yield Problem("document/exclusive-bound", f"{pointer}/{flag}", "true or false in 3.0", got)


def _references(subject: Subject) -> Iterator[Problem]:
    def walk(node: Any, pointer: str) -> Iterator[Problem]:
        for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
            below = f"{pointer}/{escaped(str(key))}"
            if key == "$ref" and isinstance(value, str):
                try:
                    subject.document.resolve({"$ref": value})
                except ContractError as problem:
                    expected = "a reference to something in this document"
                    yield Problem("document/dangling-reference", below, expected, problem.problem, hint="read as anything")
            elif key not in _HELD:
                yield from walk(value, below)

    yield from walk(subject.root, "")


def _words_for_booleans(subject: Subject) -> Iterator[Problem]:
    """Plain yes and no, which readers of YAML 1.1 take for true and false; here they stay words."""
    text = subject.document.text
    if text.lstrip().startswith(b"{") or not _MAYBE_WORD.search(text):
        return
    import yaml

    def walk(node: Any, pointer: str) -> Iterator[Problem]:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield from walk(value, f"{pointer}/{escaped(str(key.value))}")
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                yield from walk(value, f"{pointer}/{index}")
        elif isinstance(node, yaml.ScalarNode) and not node.style and node.value.lower() in _WORDS and _is_value(pointer):
            expected = f'written as "{node.value}"'
            hint = "read as a word; YAML 1.1 reads it as true or false"
            yield Problem("document/plain-yes-no", pointer, expected, f"a plain {node.value}", hint=hint)

    yield from walk(composed(text), "")


def _is_value(pointer: str) -> bool:
    """Whether a scalar stands where a schema holds values, rather than a text such as a description."""
    parts = pointer.split("/")
    return any(each in _HELD for each in parts[-2:]) or "example" in parts or "examples" in parts


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


CHECKS: tuple[Callable[[Subject], Iterator[Problem]], ...] = (
    _envelope,
    _path_parameters,
    _references,
    _versions_mixed,
    _words_for_booleans,
    _in_schemas,
    _beside_schemas,
)
