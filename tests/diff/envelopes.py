"""Pairs of documents whose envelopes differ in one thing, with the row for that and the row for the way back."""

from __future__ import annotations

from typing import Any

from .documents import document

_JSON = {"application/json": {"schema": {"type": "object"}}}
_FORM = {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}
_TAKEN = {"200": {"description": "An answer.", "content": _JSON}}
PLAIN = document()


def _parameter(**more: Any) -> dict[str, Any]:
    return document(parameters=[{"name": "q", "in": "query", "schema": {"type": "string"}, **more}])


def _answers(**more: Any) -> dict[str, Any]:
    return document(responses={**_TAKEN, **more})


def _header(**headers: Any) -> dict[str, Any]:
    return document(responses={"200": {**_TAKEN["200"], "headers": headers}})


def _without_body() -> dict[str, Any]:
    root = document()
    del root["paths"]["/draw"]["post"]["requestBody"]
    return root


def _with_call() -> dict[str, Any]:
    root = document()
    root["paths"]["/stop"] = {"post": {"responses": _TAKEN}}
    return root


def _going() -> dict[str, Any]:
    root = _with_call()
    root["paths"]["/stop"]["post"] |= {"deprecated": True, "x-sunset": "2026-12-01"}
    return root


_CALLBACK = {"ended": {"{$request.body#/webhook}": {"post": {"requestBody": {"content": _JSON}, "responses": {}}}}}
_AFTER = {"Retry-After": {"schema": {"type": "integer"}}}
_ALWAYS = {"Retry-After": {"required": True, "schema": {"type": "integer"}}}

_TEXTS = {name: {"type": "string"} for name in ("prompt", "style", "webhook", "track_id")}
_FIELDS = {"type": "object", "properties": _TEXTS}
_PICTURES = {
    "type": "object",
    "properties": {"output": {"type": "array"}, "eta": {"type": "number"}, "tip": {"type": "string"}},
}
_SUBMIT = document(asks=_FIELDS, answers=_PICTURES)
_REFUSED = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}, "additionalProperties": False}
_DONE = {"type": "object", "required": ["output"], "properties": {"output": {"type": "array"}}, "additionalProperties": False}


def _at(path: str, method: str = "post", **more: Any) -> dict[str, Any]:
    (call,) = _SUBMIT["paths"]["/draw"].values()
    return {**_SUBMIT, "paths": {path: {method: {**call, **more}}}}


def _slot(name: str) -> dict[str, Any]:
    return _at(f"/fetch/{{{name}}}", parameters=[{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}])


def _by_body() -> dict[str, Any]:
    fields = {**_FIELDS, "required": ["request_id"], "properties": {**_TEXTS, "request_id": {"type": "string"}}}
    return _at("/fetch", requestBody={"required": True, "content": {"application/json": {"schema": fields}}})


def _statuses(**answers: Any) -> dict[str, Any]:
    return document(
        responses={
            status[1:]: {"description": "An answer.", "content": {"application/json": {"schema": each}}}
            for status, each in answers.items()
        }
    )


def _called_at(url: str) -> dict[str, Any]:
    return document(callbacks={"ended": {url: _CALLBACK["ended"]["{$request.body#/webhook}"]}})


def _form(**encoding: Any) -> dict[str, Any]:
    body = {"schema": {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}}}
    return document(requestBody={"content": {"multipart/form-data": {**body, "encoding": encoding} if encoding else body}})


def _media(name: str) -> dict[str, Any]:
    return document(requestBody={"required": True, "content": {name: {"schema": {"type": "object"}}}})


#: rule, old, new, rule of the way back
ENVELOPES: list[tuple[str, Any, Any, str]] = [
    ("operation-removed", _with_call(), PLAIN, "operation-added"),
    ("required-parameter-added", PLAIN, _parameter(required=True), "parameter-removed"),
    ("optional-parameter-added", PLAIN, _parameter(), "parameter-removed"),
    ("parameter-became-required", _parameter(), _parameter(required=True), "parameter-became-optional"),
    ("body-became-required", _without_body(), PLAIN, "body-removed"),
    ("optional-body-added", _without_body(), document(requestBody={"content": _JSON}), "body-removed"),
    ("body-became-required", document(requestBody={"content": _JSON}), PLAIN, "body-became-optional"),
    (
        "request-media-type-removed",
        document(requestBody={"required": True, "content": {**_JSON, **_FORM}}),
        PLAIN,
        "request-media-type-added",
    ),
    ("success-status-removed", _answers(**{"202": {"description": "Queued."}}), PLAIN, "success-status-added"),
    ("error-status-added", PLAIN, _answers(**{"429": {"description": "Slower."}}), "error-status-removed"),
    (
        "response-media-type-removed",
        _answers(**{"200": {"description": "An answer.", "content": {**_JSON, **_FORM}}}),
        PLAIN,
        "response-media-type-added",
    ),
    ("required-header-removed", _header(**_ALWAYS), _header(), "header-added"),
    ("optional-header-removed", _header(**_AFTER), _header(), "header-added"),
    ("header-became-optional", _header(**_ALWAYS), _header(**_AFTER), "header-became-required"),
    ("callback-removed", document(callbacks=_CALLBACK), PLAIN, "callback-added"),
    ("operation-moved", _SUBMIT, _at("/v2/draw"), "operation-moved"),
    ("operation-method-changed", _SUBMIT, _at("/draw", "put"), "operation-method-changed"),
    ("path-parameter-renamed", _slot("id"), _slot("job"), "path-parameter-renamed"),
    ("path-id-moved-to-body", _slot("id"), _by_body(), "body-id-moved-to-path"),
    ("success-status-changed", _statuses(_200=_DONE), _statuses(_202=_DONE), "success-status-changed"),
    (
        "error-moved-to-success-status",
        _statuses(_200=_DONE, _401=_REFUSED, _402=_REFUSED),
        _statuses(_200={"oneOf": [_DONE, _REFUSED]}),
        "error-moved-to-error-status",
    ),
    ("default-answer-removed", _answers(default={"description": "Else."}), PLAIN, "default-answer-added"),
    (
        "callback-address-changed",
        _called_at("{$request.body#/webhook}"),
        _called_at("{$request.body#/callback}"),
        "callback-address-changed",
    ),
    ("parameter-style-changed", _parameter(), _parameter(style="pipeDelimited"), "parameter-style-changed"),
    ("parameter-style-changed", _parameter(), _parameter(allowReserved=True), "parameter-style-changed"),
    ("encoding-changed", _form(), _form(a={"style": "form"}), "encoding-changed"),
    (
        "media-type-parameters-changed",
        _media("application/json"),
        _media("application/json; version=2"),
        "media-type-parameters-changed",
    ),
    ("announced-operation-removed", _going(), PLAIN, "operation-added"),
]
