"""Judge an answer: which branch of the contract was meant, and what is wrong with it, each problem as one sentence.

An answer is known by its `status` word, so it is never said that something matches no alternative: the branch that was meant
is named, and what it lacks of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from .bases import addresses, bare
from .document import ContractError
from .endpoint import Call, Endpoint
from .findings import Finding, shown
from .json_pointer import escaped
from .lint_subject import mapping
from .response_problems import problems_of

#: Where refusals begin.
_REFUSALS = 400
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<")


class Branch(NamedTuple):
    """One alternative of an answer: the status words that it is known by (none: any), where it stands, and its schema."""

    words: tuple[str, ...]
    pointer: str
    schema: Mapping[str, Any]


class Promise(NamedTuple):
    """What a call promises of one HTTP status: the alternatives, and the media types; none of either: any."""

    branches: tuple[Branch, ...]
    media_types: tuple[str, ...]
    source: str


class Answered(NamedTuple):
    """An answer that was read. `word` is its status word ("" for none), `branch` the one that was meant (None: none is known),
    `body` the object that came (None: nobody can read it, or it came cut).
    """

    status: int
    word: str
    body: Mapping[str, Any] | None
    branch: Branch | None
    findings: tuple[Finding, ...]


def read_answer(
    endpoint: Endpoint, call: Call, status: int, media_type: str | None, raw: bytes, *, is_cut: bool = False
) -> Answered:
    """An answer with everything that is wrong with it.

    `media_type` is its Content-Type header (None where headers were not kept); `is_cut` says that what is here of the body is
    not all that came, so that nothing can be said of it.
    """
    promise = promise_of(endpoint, call, status)
    found: list[Finding] = []
    if promise is None and _speaks_of(status, endpoint, call):
        told = f"HTTP {_one_of(sorted(map(str, responses_of(endpoint, call))))}"
        found.append(Finding("server/answers-with-an-undeclared-status", "", told, f"HTTP {status}", call.clause.source))
    body = _parsed(raw)
    if body is None:
        if not is_cut:
            found.append(Finding("server/answers-with-no-json", "", "a JSON object", _kind(raw), _source(promise, call)))
        return Answered(status, "", None, None, tuple(found))
    if media_type is not None and not _is_promised(media_type, promise):
        must = _one_of(promise.media_types) if promise and promise.media_types else "application/json"
        found.append(
            Finding("server/answers-in-another-media-type", "", must, media_type or "no Content-Type", _source(promise, call))
        )
    given = body.get("status")
    word = given if isinstance(given, str) else ""
    if promise is None or not promise.branches:
        return Answered(status, word, body, None, tuple(found))
    known = [each for each in promise.branches if not each.words or word in each.words]
    if not known:
        found.append(_unknown_word(promise, body, call, status))
        return Answered(status, word, body, None, tuple(found))
    judged = [(problems_of(endpoint.document, each.pointer, body, promise.source), each) for each in known]
    problems, branch = min(judged, key=lambda each: len(each[0]))
    return Answered(status, word, body, branch, (*found, *problems))


def responses_of(endpoint: Endpoint, call: Call) -> Mapping[str, Any]:
    """What the document declares for a call, by HTTP status; 200 alone where the call cannot be found in it."""
    _, item = _item(endpoint, call)
    for node in item.values():
        if isinstance(node, dict) and "responses" in node and node.get("operationId", call.operation_id) == call.operation_id:
            return {str(code): each for code, each in mapping(node["responses"]).items()}
    return {str(code): {} for code in call.statuses}


def _speaks_of(status: int, endpoint: Endpoint, call: Call) -> bool:
    """Whether the document can be held to a status that it does not declare: many a foreign one shows no refusal at all."""
    return status < _REFUSALS or any(code[:1] in "45" for code in responses_of(endpoint, call))


def _item(endpoint: Endpoint, call: Call) -> tuple[str, Mapping[str, Any]]:
    """The path under which a call stands in its document, and what stands there: a part of its address may be the server's."""
    root = endpoint.document.root
    for path, node in mapping(root.get("paths")).items():
        if path == call.path:
            return path, mapping(_resolved(endpoint, node))
        if not bare(call.path).endswith(bare(path)):
            continue
        item = mapping(_resolved(endpoint, node))
        servers = [*addresses(root), *addresses(item), *(url for each in item.values() for url in addresses(mapping(each)))]
        if any(bare(urlsplit(url).path + path) == bare(call.path) for url in servers):
            return path, item
    return call.path, {}


