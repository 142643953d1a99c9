"""Frozen values made from a contract: what one documented call promises, in its own dialect.

Nothing here knows the name of an endpoint. A new endpoint is a new document in `specs/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from .document import Document

Kind = Literal["integer", "number", "text", "flag", "url", "any"]
_INT64 = 2**63
_IN_PATH = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Clause:
    """Where a promise comes from and how sure we are; `assumed` lists the keywords that no page states."""

    source: str
    certainty: str
    assumed: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One parameter of a request. A `flag` is a true/false or yes/no field; its value inside is a bool."""

    name: str
    kind: Kind
    nullable: bool
    required: bool
    default: Any
    minimum: float | None
    maximum: float | None
    multiple_of: float | None
    allowed: tuple[Any, ...] | None
    pattern: re.Pattern[str] | None
    min_length: int
    caps: bool
    excused: tuple[Any, ...]
    appends: str
    clause: Clause
    schema: Mapping[str, Any]
    #: Why a value does not fit, where the schema says more than the clauses above can; "" when it fits.
    judge: Callable[[Any], str] | None = None


class Row(NamedTuple):
    """The short way to read a field: a value of exactly the type `plain` is right if it is between `low` and `high` and on
    the `step`, a text if it is at least `low` long. `plain` None: only a text among `words` is right, read as it says there;
    `is_yes_no` says that those words stand for true and false.
    """

    name: str
    plain: type | None
    low: float
    high: float
    step: float | None
    words: Mapping[str, Any]
    is_yes_no: bool
    field: Field


@dataclass(frozen=True, slots=True, eq=False)
class AnswerField:
    """One field of an answer: filled from `space`.`fact`, else from its literal, else (as an object) from its children."""

    name: str
    space: str
    fact: str
    literal: Any
    has_literal: bool
    types: tuple[str, ...]
    is_yes_no: bool
    required: bool
    dialect: str | None
    children: tuple[AnswerField, ...] | None
    clause: Clause


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One shape of answer, known by the constant of its `status` field."""

    status: str
    component: str
    fields: tuple[AnswerField, ...]
    schema: Mapping[str, Any]
    #: The HTTP status with which it comes when all is well.
    code: int = 200

    @property
    def optional(self) -> frozenset[str]:
        """The fields that the contract lets this answer do without."""
        needed = set(self.schema.get("required", ()))
        for each in self.schema.get("anyOf", ()):  # one of several is needed, and which one depends on the dialect
            needed.update(each.get("required", ()))
        return frozenset(each.name for each in self.fields if each.name not in needed)


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One operation: where it is asked, and what it may answer when all is well.

    `refusals` are answers that a status has of its own, by its digits, its range (4XX) or DEFAULT. `body` makes the answer of
    a plain call from a seed, where no facts fill it. `key_headers` are headers that the key may come in, beside the body;
    `id_field` is the member of a fetch's body that names the job.
    """

    kind: Literal["submit", "fetch", "plain"]
    path: str
    operation_id: str
    summary: str
    id_in: Literal["path", "body"] | None
    answers: Mapping[str, Answer]
    statuses: tuple[int, ...]
    reads_query: bool
    clause: Clause
    method: str = "POST"
    refusals: Mapping[str, Answer] = field(default_factory=dict)
    body: Callable[[int], Any] | None = None
    needs_key: bool = True
    key_headers: tuple[str, ...] = ("key",)
    id_field: str = "request_id"

    def answer(self, branch: str, status: int) -> Answer:
        """The answer of a branch, or the one that an HTTP status has of its own."""
        if status >= 400 and self.refusals:  # where refusals begin
            for name in (str(status), f"{status // 100}XX", "DEFAULT"):
                if name in self.refusals:
                    return self.refusals[name]
        return self.answers[branch]

    def address(self, job_id: object) -> str:
        """The path at which a job is fetched by its id."""
        return _IN_PATH.sub(lambda _: str(job_id), self.path)


@dataclass(frozen=True, eq=False)
class Endpoint:
    """One vendor page: a submit call, its fetch calls, its webhook, and calls beside them.

    One that was inferred from a foreign document may make no jobs: then its submit is a plain call, and nothing is fetched.
    """

    name: str
    title: str
    document: Document
    submit: Call
    fetches: tuple[Call, ...]
    plain: tuple[Call, ...]
    webhook: Mapping[str, Answer]
    fields: tuple[Field, ...]
    key_clause: Clause
    file_name: str
    selector: tuple[str, re.Pattern[str]] | None

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The request fields, each with the short way to see that a value is right as it stands."""
        return tuple(map(_row, self.fields))

    @cached_property
    def field(self) -> Mapping[str, Field]:
        """The request fields by name."""
        return {each.name: each for each in self.fields}

    @cached_property
    def appends(self) -> tuple[tuple[str, str], ...]:
        """Flags that, when on, append a text to the prompt."""
        return tuple((each.name, each.appends) for each in self.fields if each.appends)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every operation of the contract, the submit first."""
        return (self.submit, *self.fetches, *self.plain)

    @property
    def makes_jobs(self) -> bool:
        """Whether what is submitted becomes a job."""
        return self.submit.kind == "submit"

    @property
    def fetch_by_path(self) -> Call:
        """The fetch call that has the id in its path; without one, the first."""
        return next((each for each in self.fetches if each.id_in == "path"), self.fetches[0])

    @property
    def unknown_id_status(self) -> int:
        """HTTP status for an id that the key does not have: 404 where the fetch call declares it, else 200."""
        return 404 if not self.fetches or 404 in self.fetches[0].statuses else 200

    @property
    def says_errors_as_lists(self) -> bool:
        """Whether the text of an error may be an object of lists, as the oldest dialect's captures show."""
        return any("object" in f.types for f in self.submit.answers["error"].fields if f.fact == "text")


def _row(field: Field) -> Row:
    plain: dict[str, type] = {"integer": int, "number": float, "text": str, "flag": bool}
    is_yes_no = field.kind == "flag" and "boolean" not in field.schema.get("type", ())
    needs_a_look = field.allowed is not None or field.pattern is not None or is_yes_no or field.judge is not None
    if field.kind == "flag":
        words: Mapping[str, Any] = {"yes": True, "no": False} if is_yes_no else {}
    else:
        words = {each: each for each in field.allowed or () if isinstance(each, str)}
    low = field.min_length if field.kind == "text" else -_INT64 if field.minimum is None else field.minimum
    high = _INT64 - 1 if field.maximum is None else field.maximum
    return Row(
        field.name, None if needs_a_look else plain.get(field.kind), low, high, field.multiple_of, words, is_yes_no, field
    )
