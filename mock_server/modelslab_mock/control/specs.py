"""What the server stands on: the contracts, every doubt about them, the rules that judge."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from modelslab_contracts.findings import RULES
from modelslab_contracts.ledger import ledger
from modelslab_contracts.nearest import did_you_mean, nearest

from ..specs_named import guesses_of
from .errors import Refused
from .panel import Panel


class CallView(BaseModel):
    """One call of a contract."""

    kind: str = Field(description="submit, fetch or plain.", examples=["submit"])
    path: str = Field(examples=["/api/v6/realtime/text2img"])
    summary: str


class Spec(BaseModel):
    """A contract: one page of the vendor."""

    title: str
    calls: list[CallView]


class Side(BaseModel, from_attributes=True):
    """One side of a contradiction and where it stands."""

    text: str
    source: str


class Doubt(BaseModel, from_attributes=True):
    """A contradiction between pages, samples and reality, and what each profile does about it."""

    id: str
    endpoints: list[str]
    says: Side
    against: Side
    documented: str
    strict: str
    observed: str
    certainty: str = Field(description="How sure we are of the side that is not followed.", examples=["observed"])
    why: str


class AssumedField(BaseModel):
    """Keywords of a field that no page states."""

    endpoint: str
    field: str
    keywords: list[str]
    why: str


class InferredView(BaseModel, from_attributes=True):
    """One thing that a foreign document does not say outright, and what it was taken to be."""

    endpoint: str = Field(examples=["video-text2video"])
    about: str = Field(description="What it is about: job, fetch, files, webhook, an answer.", examples=["fetch"])
    taken: str = Field(description="What was taken to hold.", examples=["/api/v6/video/fetch/{id}"])
    certainty: str = Field(description="inferred from a sign in a document, or guessed.", examples=["inferred"])
    why: str = Field(description="The sign.", examples=["its address"])


class Fidelity(BaseModel):
    """Every doubt: nothing here was ever checked against the live service."""

    ledger: list[Doubt]
    assumed: list[AssumedField]
    inferred: list[InferredView] = Field(description="Of documents named with --spec; empty without any.")


class RuleView(BaseModel):
    """A rule of the catalogue."""

    id: str = Field(examples=["request/not-a-multiple"])
    severity: str = Field(examples=["error"])
    sentence: str


SpecName = Annotated[str, Path(description="A contract, as /__mock/specs lists it.", examples=["realtime-v6"])]


def room(panel: Panel) -> APIRouter:
    """Specs, fidelity, rules: the same for every sandbox."""
    router = APIRouter(tags=["specs"])
    endpoints = panel.emulator.endpoints

    @router.get("/specs", summary="The contracts and their calls, by name")
    async def specs() -> dict[str, Spec]:
        return {
            name: Spec(
                title=endpoint.title,
                calls=[CallView(kind=call.kind, path=call.path, summary=call.summary) for call in endpoint.calls],
            )
            for name, endpoint in endpoints.items()
        }

    @router.get("/specs/{name}", summary="A contract as OpenAPI YAML", response_class=PlainTextResponse)
    async def spec(name: SpecName) -> str:
        if name not in endpoints:
            raise Refused(
                404,
                f"no contract has this name; there are {', '.join(endpoints)}{did_you_mean(name, endpoints)}",
                nearest(name, endpoints),
            )
        return endpoints[name].document.text.decode()

    @router.get(
        "/fidelity", summary="Every doubt: contradictions between pages and reality, what is assumed, and what was inferred"
    )
    async def fidelity() -> Fidelity:
        assumed = [
            AssumedField(endpoint=endpoint.name, field=each.name, keywords=list(each.clause.assumed), why=each.clause.why)
            for endpoint in endpoints.values()
            for each in endpoint.fields
            if each.clause.assumed
        ]
        return Fidelity(
            ledger=[Doubt.model_validate(entry) for entry in ledger()],
            assumed=assumed,
            inferred=[InferredView.model_validate(each) for each in guesses_of(panel.settings.spec)],
        )

    @router.get("/rules", summary="The catalogue of rules")
    async def rules() -> list[RuleView]:
        return [RuleView(id=rule.id, severity=rule.severity.label, sentence=rule.sentence) for rule in RULES.values()]

    return router