@lru_cache(maxsize=1024)
def promise_of(endpoint: Endpoint, call: Call, status: int) -> Promise | None:
    """What is promised of an HTTP status; None where it is not declared."""
    declared = responses_of(endpoint, call)
    code = next(
        (each for each in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default") if each in declared), None
    )
    if code is None:
        return None
    pointer, node = _followed(endpoint, _pointer(endpoint, call, code), declared[code])
    content = mapping(mapping(node).get("content"))
    branches: list[Branch] = []
    for media, each in content.items():
        if _is_json(media) and isinstance(each, dict) and "schema" in each:
            branches += _branches(endpoint, f"{pointer}/content/{escaped(media)}/schema", each["schema"])
    source = mapping(mapping(node).get("x-mock")).get("source", call.clause.source)
    return Promise(tuple(branches), tuple(content), str(source))


def _branches(endpoint: Endpoint, pointer: str, schema: Any) -> Iterator[Branch]:
    """The alternatives of a schema, nested ones unfolded; each with the words that its `status` may be."""
    pointer, node = _followed(endpoint, pointer, schema)
    node = mapping(node)
    listed = next((word for word in ("oneOf", "anyOf") if _tells_apart(endpoint, node.get(word))), None)
    if listed is not None:
        for index, each in enumerate(node[listed]):
            yield from _branches(endpoint, f"{pointer}/{listed}/{index}", each)
        return
    status = mapping(_resolved(endpoint, mapping(node.get("properties")).get("status")))
    words = [status["const"]] if "const" in status else status.get("enum", [])
    yield Branch(tuple(each for each in words if isinstance(each, str)), pointer, node)


def _tells_apart(endpoint: Endpoint, listed: Any) -> bool:
    """Whether alternatives are different answers: each says something of its own properties."""
    return isinstance(listed, list) and all("properties" in mapping(_resolved(endpoint, each)) for each in listed)


def _unknown_word(promise: Promise, body: Mapping[str, Any], call: Call, status: int) -> Finding:
    words = list(dict.fromkeys(word for each in promise.branches for word in each.words))
    source = promise.source or call.clause.source
    if "status" not in body:
        return Finding("server/leaves-out-a-required-member", "/status", _one_of(words), "absent", source)
    hint = f"with HTTP {status}" if status != 200 else ""
    return Finding("server/says-an-unknown-status-word", "/status", _one_of(words), shown(body["status"]), source, hint)


def _parsed(raw: bytes) -> Mapping[str, Any] | None:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def _kind(raw: bytes) -> str:
    """What came in place of an object, in words that hold nothing of it but its kind."""
    if not raw.strip():
        return "an empty body"
    if raw.lstrip()[:9].lower().startswith(_MARKUP):
        return "a page of markup"
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as problem:
        return f"text that is no JSON (line {problem.lineno} column {problem.colno})"
    return {list: "a list", str: "a text", type(None): "null"}.get(type(value), "a number or truth value")


def _is_json(media_type: str) -> bool:
    kind = media_type.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json") or kind == "*/*"


def _is_promised(media_type: str, promise: Promise | None) -> bool:
    kind = media_type.partition(";")[0].strip().lower()
    return _is_json(kind) or bool(promise and kind in promise.media_types)


def _one_of(words: Any) -> str:
    listed = list(words)
    return " or ".join((", ".join(listed[:-1]), listed[-1])) if len(listed) > 1 else "".join(listed)


def _source(promise: Promise | None, call: Call) -> str:
    return promise.source if promise else call.clause.source


def _pointer(endpoint: Endpoint, call: Call, code: str) -> str:
    path, item = _item(endpoint, call)
    method = next((name for name, each in item.items() if isinstance(each, dict) and "responses" in each), "post")
    return f"/paths/{escaped(path)}/{method}/responses/{code}"


def _followed(endpoint: Endpoint, pointer: str, node: Any) -> tuple[str, Any]:
    """A node after its references, and the pointer to where it really stands."""
    seen = 0
    while isinstance(node, dict) and isinstance(node.get("$ref"), str) and seen < 32:
        pointer, seen = node["$ref"][1:], seen + 1
        try:
            node = endpoint.document.at(node["$ref"])
        except ContractError:
            return pointer, {}
    return pointer, node


def _resolved(endpoint: Endpoint, node: Any) -> Any:
    return _followed(endpoint, "", node)[1]
