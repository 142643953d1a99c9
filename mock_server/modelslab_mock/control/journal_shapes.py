"""What comes out where exchanges are looked at."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from modelslab_contracts.exchange import Exchange
from modelslab_contracts.findings import Finding
from modelslab_contracts.json_lines import body_as_value
from modelslab_contracts.near_miss import NearMiss
from modelslab_contracts.report import line

#: A body: text where it is UTF-8, and its bytes in base64 otherwise.
BodyValue = str | dict[str, str]


class FindingView(BaseModel):
    """What was noticed about a request."""

    severity: str = Field(examples=["error"])
    rule: str = Field(description="One of /__mock/rules.", examples=["request/above-maximum"])
    where: str = Field(description="A JSON pointer into the body; empty for all of it.", examples=["/width"])
    expected: str = Field(description="What must be.", examples=["between 1 and 1024"])
    got: str = Field(description="What came.", examples=["9999"])
    source: str = Field(description="Which page says so.")
    hint: str = Field(description="What was probably meant.")
    says: str = Field(description="All of it on one line, as the log words it.")


class ExchangeLine(BaseModel):
    """A request and its reply in brief."""

    n: int = Field(description="Its number in the journal of its sandbox.", examples=[1])
    sandbox: str = Field(examples=["sb-2bb80d53"])
    real_at: float = Field(description="When, in real seconds since 1970.", examples=[1767225600.0])
    at: float = Field(description="When, on the sandbox's clock.", examples=[1767225600.0])
    endpoint: str = Field(description="The contract that answered; empty for none.", examples=["realtime-v6"])
    job_id: int | None = Field(description="The job it was about.")
    answer: str = Field(
        description="The status word of the reply, `picture`, or the fault that was played.", examples=["success"]
    )
    method: str = Field(examples=["POST"])
    path: str = Field(examples=["/api/v6/realtime/text2img"])
    status: int = Field(examples=[200])
    reason: str = Field(description="Why it was answered so.")
    findings: list[FindingView] = Field(description="What was coerced, capped, unknown or wrong.")


class NearMissView(BaseModel):
    """What a refused or unmatched request was probably meant to be."""

    n: int = Field(description="The number of the exchange.", examples=[1])
    sandbox: str = Field(examples=["sb-2bb80d53"])
    asked: str = Field(description="Its method and path.", examples=["POST /api/v6/api/v6/realtime/text2img"])
    endpoint: str = Field(description="The nearest contract; empty when nothing is near.", examples=["realtime-v6"])
    nearest: str = Field(description="The method and path of the nearest call.", examples=["POST /api/v6/realtime/text2img"])
    differs: list[FindingView] = Field(description="What differs, the most telling first.")
    text: str = Field(description="The explanation for a person, of several lines.")


class ExchangeView(ExchangeLine):
    """A request and its reply, API keys masked. A body is text where it is UTF-8, else an object with `base64`."""

    query: str
    request_headers: list[tuple[str, str]]
    request_body: BodyValue = Field(description="As it came, cut at 64 KiB.")
    reply_headers: list[tuple[str, str]]
    reply_body: BodyValue = Field(description="As it went; pictures have none here.")
    near_miss: NearMissView | None = Field(description="What it was probably meant to be, when it was refused or unmatched.")


class ExchangeList(BaseModel):
    """Exchanges that match."""

    matched: int = Field(description="How many there are, also beyond the limit.", examples=[1])
    forgotten: int = Field(description="How many exchanges these journals have let go, whatever they were.", examples=[0])
    exchanges: list[ExchangeLine]


class NearMissList(BaseModel):
    """Near misses that match."""

    matched: int = Field(description="How many there are, also beyond the limit.", examples=[1])
    near_misses: list[NearMissView]


def finding_view(finding: Finding) -> FindingView:
    """A finding as this API shows it."""
    return FindingView(severity=finding.severity.label, says=line(finding), **finding._asdict())


def exchange_line(exchange: Exchange) -> ExchangeLine:
    """An exchange in brief."""
    return ExchangeLine(**_brief(exchange))


def exchange_view(exchange: Exchange, near: NearMiss | None) -> ExchangeView:
    """An exchange, as its journal handed it out, in full."""
    return ExchangeView(
        **_brief(exchange),
        query=exchange.query,
        request_headers=list(exchange.request_headers),
        request_body=body_as_value(exchange.request_body),
        reply_headers=list(exchange.reply_headers),
        reply_body=body_as_value(exchange.reply_body),
        near_miss=near_miss_view(near) if near is not None else None,
    )


def near_miss_view(near: NearMiss) -> NearMissView:
    """A near miss as this API shows it."""
    told = {**near._asdict(), "differs": [finding_view(each) for each in near.differs]}
    return NearMissView(**told, text=str(near))


def _brief(exchange: Exchange) -> dict[str, Any]:
    kept = {name: getattr(exchange, name) for name in ExchangeLine.model_fields}
    return {**kept, "findings": [finding_view(each) for each in exchange.findings]}
