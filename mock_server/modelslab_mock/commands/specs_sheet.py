"""One contract as a readable sheet: its calls, parameters, answers and webhook, and the doubts that touch it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from string import ascii_lowercase
from typing import Any

from modelslab_contracts.endpoint import Answer, AnswerField, Clause, Endpoint, Field
from modelslab_contracts.findings import shown
from modelslab_contracts.ledger import Entry

from .specs_page import Page

ASSUMED = "*"
#: Longer literals are shortened, on a terminal and in a pipe; `--yaml` has them whole.
_LITERAL = (24, 60)


def url_of(endpoint: Endpoint) -> str:
    """Where the page says that orders go."""
    return str(endpoint.document.root["servers"][0]["url"]) + endpoint.submit.path


def draw_sheet(page: Page, endpoint: Endpoint, doubts: Iterable[Entry]) -> None:
    """Draw the sheet of a contract."""
    page.title(f"{endpoint.name}: {endpoint.title}")
    page.text(f"POST {url_of(endpoint)}")
    page.text(str(endpoint.document.root["info"].get("description", "")))
    if endpoint.selector:
        page.text(f"Chosen where {endpoint.selector[0]} matches {endpoint.selector[1].pattern}.")
    page.head("Calls")
    _table(page, ("call", "path", "what it is for", "certainty", "source"), _calls(endpoint), whole=2)
    page.pairs((f"{call.kind} answers", "HTTP " + ", ".join(map(str, call.statuses))) for call in endpoint.calls)
    page.head("Parameters")
    _table(
        page,
        ("name", "type", "default", "values", "certainty", "source"),
        [_parameter(each, page) for each in endpoint.fields],
        whole=2,
    )
    for each in endpoint.fields:
        if _is_long(each, page):
            page.text(f"{each.name}: {_listed(each)}")
    page.text(f"{ASSUMED} assumed: no page states it. Every call also needs `key`.", quiet=True)
    drawn: set[tuple[tuple[str, Clause], ...]] = set()
    literal = _LITERAL[0] if page.on_terminal else _LITERAL[1]
    for title, answer in _answers(endpoint):
        page.head(title)
        _table(page, ("field", "type", "filled from", "certainty", "source"), _fields(answer, drawn, literal), whole=3)
    page.text("? may be left out. Long texts are shortened here; `--yaml` has them whole.", quiet=True)
    page.head("Ledger")
    for entry in doubts:
        page.text(entry.id)
    page.text(f"`specs ledger --endpoint {endpoint.name}` says more.", quiet=True)


def _table(page: Page, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, whole: int) -> None:
    """A table whose last column is the source. A terminal has no room for it: there it is a letter, explained below."""
    given = list(rows)
    if not page.on_terminal:
        page.table(columns, given, whole=whole)
        return
    letters = dict(zip(dict.fromkeys(row[-1] for row in given), ascii_lowercase, strict=False))
    page.table(columns, [(*row[:-1], letters.get(row[-1], row[-1])) for row in given], whole=whole)
    page.pairs((letter, source) for source, letter in letters.items())


def _calls(endpoint: Endpoint) -> Iterator[tuple[str, ...]]:
    for call in endpoint.calls:
        yield call.kind, call.path, call.summary, call.clause.certainty, call.clause.source


def _answers(endpoint: Endpoint) -> Iterator[tuple[str, Answer]]:
    """Every shape of answer once, under the first call that gives it; then the webhook's."""
    seen: set[str] = set()
    for call in endpoint.calls:
        for status, answer in call.answers.items():
            if answer.component not in seen:
                yield f"Answer to {call.kind}: {status}", answer
            seen.add(answer.component)
    for status, answer in endpoint.webhook.items():
        yield f"Webhook call: {status}", answer


# --- parameters ---------------------------------------------------------------------------------------------------------


def _parameter(field: Field, page: Page) -> tuple[str, ...]:
    default = ""
    if field.required:
        default = _marked("required", "required", field)
    elif "default" in field.schema:
        default = _marked(_plain(field.schema["default"]), "default", field)
    return (
        field.name,
        _type(field),
        default,
        "; ".join(_values(field, page)),
        field.clause.certainty,
        _source(field.clause, field.name),
    )


def _source(clause: Clause, name: str) -> str:
    """Where a clause comes from, without the name that stands in the same row anyway."""
    return clause.source.removesuffix(name).removesuffix(": ").removesuffix(", ") or name


def _marked(text: str, keyword: str, field: Field) -> str:
    return text + ASSUMED if keyword in field.clause.assumed else text


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _type(field: Field) -> str:
    flag = "true/false" if "boolean" in field.schema.get("type", ()) else "yes/no"
    name = _marked(flag if field.kind == "flag" else field.kind, "type", field)
    return name + ("/" + _marked("null", "nullable", field) if field.nullable else "")


def _listed(field: Field) -> str:
    return ", ".join(map(_plain, field.allowed or ()))


def _is_long(field: Field, page: Page) -> bool:
    """Whether a list is too long for a cell of a terminal's table; it then stands below."""
    return page.on_terminal and len(field.allowed or ()) > 8


def _values(field: Field, page: Page) -> Iterator[str]:
    """What a value must be, clause by clause, what is assumed marked."""
    low, high = (_marked(f"{bound:g}", keyword, field) if bound is not None else "" for bound, keyword in _bounds(field))
    if low and high:
        yield f"{low} to {high}"
    elif low or high:
        yield f"at least {low}" if low else f"at most {high}"
    if field.caps:
        yield "more is lowered"
    if field.multiple_of:
        yield _marked(f"divisible by {field.multiple_of:g}", "multipleOf", field)
    if field.allowed:
        listed = f"one of {len(field.allowed)}, see below" if _is_long(field, page) else _listed(field)
        yield _marked(listed, "enum", field)
    elif field.kind == "flag" and "enum" in field.clause.assumed:
        yield f"yes, no{ASSUMED}"
    if field.pattern:
        yield _marked(str(field.schema.get("description", field.pattern.pattern)), "pattern", field)
    if field.min_length:
        yield _marked("not empty", "minLength", field)
    if field.excused:
        yield "a sample also sends " + ", ".join(map(_plain, field.excused))


def _bounds(field: Field) -> tuple[tuple[float | None, str], ...]:
    return (field.minimum, "minimum"), (field.maximum, "maximum")


# --- answers ------------------------------------------------------------------------------------------------------------


def _fields(answer: Answer, drawn: set[tuple[tuple[str, Clause], ...]], literal: int) -> Iterator[tuple[str, ...]]:
    """The rows of an answer. Fields inside a field are drawn once, however many answers hold them."""
    for field in answer.fields:
        inside = tuple((child.name, child.clause) for child in field.children or ())
        again = bool(inside) and inside in drawn
        yield _field(field, "", "as above" if again else _filled(field, literal))
        if not again:
            drawn.add(inside)
            yield from [_field(child, f"{field.name}.", _filled(child, literal)) for child in field.children or ()]


def _field(field: AnswerField, before: str, filled: str) -> tuple[str, ...]:
    name = before + field.name + ("" if field.required else "?")
    kind = "/".join(field.types) or ("constant" if field.has_literal else "")
    return name, kind, filled, field.clause.certainty, _source(field.clause, before + field.name)


def _filled(field: AnswerField, limit: int) -> str:
    literal = shown(field.literal, limit) if field.has_literal else ""
    bound = f"{field.space}.{field.fact}" if field.space else ""
    only = f"only in {field.dialect}" if field.dialect else ""
    return "\n".join(each for each in (bound, literal and (f"else {literal}" if bound else literal), only) if each)
