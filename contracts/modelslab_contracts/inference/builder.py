"""The endpoint of one foreign call: its answers, its fetch calls, its webhook, and a note of each thing that was guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ..contract import answers_of
from ..document import read_document
from ..endpoint import Answer, Call, Clause, Endpoint
from ..kit.chance import Dice, pick
from ..lint_subject import mapping
from .answers import Maker, literal_fields
from .drafts import Draft
from .fetches import Found
from .sample import sample
from .shapes import Shape, has_free_status, refusals, shapes_in

_USUAL = Path(__file__).parent / "usual.yaml"
_ID_LAST = re.compile(r"/\{[^{}]*\}$")
_FILE_NAME = "{prefix}-{index}."


class Guess(NamedTuple):
    """One thing that a document does not say outright: about which endpoint, what was taken, how sure, and the sign of it."""

    endpoint: str
    about: str
    taken: str
    certainty: str
    why: str


@lru_cache(maxsize=1)
def _usual() -> Mapping[str, Answer]:
    document = read_document(_USUAL)
    names = document.root["components"]["schemas"]
    return {name: next(iter(answers_of(document, {"$ref": f"#/components/schemas/{name}"}).values())) for name in names}


class Builder:
    """Makes the endpoint of one draft and notes what had to be guessed."""

    def __init__(self, draft: Draft, name: str, guesses: list[Guess]) -> None:
        self.draft = draft
        self.name = name
        self._guesses = guesses
        self._fields = {each.name: each for each in draft.fields}

    def job(self, found: Found) -> Endpoint:
        """The endpoint of a call that makes jobs."""
        draft = self.draft
        self._note("job", f"{draft.operation.method} {draft.operation.path}", "inferred", draft.why_a_job)
        submit = self._call(draft, "submit", self._submit_answers())
        fetches = self._fetches(found, submit)
        ending, why = draft.ending
        self._note("files", ending, "guessed" if why.startswith("nothing") else "inferred", why)
        return self._endpoint(submit, fetches, self._webhook(), _FILE_NAME + ending)

    def plain(self) -> Endpoint:
        """The endpoint of a call that makes none: answered from schema and examples."""
        shape = next((each for each in self.draft.shapes if "success" in each.says), None)
        shape = shape or next((each for each in self.draft.shapes if set(each.says) != {"error"}), None)
        code = shape.code if shape else 200
        usual = {"success": Answer("success", "", (), shape.schema if shape else {}, code), **self._errors(self.draft, {})}
        call = self._call(self.draft, "plain", usual)
        if shape is None:
            self._note("answer", '{"status":"success"}', "guessed", "the document shows no JSON answer")
        return self._endpoint(replace(call, body=_body_of(shape)), (), {}, _FILE_NAME + "png")

    def _note(self, about: str, taken: str, certainty: str, why: str) -> None:
        self._guesses.append(Guess(self.name, about, taken, certainty, why))

    def _endpoint(self, submit: Call, fetches: tuple[Call, ...], webhook: Mapping[str, Answer], file_name: str) -> Endpoint:
        operation = self.draft.operation
        title = operation.node.get("summary") or mapping(operation.document.root.get("info")).get("title") or self.name
        return Endpoint(
            name=self.name,
            title=str(title),
            document=operation.document,
            submit=submit,
            fetches=fetches,
            plain=(),
            webhook=webhook,
            fields=self.draft.fields,
            key_clause=Clause(self.draft.place, "inferred"),
            file_name=file_name,
            selector=None,
        )

    def _call(self, draft: Draft, kind: Any, answers: Mapping[str, Answer]) -> Call:
        operation = draft.operation
        maker = Maker({}, draft.place)
        refused = {status: maker.answer(shape, "error") for status, shape in refusals(operation, draft.schemas)}
        return Call(
            kind=kind,
            # An id is an id, whatever the document calls it.
            path=_ID_LAST.sub("/{id}", operation.path) if kind == "fetch" else operation.path,
            operation_id=str(operation.node.get("operationId", "")),
            summary=str(operation.node.get("summary", "")),
            id_in=draft.id_in if kind == "fetch" else None,
            answers=answers,
            statuses=tuple(int(status) for status, _ in operation.responses if status.isdigit()),
            reads_query=operation.method in ("GET", "DELETE", "HEAD"),
            clause=Clause(draft.place, "inferred"),
            method=operation.method,
            refusals=refused,
            needs_key=draft.needs_key,
            key_headers=draft.key_headers,
            id_field=draft.id_field,
        )

    def _submit_answers(self) -> dict[str, Answer]:
        maker = Maker(self._fields, self.draft.place)
        answers = maker.answers(self.draft.shapes)
        done = next((each for each in self.draft.shapes if "success" in each.says), None)
        if "processing" not in answers and done is not None and has_free_status(done):
            answers["processing"] = maker.waiting(done, _usual()["Processing"])
            self._note("submit says processing", "in the shape of a success", "guessed", "the document does not show it")
        for meant, usual in (("success", "Success"), ("processing", "Processing")):
            if meant not in answers:
                answers[meant] = _usual()[usual]
                self._note(f"submit says {meant}", "the usual way", "guessed", "the document does not show it")
            elif filled := [each for each in literal_fields(answers[meant]) if meant == "success" and each == "output"]:
                self._note(f"submit says {meant}", ", ".join(filled), "guessed", "not a list of links: filled with a sample")
        return answers | self._errors(self.draft, answers)

    def _errors(self, draft: Draft, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """What is said when an order is refused or a job broke."""
        own = answers.get("error") or answers.get("failed")
        if own is None:
            shape = next((shape for _, shape in refusals(draft.operation, draft.schemas)), None)
            own = Maker({}, draft.place).answer(shape, "error") if shape else _usual()["Error"]
            if shape is None:
                self._note(f"{draft.kind} says error", "the usual way", "guessed", "the document does not show it")
        return {"error": answers.get("error", own)} | ({"failed": answers.get("failed", own)} if draft.kind == "fetch" else {})

    def _fetches(self, found: Found, submit: Call) -> tuple[Call, ...]:
        addresses = [each.operation.path for each in found.drafts] or [each.path for each in found.calls] or [found.address]
        self._note("fetch", ", ".join(addresses), found.certainty, found.why)
        if found.drafts:
            return tuple(self._call(each, "fetch", self._fetch_answers(each, submit)) for each in found.drafts)
        if found.calls:
            return found.calls
        answers = {
            "success": submit.answers["success"], "processing": _usual()["FetchProcessing"], "failed": _usual()["Failed"],
            "error": submit.answers["error"],
        }  # fmt: skip
        clause = Clause(self.draft.place, "guessed", why=found.why)
        call = replace(submit, kind="fetch", path=found.address, operation_id="", summary="", id_in="path", answers=answers)
        return (replace(call, statuses=(200,), clause=clause, method="POST", refusals={}),)

    def _fetch_answers(self, fetch: Draft, submit: Call) -> dict[str, Answer]:
        maker = Maker(self._fields, fetch.place)
        answers = maker.answers(fetch.shapes)
        if "success" not in answers:
            answers["success"] = submit.answers["success"]
            self._note("fetch says success", "as the submit does", "guessed", "the document does not show it")
        if "processing" not in answers:
            answers["processing"] = _usual()["FetchProcessing"]
            self._note("fetch says processing", "the usual way", "guessed", "the document does not show it")
        if "failed" not in answers and "error" not in answers:
            answers["failed"] = _usual()["Failed"]
            self._note("fetch says failed", "the usual way", "guessed", "the document does not show it")
        failed = answers.get("failed")
        return answers | self._errors(fetch, answers) | ({"failed": failed} if failed else {})

    def _webhook(self) -> dict[str, Answer]:
        if "webhook" not in self._fields:
            return {}
        told = self.draft.callback
        answers: dict[str, Answer] = {}
        if told is not None:
            response = {"content": {"application/json": told}}
            maker = Maker(self._fields, self.draft.place, of_webhook=True)
            answers = maker.answers(shapes_in(response, self.draft.operation, self.draft.schemas))
        if "error" in answers and "failed" not in answers:
            answers["failed"] = answers["error"]
        usual = {"success": "WebhookSuccess", "failed": "WebhookFailed"}
        if missing := [each for each in usual if each not in answers]:
            why = "the document has no callback" if told is None else "its callback does not show it"
            self._note("webhook says " + " and ".join(missing), "the usual way", "guessed", why)
        return {meant: answers.get(meant) or self._without_strangers(_usual()[name]) for meant, name in usual.items()}

    def _without_strangers(self, answer: Answer) -> Answer:
        """A usual answer without what only other orders hold."""
        return replace(
            answer, fields=tuple(each for each in answer.fields if each.space != "order" or each.fact in self._fields)
        )


def _body_of(shape: Shape | None) -> Any:
    """What makes the body of a plain answer from a seed: one of the examples, else a value that the schema takes."""
    if shape is None:
        return lambda _: {"status": "success"}

    def body(seed: int) -> Any:
        dice = Dice(seed)
        return pick(dice, shape.shown) if shape.shown else sample(shape.schema, dice)

    return body
