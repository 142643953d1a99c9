"""One disagreement, and the catalogue of rules that can find one.

A `Finding` is the only currency of request reading, linting, client checks, server checks and diffs: one reporter
prints them all, one bar decides the exit code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import orjson

from . import server_stems
from .diff import stems, stems_beside


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
        route__wrong_scheme="The port speaks something else: TLS on a plain port, none on one for TLS, a request to a proxy.",
        route__not_recorded="The recording that is played back has no such request.",
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
        sources__call_moved="A page no longer names the path of the call that its contract has.",
        sources__parameter_gone="A parameter or field that a clause cites is not on its page any more.",
        sources__value_gone="A value that a clause states is not what its page says any more.",
        sources__sample_refused="A page's own sample is refused by its contract.",
        check__not_judged="Of what was played or sent, nothing can be said; why is no fault of the client or the server.",
        check__nothing_verified="Nothing came that a rule could be held against, so nothing is known.",
        client__sends_what_the_contract_refuses="The client, asked for a valid order, sends one that breaks the contract.",
        client__loses_or_changes_what_was_asked="The client does not send what its caller asked for.",
        client__changes_the_prompt="The client does not send the prompt as its caller wrote it.",
        client__asks_at_an_address_that_is_no_call="The client asks at a path or by a method that no call has.",
        client__sends_no_clean_json="The client sends something else than clean JSON that calls itself JSON.",
        client__submits_without_its_key="The client's order lacks the key in its body, or carries another one.",
        client__submits_again_after_a_valid_reply="The client orders again though its order was taken, so it pays twice.",
        client__repeats_what_was_refused_for_good="The client repeats an order that was refused for good.",
        client__never_polls="The client is told that its job is processing and never asks again.",
        client__fetches_without_its_key="The client's fetch lacks the key, or carries another one.",
        client__loses_the_fetch_address="The client no longer knows where to ask when a fetch does not repeat it.",
        client__polls_after_the_end="The client asks on about a job that has ended.",
        client__stops_before_the_end="The client returns pictures, or none, while its job is processing.",
        client__hammers="The client fetches more than four times a second.",
        client__has_no_deadline="The client waits for ever for a job that never ends.",
        client__reports_a_timeout_as_pictures="The client gives up waiting and returns as if all were well.",
        client__takes_an_unknown_status_for_success="The client takes a status that it does not know for success.",
        client__reports_a_failure_as_success="The client returns as if all were well though the server said that it failed.",
        client__reports_a_success_as_failure="The client reports an error though the server delivered its pictures.",
        client__does_not_know_failed="The client asks on about a job that has failed.",
        client__loses_pictures="The client returns fewer pictures than the server made, or in another order.",
        client__invents_pictures="The client returns more pictures than the server made.",
        client__needs_an_optional_member="The client cannot take a success from which optional members are missing.",
        client__crashes_on_a_garbled_reply="The client lets its parser's error out when a reply cannot be read.",
        client__has_no_word_for_a_refusal="The client crashes or runs into a time-out where the server refuses.",
        client__returns_pictures_of_an_unfinished_job="The client returns pictures that came before the job had ended.",
        client__returns_links_to_what_is_not_there_yet="The client returns future_links before the job has ended.",
        client__delivers_a_picture_that_is_gone="The client delivers what came in place of a picture that could not be had.",
        client__shows_its_key="The client's key stands in what it returns, or in its error.",
        client__puts_its_key_into_an_address="The client puts its key into a path or query, where proxies log it.",
        client__confuses_base64_with_an_address="The client takes base64 for an address, or an address for base64.",
        client__mixes_up_its_jobs="The client mixes up the jobs of callers who ask at the same time.",
        client__takes_a_second_webhook_for_more="The client takes a webhook that is sent twice for more pictures.",
        client__believes_a_webhook_of_another_job="The client believes a webhook that speaks of a job that is not its own.",
        client__ignores_a_webhook_that_says_failed="The client is told by a webhook that its job failed, and waits on.",
        client__sends_its_key_to_another_host="The client sends its key to a host that it does not belong to.",
    ),
    **_rows(
        Severity.WARNING,
        sources__cited_place_gone="A heading, sample or answer that a clause cites is not on its page any more.",
        sources__sentence_changed="The sentence that a clause cites reads otherwise; its values are still there.",
        sources__value_unknown="A page states a value that no clause has.",
        sources__parameter_unknown="A page has a parameter that no clause knows.",
        sources__answer_field_unknown="A page shows a field of an answer that no clause knows.",
        accepted__expired="A finding is accepted until a day that is over, so it counts again.",
        accepted__passes_now="A finding is accepted that is not found any more.",
        document__default_breaks_schema="A default is not valid under its own schema.",
        document__example_breaks_schema="An example is not valid under the schema that it stands beside.",
        document__url_taken="Two documents have one address, and no field tells them apart; the first one answers.",
        document__dangling_reference="A reference leads nowhere, or out of the document; it is read as anything.",
        client__sends_what_nobody_asked_for="The client sends members that its caller did not ask for.",
        client__does_not_follow_fetch_result="The client builds the address of its fetch in place of following fetch_result.",
        client__polls_before_the_eta="The client fetches before the time that it was told.",
        client__gives_up_after_one_bad_poll="The client gives a job up for one fetch that met passing trouble.",
        client__submits_again_though_its_order_was_taken="The client orders again after an answer that it could not read.",
        client__obeys_any_eta="The client crashes on an odd eta, or sleeps for as long as a server says.",
        client__waits_for_ever_for_a_broken_server="The client asks on for ever though every fetch fails.",
        client__comes_back_before_retry_after="The client asks again before the time that a refusal names.",
        client__cannot_take_an_empty_success="The client polls on, or crashes, when a success has no pictures.",
        client__needs_one_type_of_value="The client cannot take a success whose id or pictures come in another type.",
        client__accepts_what_is_no_picture="The client delivers bytes that are no whole picture.",
        client__loses_the_servers_words="The client's error does not say what the server said.",
        client__ignores_its_base_url="The client asks a host of its own choice in place of the one that it was given.",
        client__follows_an_address_to_another_host="The client asks whatever host a fetch_result names.",
        client__waits_for_ever_for_an_unknown_status="The client waits for ever for a status that it does not know to go away.",
        client__hides_that_a_picture_is_flagged="The client returns flagged pictures as if they were not.",
        client__downloads_without_end="The client asks again and again for a picture that cannot be had.",
        client__overwrites_its_files="The client stores two pictures in one file.",
        client__loses_a_webhook_that_is_early="The client cannot take a webhook that comes before the answer to its order.",
        client__has_no_fallback_for_a_lost_webhook="The client waits for a webhook that never comes, and does not ask.",
        client__takes_a_webhook_and_a_fetch_for_two="The client, told by a webhook and by a fetch, takes both for results.",
        client__holds_its_event_loop_up="The client, a coroutine, sleeps in a way that stops all others of its event loop.",
        client__asks_on_after_its_caller_left="The client, cancelled by its caller, goes on asking.",
    ),
    **_rows(
        Severity.NOTE,
        client__gives_up_before_the_eta="The client gives up before the time is over that it was told.",
        client__retries_at_a_constant_rate="The client fetches at the same rate however often the server fails.",
        client__does_not_retry_what_passes="The client, which retries, gives up on a refusal that names when to come back.",
        client__lets_its_librarys_error_out="The client's errors are those of the HTTP library that it is made of.",
        client__tries_no_mirror="The client gives up a picture that one of proxy_links has.",
        client__puts_its_prompt_into_a_header="The client puts its prompt or key into a header that servers log.",
    ),
    **_rows(
        Severity.NOTE,
        request__text_read_as_number="A number came as text and was read as a number.",
        request__flag_respelled="A yes/no or true/false flag came in another spelling.",
        request__null_read_as_absent="An optional field came as null and was read as absent.",
        request__value_capped="A value above the maximum was lowered to it, as the page says.",
        request__value_excused="A value breaks its clause, but the page's own sample sends it.",
        request__unknown_field="A field is not on the page; it was ignored.",
        document__path_parameter_undeclared="A path names a parameter that its operation does not declare; it is read as text.",
        document__no_servers="A document names no server; its paths are taken as they stand.",
        document__no_operation_id="Operations have no operationId; they are known by method and path.",
        document__server_holds_path="A server's URL ends in what the paths begin with; it is counted once.",
        document__nullable="`nullable` in a document that says OpenAPI 3.1, where it means nothing; null is allowed.",
        document__exclusive_bound="An exclusive bound is written as the other version of OpenAPI has it; it is read as meant.",
        document__plain_yes_no="A plain yes or no, which readers of YAML 1.1 take for true or false; it is read as the word.",
        spec__engines_may_disagree="A foreign document uses a keyword on which JSON Schema engines disagree.",
        spec__lifecycle_not_declared="A foreign document declares no links from a submit call to a fetch call.",
    ),
    **_rows(Severity.ERROR, **server_stems.MUST),
    **_rows(Severity.WARNING, **server_stems.SHOULD),
    **_rows(Severity.NOTE, **server_stems.MAY),
    **_rows(
        Severity.ERROR,
        usage__refused_now="A recorded request that the old version accepts is refused by the new one.",
        usage__answer_not_allowed_now="A recorded answer that the old version allows is not allowed by the new one.",
    ),
    **_rows(Severity.NOTE, usage__accepted_now="A recorded request that the old version refuses is accepted by the new one."),
    **_rows(Severity.ERROR, **stems.BREAKING, **stems_beside.BREAKING),
    **_rows(Severity.WARNING, **stems.WARNINGS, **stems_beside.WARNINGS),
    **_rows(Severity.NOTE, **stems.NOTES, **stems_beside.NOTES),
}


def shown(value: object, limit: int = 80) -> str:
    """`value` as short JSON text, cut to `limit` characters, for people to read."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
