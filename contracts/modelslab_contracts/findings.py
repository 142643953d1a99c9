"""One disagreement, and the catalogue of rules that can find one.

A `Finding` is the only currency of request reading, linting, client checks, server checks and diffs: one reporter
prints them all, one bar decides the exit code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import orjson

from .diff.stems import BREAKING, NOTES, WARNINGS


class Severity(IntEnum):
    """How much a finding matters; larger is worse."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The lower-case word that reports print."""
        return self.name.lower()


class Finding(NamedTuple):
    """One disagreement between what a contract promises and what came.

    `where` is a JSON pointer (into the body, or into a document), `expected` completes the sentence "must be …",
    `got` is the offending value as short JSON text, `source` says which page and parameter make the promise.
    A named tuple rather than a frozen dataclass: one is made for every value that a request bends, on the hot path.
    """

    rule: str
    where: str
    expected: str
    got: str
    source: str
    hint: str = ""

    @property
    def severity(self) -> Severity:
        """The severity of the rule that made this finding."""
        return RULES[self.rule].severity


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the catalogue: an id that never changes its meaning, a severity, one sentence."""

    id: str
    severity: Severity
    sentence: str


def _rows(severity: Severity, **sentences: str) -> dict[str, Rule]:
    return {id_: Rule(id_, severity, sentence) for id_, sentence in ((_spell(k), v) for k, v in sentences.items())}


def _spell(name: str) -> str:
    room, _, rest = name.partition("__")
    return f"{room}/{rest.replace('_', '-')}"


#: Every rule by id. Ids are lower-case sentences and are never reused for another meaning.
RULES: dict[str, Rule] = {
    **_rows(
        Severity.ERROR,
        request__not_json="The body is not a JSON object.",
        request__wrong_media_type="The body is of a media type that this API does not read.",
        request__wrong_encoding="The body is not UTF-8 text.",
        request__nested_too_deep="A value is nested deeper than 64 levels.",
        request__too_large="The body is larger than the server reads.",
        request__duplicate_field="A field is given twice (refused under strict).",
        request__key_missing="No API key came, in the body or as a key header.",
        request__key_not_accepted="The API key is not one that this server accepts.",
        request__required_field_missing="A required field is absent, null or empty.",
        request__wrong_type="A value is of another type than the field.",
        request__integer_too_large="A whole number does not fit into 64 bits.",
        request__below_minimum="A number is below the field's minimum.",
        request__above_maximum="A number is above the field's maximum.",
        request__not_a_multiple="A number is no multiple of the field's step.",
        request__not_an_allowed_value="A value is not among those that the page lists.",
        request__pattern_not_matched="A text is not of the form that the page describes.",
        request__not_a_url="A text is not an http or https URL.",
        request__unknown_field_refused="A field is not on the page (refused because unknown fields are set to refuse).",
        request__unknown_directive="A [[mock: …]] directive in the prompt holds a word that is not known.",
        route__unknown_path="No contract has this path.",
        route__wrong_method="The path exists, but not with this method.",
        route__wrong_scheme="The client speaks https to a port that speaks http.",
        route__unknown_job="A fetch asks for a job that its key does not have.",
        spec__unreadable="The file is not a readable YAML or JSON document.",
        spec__invalid_openapi="The document is not valid OpenAPI.",
        spec__unknown_word="The document uses an x-mock word that is not known, or with a wrong value.",
        spec__clause_without_source="A field, answer or operation does not say where it comes from and how sure that is.",
        spec__answer_without_value="An answer field has neither a binding nor a literal to be filled from.",
        spec__ambiguous_keyword="A keyword on which JSON Schema engines disagree (float multipleOf, \\d, lookarounds).",
        spec__no_lifecycle="The document declares no submit call with links to a fetch call.",
        spec__duplicate_key="A mapping has the same key twice, so that only the last one counts.",
        spec__assumed_without_keyword="An `assumed` names a keyword that the schema does not have.",
        spec__assumed_without_why="Keywords are assumed and no reason is given.",
        spec__stale_excuse="An excused value does not break its schema.",
        spec__binding_leads_nowhere="An answer field is bound to a field or fact that there is not.",
        spec__answer_without_status="An answer has no constant status to be known by.",
    ),
    **_rows(
        Severity.NOTE,
        request__text_read_as_number="A number came as text and was read as a number.",
        request__flag_respelled="A yes/no or true/false flag came in another spelling.",
        request__null_read_as_absent="An optional field came as null and was read as absent.",
        request__value_capped="A value above the maximum was lowered to it, as the page says.",
        request__value_excused="A value breaks its clause, but the page's own sample sends it.",
        request__unknown_field="A field is not on the page; it was ignored.",
        spec__engines_may_disagree="A foreign document uses a keyword on which JSON Schema engines disagree.",
        spec__lifecycle_not_declared="A foreign document declares no links from a submit call to a fetch call.",
    ),
    **_rows(Severity.ERROR, **BREAKING),
    **_rows(Severity.WARNING, **WARNINGS),
    **_rows(Severity.NOTE, **NOTES),
}


def shown(value: object, limit: int = 80) -> str:
    """`value` as short JSON text, cut to `limit` characters, for people to read."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
