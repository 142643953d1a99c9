"""A document as a server that follows it would read: which call a request is, what is wrong with it, and with its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ..bases import addresses, bare, base_of, moved_bases
from ..body import Body, parse_body
from ..contract import endpoint_of
from ..document import ContractError, Document
from ..endpoint import Endpoint
from ..exchange import Exchange
from ..findings import Finding
from ..json_pointer import escaped
from ..lint_subject import METHODS, Place, Subject, mapping
from ..loading.meaning import meant
from ..profiles import PROFILES
from ..request import read_request
from ..response import read_answer
from ..response_problems import clauses_broken
from .bodies import JSON, NO_JSON, json_of, media_of, media_type_of, typed

_SLOT = re.compile(r"\{[^}]*\}")
_PROFILE = PROFILES["documented"]


class At(NamedTuple):
    """A call of a document: its path and method, where it stands, and the operation with its path item."""

    path: str
    method: str
    pointer: str
    node: Mapping[str, Any]
    item: Mapping[str, Any]

    @property
    def name(self) -> str:
        """As the differ names it."""
        return f"{self.path} {self.method}"


class Service:
    """One version of a document. Of one that is ours, orders are read as the emulator reads them: coerced, capped, excused."""

    def __init__(self, subject: Subject) -> None:
        written = subject.document
        self.name = written.name
        self.document = Document(written.name, written.file, written.text, meant(dict(subject.root)))
        self._compared: Service | None = None
        self._moved = ("", "")
        self._bases = [base for each in addresses(subject.root) if (base := base_of(each))]

    @cached_property
    def endpoint(self) -> Endpoint | None:
        """The endpoint that the document declares, where it declares one."""
        try:
            return endpoint_of(self.document)
        except ContractError:
            return None

    @cached_property
    def calls(self) -> tuple[At, ...]:
        """Every call, those without a parameter in their path first."""
        found: list[At] = []
        for path, node in mapping(self.document.root.get("paths")).items():
            pointer, item = self._followed(f"/paths/{escaped(path)}", node)
            found += [
                At(path, each.upper(), f"{pointer}/{each}", item[each], item)
                for each in METHODS
                if isinstance(item.get(each), dict)
            ]
        return tuple(sorted(found, key=lambda each: each.path.count("{")))

    def find(self, exchange: Exchange) -> At | None:
        """The call that an exchange is; a path may begin with that of a server."""
        paths = [exchange.path.rstrip("/") or "/"]
        paths += [paths[0][len(base) :] or "/" for base in self._bases if paths[0].startswith(base + "/")]
        for each in self.calls:
            pattern = "[^/]+".join(map(re.escape, _SLOT.split(each.path.rstrip("/") or "/")))
            if each.method == exchange.method and any(re.fullmatch(pattern, path) for path in paths):
                return each
        return None

    def selects(self, at: At, exchange: Exchange) -> bool | None:
        """Whether its selector chooses an order; None for one without a selector, and for calls that are no orders."""
        selector = self.endpoint.selector if self.endpoint and self.endpoint.submit.path == at.path else None
        if selector is None:
            return None
        read = parse_body(media_type_of(exchange), exchange.request_body, "", _PROFILE)
        value = read.fields.get(selector[0]) if isinstance(read, Body) else None
        return isinstance(value, str) and bool(selector[1].search(value))

    def part(self, at: At) -> str:
        """The part of a call in the life of a job: submit, fetch by path, fetch by body; "" where that is not declared."""
        for each in self.endpoint.calls if self.endpoint else ():
            if each.path == at.path and each.kind != "plain":
                return f"{each.kind} {each.id_in or ''}".rstrip()
        return ""

    def partner(self, other: Service, at: At) -> At | None:
        """The call of this document that is a call of another one: at the same address, or with the same part in a job."""
        found = next((each for each in self.calls if each.method == at.method and self.is_at(each, other, at)), None)
        part = other.part(at)
        if found is None and part:
            kinds = {self.part(each): each for each in self.calls}
            found = kinds.get(part) or next((each for kind, each in kinds.items() if kind[:5] == part[:5] == "fetch"), None)
        return found

    def is_at(self, mine: At, other: Service, at: At) -> bool:
        """Whether a call of this document has the address of a call of another one."""
        if other is not self._compared:
            self._compared, self._moved = other, moved_bases(other.document.root, self.document.root)
        was, became = self._moved
        return bare(became + mine.path) == bare(was + at.path)

    def request_problems(self, at: At, exchange: Exchange) -> tuple[Finding, ...]:
        """Everything for which a request is refused."""
        if self.endpoint is not None and self.endpoint.submit.path == at.path:
            query = exchange.query if self.endpoint.submit.reads_query else ""
            body = parse_body(media_type_of(exchange), exchange.request_body, query, _PROFILE)
            if isinstance(body, Finding):
                return (body,)
            return read_request(self.endpoint, body.fields, _PROFILE, body.is_form).problems
        return (*self._parameters(at, exchange), *self._body(at, exchange))

    def answer_problems(self, at: At, exchange: Exchange) -> tuple[Finding, ...]:
        """Everything that the document does not allow in an answer."""
        if exchange.answer == "reset":
            return ()
        headers = dict(exchange.reply_headers)
        for call in self.endpoint.calls if self.endpoint else ():
            if call.path == at.path:
                kind = headers.get("content-type") if headers else None
                assert self.endpoint is not None
                told = read_answer(self.endpoint, call, exchange.status, kind, exchange.reply_body)
                return tuple(each for each in told.findings if not each.rule.endswith("no-page-has"))
        declared = {str(code): each for code, each in mapping(at.node.get("responses")).items()}
        code = next((each for each in (str(exchange.status), f"{exchange.status // 100}XX", "default") if each in declared), "")
        if not code:
            return (_finding("", "one of " + ", ".join(declared), f"HTTP {exchange.status}"),)
        pointer, response = self._followed(f"{at.pointer}/responses/{code}", declared[code])
        content = mapping(response.get("content"))
        media = media_of(content, headers.get("content-type", JSON))
        value = json_of(exchange.reply_body)
        if media is None or value is NO_JSON:
            return () if not content else (_finding("", " or ".join(content), headers.get("content-type", "no Content-Type")),)
        return self._broken(f"{pointer}/content/{escaped(media)}/schema", content[media], value)

    def _parameters(self, at: At, exchange: Exchange) -> Iterator[Finding]:
        """What is wrong with the query; headers and cookies are masked or dropped by whoever records."""
        sent = dict(parse_qsl(exchange.query, keep_blank_values=True))
        for pointer, node in self._listed(at):
            if node.get("in") != "query":
                continue
            name = str(node.get("name"))
            if name not in sent:
                if node.get("required") is True:
                    yield _finding(f"/{name}", "present in the query", "absent")
                continue
            schema = self._resolved(node.get("schema"))
            if schema:
                for each in clauses_broken(self.document, f"{pointer}/schema", typed(sent[name], schema), ""):
                    yield each._replace(where=f"/{name}{each.where}")

    def _listed(self, at: At) -> list[Place]:
        item = at.pointer.rpartition("/")[0]
        return [
            self._followed(f"{where}/parameters/{index}", each)
            for where, node in ((item, at.item), (at.pointer, at.node))
            for index, each in enumerate(node["parameters"] if isinstance(node.get("parameters"), list) else ())
        ]

    def _body(self, at: At, exchange: Exchange) -> tuple[Finding, ...]:
        pointer, node = self._followed(f"{at.pointer}/requestBody", at.node.get("requestBody"))
        content = mapping(node.get("content"))
        if not exchange.request_body:
            return (_finding("", "a body", "none"),) if node.get("required") is True else ()
        if not content:
            return ()
        media = media_of(content, media_type_of(exchange))
        if media is None:
            return (_finding("", " or ".join(content), media_type_of(exchange) or "no Content-Type"),)
        where = f"{pointer}/content/{escaped(media)}/schema"
        if "json" in media or media == "*/*":
            value = json_of(exchange.request_body)
            return (_finding("", "JSON", "something else"),) if value is NO_JSON else self._broken(where, content[media], value)
        read = parse_body(media_type_of(exchange), exchange.request_body, "", _PROFILE)
        if isinstance(read, Finding):
            return (read,)
        schemas = mapping(self._resolved(mapping(content[media]).get("schema")).get("properties"))
        fields = {name: typed(each, self._resolved(schemas.get(name))) for name, each in read.fields.items()}
        return self._broken(where, content[media], fields)

    def _broken(self, pointer: str, media: Any, value: Any) -> tuple[Finding, ...]:
        return clauses_broken(self.document, pointer, value, "") if "schema" in mapping(media) else ()

    def _followed(self, pointer: str, node: Any) -> Place:
        for _ in range(32):
            if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
                break
            try:
                pointer, node = node["$ref"][1:], self.document.at(node["$ref"])
            except ContractError:
                return pointer, {}
        return pointer, mapping(node)

    def _resolved(self, node: Any) -> Mapping[str, Any]:
        return self._followed("", node)[1]


def _finding(where: str, expected: str, got: str) -> Finding:
    return Finding("usage/refused-now", where, expected, got, "")
