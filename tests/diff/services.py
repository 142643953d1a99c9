"""Pairs of documents that differ in what they say of the service, or of a call beside its body."""

from __future__ import annotations

from typing import Any

from .documents import document

PLAIN = document()
_BEARER = {"type": "http", "scheme": "bearer"}
_IN_HEADER = {"type": "apiKey", "in": "header", "name": "X-Key"}
_IN_QUERY = {"type": "apiKey", "in": "query", "name": "key"}
SIGNED = {
    "type": "oauth2",
    "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {"draw": "Draw.", "look": "Look."}}},
}
_WITH_KEY = {"type": "object", "properties": {"key": {"type": "string"}}}
_FREE = {"type": "object", "properties": {}}


def _servers(*urls: str) -> dict[str, Any]:
    return PLAIN | {"servers": [{"url": each} for each in urls]}


def _at(url: str, path: str) -> dict[str, Any]:
    return _servers(url) | {"paths": {path: PLAIN["paths"]["/draw"]}}


def _secured(needs: list[dict[str, list[str]]], asks: Any = _FREE, **schemes: Any) -> dict[str, Any]:
    return document(asks=asks, security=needs) | {"components": {"securitySchemes": schemes}}


def _limits(**limits: Any) -> dict[str, Any]:
    return PLAIN | {"x-limits": limits}


def _version(text: str) -> dict[str, Any]:
    return PLAIN | {"info": {"title": "T", "version": text}}


def _call(**more: Any) -> dict[str, Any]:
    return document(**more)


_OPEN = _secured([])
_ONE = _secured([{"a": []}], a=_BEARER)

#: rule, old, new, rule of the way back ("" for none, with a reason in WAIVED)
SERVICES: list[tuple[str, Any, Any, str]] = [
    ("base-url-changed", _servers("https://a.example"), _servers("https://b.example"), "base-url-changed"),
    ("base-url-changed", _servers("https://a.example/v1"), _servers("https://a.example/v2"), "base-url-changed"),
    ("base-url-changed", _servers("https://a.example/v1"), _at("https://b.example", "/v1/draw"), "base-url-changed"),
    ("server-removed", _servers("https://a.example", "https://b.example"), _servers("https://b.example/"), "server-added"),
    ("security-added", _OPEN, _ONE, "security-removed"),
    ("security-changed", _ONE, _secured([{"a": []}], a={"type": "http", "scheme": "basic"}), "security-changed"),
    ("security-changed", _ONE, _secured([{"a": [], "b": []}], a=_BEARER, b=_IN_HEADER), "security-removed"),
    (
        "scope-added",
        _secured([{"s": ["draw"]}], s=SIGNED),
        _secured([{"s": ["draw", "look"]}], s=SIGNED),
        "scope-removed",
    ),
    (
        "security-alternative-added",
        _ONE,
        _secured([{"a": []}, {"b": []}], a=_BEARER, b=_IN_HEADER),
        "security-changed",
    ),
    ("key-moved", _secured([{"k": []}], k=_IN_HEADER), _secured([{"k": []}], k=_IN_QUERY), "key-moved"),
    ("limit-lowered", _limits(requests_per_minute=60), _limits(requests_per_minute=30), "limit-raised"),
    ("limit-added", PLAIN, _limits(timeout_seconds=30), "limit-removed"),
    ("limit-lowered", _call(**{"x-limits": {"result_hours": 24}}), _call(**{"x-limits": {"result_hours": 1}}), "limit-raised"),
    ("version-lowered", _version("1.3.0"), _version("1.2"), ""),
    ("operation-id-changed", _call(operationId="draw"), _call(operationId="paint"), "operation-id-changed"),
    ("tags-changed", _call(tags=["a"]), _call(tags=["b"]), "tags-changed"),
    ("operation-deprecated", PLAIN, _call(deprecated=True), "operation-no-longer-deprecated"),
    ("sunset-added", PLAIN, _call(**{"x-sunset": "2027-01-31"}), "sunset-removed"),
    ("sunset-earlier", _call(**{"x-sunset": "2027-01-31"}), _call(**{"x-sunset": "2026-12-31"}), "sunset-later"),
    ("sunset-unreadable", _call(**{"x-sunset": "2027-01-31"}), _call(**{"x-sunset": "soon"}), "sunset-added"),
    ("stability-lowered", PLAIN, _call(**{"x-stability-level": "beta"}), "stability-raised"),
]

#: Two ways to say the same.
SAME_SERVICES: list[tuple[Any, Any]] = [
    (_servers("https://a.example/v1"), _at("https://a.example", "/v1/draw")),
    (
        _servers("https://a.example/v1", "/v1"),
        _at("https://a.example/", "/v1/draw") | {"servers": [{"url": "https://a.example"}, {}]},
    ),
    (_ONE, _secured([{"z": []}], z={**_BEARER, "description": "By another name."})),
    (_secured([{"a": []}, {"b": []}], a=_BEARER, b=_IN_HEADER), _secured([{"b": []}, {"a": []}], a=_BEARER, b=_IN_HEADER)),
    (_call(tags=["a", "b"]), _call(tags=["b", "a"])),
    (
        _servers("https://a.example"),
        PLAIN | {"servers": [{"url": "https://{h}/", "variables": {"h": {"default": "a.example"}}}]},
    ),
    (_version("1.2"), _version("1.2.0")),
    (_version("7"), _version("6")),
    (PLAIN, _call(**{"x-stability-level": "stable", "deprecated": False, "x-anything": 5})),
]
#: The key goes from the body to a header: a pair whose field is told of too, as any field that is spoken of no more.
KEY_IN_BODY = _secured([], asks=_WITH_KEY)
KEY_IN_HEADER = _secured([{"k": []}], k=_IN_HEADER)
