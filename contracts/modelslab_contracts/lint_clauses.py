"""Does a contract of ours say of every promise where it comes from? The checks that only hold where x-mock is spoken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .document import ContractError, words_in
from .findings import shown
from .json_pointer import escaped
from .lifecycle import lifecycle_of
from .lint_openapi import why_invalid
from .lint_subject import Operation, Place, Problem, Subject, mapping
from .nearest import did_you_mean
from .vocabulary import FACTS, WORDS, problem_with

#: Words of `assumed` that are no keyword of the schema itself, and when they hold.
_BESIDE_KEYWORDS = {
    "nullable": lambda schema: "null" in _texts(mapping(schema.node).get("type")),
    "required": lambda schema: schema.name in _texts(mapping(schema.parent).get("required")),
}


def _ours(rule: str, pointer: str, expected: str, got: str, hint: str = "") -> Problem:
    return Problem(f"spec/{rule}", pointer, expected, got, "x-mock vocabulary", hint)


def unknown_words(subject: Subject) -> Iterator[Problem]:
    """Every x-mock uses only words of the vocabulary, with values of their form."""
    for pointer, words in words_in(subject.root):
        if not isinstance(words, dict):
            yield _ours("unknown-word", pointer, "a mapping of words", shown(words))
        for word, value in mapping(words).items():
            below = f"{pointer}/{escaped(word)}"
            if word not in WORDS:
                hint = did_you_mean(word, WORDS).removeprefix("; ")
                yield _ours("unknown-word", below, "a word of the vocabulary", repr(word), hint)
            elif problem_with({word: value}):
                yield _ours("unknown-word", below, WORDS[word][2], shown(value))


def sources(subject: Subject) -> Iterator[Problem]:
    """Every property, operation and response says where it comes from and how sure that is."""
    for pointer, words in _clauses(subject) if subject.is_ours else ():
        missing = [word for word in ("source", "certainty") if not words.get(word)]
        if missing:
            yield _ours(
                "clause-without-source", pointer, "a clause with source and certainty", f"no {' and no '.join(missing)}"
            )


def _clauses(subject: Subject) -> Iterator[Place]:
    for schema in subject.schemas:
        if schema.name:
            yield schema.pointer, subject.words(schema.node)
    for pointer, path, node in subject.operations:
        yield pointer, subject.words(node)
        # A callback's responses are the receiver's; nobody here promises them.
        for status, response in mapping(node.get("responses")).items() if path else ():
            place, target = subject.followed(f"{pointer}/responses/{escaped(status)}", response)
            yield place, mapping(target.get("x-mock"))


def assumptions(subject: Subject) -> Iterator[Problem]:
    """What is assumed has a reason, and names keywords that are really there."""
    for schema in subject.schemas:
        words = mapping(mapping(schema.node).get("x-mock"))
        pointer = f"{schema.pointer}/x-mock"
        if words.get("assumed") and not words.get("why"):
            yield _ours("assumed-without-why", pointer, "a clause that says why", "no why")
        for index, keyword in enumerate(_texts(words.get("assumed"))):
            holds = _BESIDE_KEYWORDS.get(keyword)
            if not (holds(schema) if holds else keyword in schema.node):
                yield _ours("assumed-without-keyword", f"{pointer}/assumed/{index}", "a keyword of the schema", repr(keyword))


def excuses(subject: Subject) -> Iterator[Problem]:
    """Every excused value breaks its schema; one that does not is excused for nothing."""
    for schema in subject.schemas:
        excused = mapping(mapping(schema.node).get("x-mock")).get("excused")
        for index, value in enumerate(excused if isinstance(excused, list) else ()):
            if not why_invalid(subject, schema.pointer, value):
                pointer = f"{schema.pointer}/x-mock/excused/{index}"
                yield _ours("stale-excuse", pointer, "a value that breaks its schema", shown(value))


def answers(subject: Subject) -> Iterator[Problem]:
    """Every answer is known by a constant status, and each of its fields is filled from something that exists."""
    if not subject.is_ours:
        return
    requests = [body for each in subject.operations if each.path for _, body in _requested(subject, each)]
    ordered = {name for body in requests for name in mapping(body.get("properties"))} - {"key"}
    walked: set[str] = set()
    for operation in subject.operations:
        # What a call answers is what its callback asks: the server sends both.
        sent = _answered(subject, operation) if operation.path else _requested(subject, operation)
        for pointer, schema in (branch for place, body in sent for branch in _branches(subject, place, body)):
            status = subject.resolved(mapping(schema.get("properties")).get("status")).get("const")
            if not isinstance(status, str):
                yield _ours("answer-without-status", pointer, "an answer with a constant status", shown(status))
            yield from _fields(subject, (pointer, schema), ordered, walked)


def _requested(subject: Subject, operation: Operation) -> Iterator[Place]:
    return subject.bodies(f"{operation.pointer}/requestBody", operation.node.get("requestBody"))


def _answered(subject: Subject, operation: Operation) -> Iterator[Place]:
    for status, response in mapping(operation.node.get("responses")).items():
        yield from subject.bodies(f"{operation.pointer}/responses/{escaped(status)}", response)


def _branches(subject: Subject, pointer: str, schema: Mapping[str, Any]) -> Iterator[Place]:
    choices = schema.get("oneOf")
    if not isinstance(choices, list):
        yield pointer, schema
        return
    for index, each in enumerate(choices):
        yield subject.followed(f"{pointer}/oneOf/{index}", each)


def _fields(subject: Subject, place: Place, ordered: set[str], walked: set[str]) -> Iterator[Problem]:
    pointer, schema = place
    if pointer in walked:
        return
    walked.add(pointer)
    for name, node in mapping(schema.get("properties")).items():
        below = f"{pointer}/properties/{escaped(name)}"
        field = subject.resolved(node)
        space, _, fact = str(mapping(field.get("x-mock")).get("from", "")).partition(".")
        known = ordered if space == "order" else FACTS.get(space, (fact,))  # another space is an unknown word already
        if fact not in known:
            hint = did_you_mean(fact, known).removeprefix("; ")
            to = "a field of the request" if space == "order" else f"a fact of the {space}"
            yield _ours("binding-leads-nowhere", f"{below}/x-mock/from", f"bound to {to}", repr(fact), hint)
        if space or "const" in field or "default" in field:
            continue
        if "properties" in field:
            yield from _fields(subject, subject.followed(below, node), ordered, walked)
        else:
            yield _ours("answer-without-value", below, "a field with a binding, a constant or a default", "none")


def lifecycle(subject: Subject) -> Iterator[Problem]:
    """One submit call links to its fetch calls. A foreign document need not say so: it is only noted."""
    rule = "no-lifecycle" if subject.is_ours else "lifecycle-not-declared"
    expected = "one submit call with links to its fetch calls"
    try:
        lifecycle_of(subject.document)
    except ContractError as problem:
        yield _ours(rule, "", expected, problem.problem)
    except (AttributeError, KeyError, TypeError) as problem:  # a shape that the checks of OpenAPI already complain of
        yield _ours(rule, "", expected, f"a shape that cannot be read: {problem!r}"[:120])


def _texts(node: Any) -> list[str]:
    given = node if isinstance(node, list) else [node]
    return [each for each in given if isinstance(each, str)]
