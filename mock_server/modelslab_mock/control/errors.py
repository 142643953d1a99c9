"""What is wrong with a request, in one typed shape: one sentence, the nearest known word, and every problem of a body."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from modelslab_contracts.json_pointer import escaped
from modelslab_contracts.nearest import did_you_mean, nearest

from .calls import Calls

#: What may hold an API key is never repeated.
_SECRET = frozenset({"key"})


class Problem(BaseModel):
    """Why a request was refused."""

    error: str = Field(description="One sentence.", examples=["/seconds must be at least 0, got -1"])
    nearest: str | None = Field(None, description="The known word or path most like the one that is not known.")
    problems: list[str] = Field(
        default_factory=list,
        description="Each problem of the request as one sentence that begins with a JSON pointer into the body, or with "
        "`?name` for a query parameter.",
    )


class Refused(Exception):
    """A request that is not obeyed: an HTTP status, one sentence, and the nearest known word."""

    def __init__(self, status: int, sentence: str, near: str | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.nearest = near


def add_handlers(api: FastAPI, known: Callable[[], Calls]) -> None:
    """Every error of `api` in our shape; `known` gives its calls."""

    async def refused(_: Request, problem: Exception) -> JSONResponse:
        assert isinstance(problem, Refused)
        return _answer(problem.status, problem.sentence, problem.nearest)

    async def broken(request: Request, problem: Exception) -> JSONResponse:
        assert isinstance(problem, HTTPException)
        path = request.url.path
        call = known().at(path)
        if problem.status_code == 404 and call is None:
            close = known().nearest(path)
            return _answer(
                404, "there is nothing here" + (f"; did you mean {close}?" if close else "; GET /__mock lists all"), close
            )
        if problem.status_code == 405 and call is not None:
            allow = ", ".join(call.operations)
            return _answer(405, f"{call.path} takes {allow}, not {request.method[:20]}", headers={"allow": allow})
        if problem.status_code == 400:
            return _answer(400, "the body is not JSON that can be read")
        return _answer(problem.status_code, str(problem.detail))

    async def invalid(request: Request, problem: Exception) -> JSONResponse:
        assert isinstance(problem, RequestValidationError)
        path, method = request.url.path, request.method
        sentences, near = [], None
        for each in problem.errors():
            where, *inside = each["loc"]
            words = known().body_words(path, method, inside[:-1]) if where == "body" and inside else []
            sentence, close = sentence_of(each, words)
            sentences.append(sentence)
            near = near or close
        more = f", and {len(sentences) - 1} more" if len(sentences) > 1 else ""
        return _answer(422, sentences[0] + more, near, sentences)

    async def bug(_: Request, __: Exception) -> JSONResponse:
        return _answer(500, "modelslab-mock failed on this request; what it printed to stderr says why")

    api.add_exception_handler(Refused, refused)
    api.add_exception_handler(HTTPException, broken)
    api.add_exception_handler(RequestValidationError, invalid)
    api.add_exception_handler(Exception, bug)


def only_known_queries(known: Callable[[], Calls]) -> Callable[[Request], Any]:
    """A dependency that refuses a query parameter which the call does not know: nothing that steers is ignored."""

    async def check(request: Request) -> None:
        if request.query_params:
            words = known().query_words(request.url.path, request.method)
            for name in request.query_params:
                if name not in words:
                    there_is = f"it takes {', '.join(words)}" if words else "it takes none"
                    raise Refused(
                        422, f"?{_short(name)[1:-1]} is not a parameter of this call; {there_is}", nearest(name, words)
                    )

    return check


def sentence_of(error: Mapping[str, Any], words: Sequence[str] = ()) -> tuple[str, str | None]:
    """An error as pydantic tells it, as one sentence of ours, and the nearest known word.

    `words` are the names that may stand where the error is.
    """
    where, *inside = error["loc"]
    pointer = "".join("/" + escaped(str(each)[:80])[:80] for each in inside)
    subject = {"query": f"?{inside[0] if inside else ''}", "path": f"{{{inside[0] if inside else ''}}} in the path"}.get(
        where, f"the header {inside[0] if inside else ''}" if where == "header" else pointer or "the body"
    )
    kind, context, given = error["type"], error.get("ctx") or {}, error.get("input")
    if kind == "missing":
        return f"{subject} is needed", None
    if kind == "extra_forbidden":
        close = nearest(str(inside[-1]), words)
        return f"{subject} is not known here{did_you_mean(str(inside[-1]), words)}", close
    if kind == "value_error":
        return f"{subject} {context.get('error', 'cannot be used')}", None
    expected, close = _expected(kind, context, given)
    secret = where in ("path", "header") or (inside and inside[-1] in _SECRET)
    return f"{subject} must be {expected}" + ("" if secret else f", got {_short(given)}"), close


def _expected(kind: str, context: Mapping[str, Any], given: Any) -> tuple[str, str | None]:
    """What completes "must be …"."""
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", "one of the known words"))
        known = [each.strip(" '") for each in expected.replace(" or ", ",").split(",")]
        close = nearest(given, known) if isinstance(given, str) else None
        return f"one of {', '.join(known)}", close
    bounds = {"greater_than_equal": "at least", "less_than_equal": "at most", "greater_than": "above", "less_than": "below"}
    if kind in bounds:
        bound = next(iter(context.values()))
        return f"{bounds[kind]} {int(bound) if bound == int(bound) else bound}", None
    if kind in ("string_too_short", "too_short"):
        return f"at least {context.get('min_length')} long", None
    if kind in ("string_too_long", "too_long"):
        return f"at most {context.get('max_length')} long", None
    return _KINDS.get(next((each for each in _KINDS if kind.startswith(each)), ""), "something else"), None


_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "decimal": "a number",
    "bool": "true or false",
    "string": "a text of Unicode characters",
    "list": "a list",
    "dict": "an object",
    "model": "an object",
    "none": "null",
    "json": "JSON",
}


def _short(value: Any) -> str:
    """A value as short JSON text in ASCII, whatever it is."""
    try:
        text = json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else text[:77] + "…"


def _answer(
    status: int, sentence: str, near: str | None = None, problems: Sequence[str] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    body = {"error": _clean(sentence), "nearest": near} | (
        {"problems": [_clean(each) for each in problems]} if problems else {}
    )
    return JSONResponse(body, status, dict(headers or {}))


def _clean(text: str) -> str:
    """`text` without halves of surrogate pairs, which UTF-8 cannot say."""
    return text.encode("utf-8", "replace").decode()
