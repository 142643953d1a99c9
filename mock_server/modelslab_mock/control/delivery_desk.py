"""What was sent to webhooks, found and waited for over what a panel reaches, and how this API shows it."""

from __future__ import annotations

import asyncio
import heapq
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field

from ..awaited import DeliveryAwaited
from ..outbox import Delivery, Outbox
from ..watch import NotInTime
from .errors import Refused
from .panel import Panel

StateWord = Literal["pending", "delivered", "failed", "lost", "refused"]


class AttemptView(BaseModel):
    """One call of a receiver."""

    real_at: float = Field(description="When it began, in real seconds since 1970.", examples=[1767225600.0])
    took_s: float = Field(examples=[0.004])
    status: int | None = Field(description="The status of the receiver's answer; null when there was none.", examples=[204])
    problem: str = Field(description="Why there was none.")


class DeliveryLine(BaseModel):
    """A webhook of one job."""

    n: int = Field(description="Its number in the outbox of its sandbox.", examples=[1])
    sandbox: str = Field(examples=["sb-2bb80d53"])
    job_id: int = Field(examples=[1234567890])
    state: StateWord
    answer: str = Field(description="Which of the contract's webhook bodies it carries.", examples=["success"])
    fate: str = Field(description="The word of the story that decided about it.", examples=["once"])
    due_at: float = Field(description="When it was due, on the sandbox's clock.", examples=[1767225600.0])
    url: str = Field(description="Where it goes, the API key and a user masked.", examples=["http://127.0.0.1:9000/hook"])
    why: str = Field(description="Why it is lost or refused.")
    attempts: list[AttemptView] = Field(description="The last 20 calls, the oldest first.")


class DeliveryView(DeliveryLine):
    """A webhook of one job, with its body."""

    body: str = Field(description="What was sent, API keys masked, cut at 64 KiB.")


class DeliveryList(BaseModel):
    """Deliveries that match."""

    matched: int = Field(description="How many there are, also beyond the limit.", examples=[1])
    forgotten: int = Field(description="How many deliveries these outboxes have let go.", examples=[0])
    webhooks: list[DeliveryLine]


class Asked(NamedTuple):
    """Which deliveries somebody wants to see, in which sandbox (None: in all)."""

    within: str | None
    state: str | None
    job: int | None
    after: int

    def matches(self, delivery: Delivery) -> bool:
        return (
            delivery.number > self.after
            and self.job in (None, delivery.job_id)
            and (self.state in (None, delivery.state) or (self.state == "settled" and delivery.state != "pending"))
        )

    def __str__(self) -> str:
        parts = [f"of job {self.job}" if self.job is not None else "", f"in sandbox {self.within}" if self.within else ""]
        return " ".join(each for each in ("webhook", *parts, f"that is {self.state}" if self.state else "") if each)


class DeliveryDesk:
    """Every method raises Refused, with a sentence, for what cannot be."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._store = panel.store

    async def listed(self, asked: Asked, limit: int, *, newest: bool) -> DeliveryList:
        """The `limit` deliveries that match, the newest or the oldest of them first, without bodies."""
        return await asyncio.to_thread(self._listed, asked, limit, newest)  # it may look at every outbox

    async def waited(
        self, asked: Asked, how: Literal["match", "next"], seconds: float, limit: int, *, newest: bool
    ) -> DeliveryList:
        """The same once there is one (`next`: only the first of those yet to come), within that many real seconds."""
        after = {name: each.last for name, each in self._outboxes(asked.within).items()} if how == "next" else {}
        awaited = DeliveryAwaited(self._store, asked.within, asked.matches, str(asked), after)
        try:
            name, found = await self._panel.watch.wait(awaited, seconds)
        except NotInTime:
            raise Refused(409, f"no {asked} within {seconds:g} s") from None
        if how == "match":
            return await self.listed(asked, limit, newest=newest)
        forgotten = sum(each.forgotten for each in self._outboxes(asked.within).values())
        return DeliveryList(matched=1, forgotten=forgotten, webhooks=[DeliveryLine(**_told(name, found))])

    def one(self, name: str, n: int) -> DeliveryView:
        """A delivery with its body."""
        outbox = self._store.outboxes().get(name)
        return self._whole(name, n, outbox.get(n) if outbox is not None else None)

    async def redelivered(self, name: str, n: int) -> DeliveryView:
        """A delivery after one more attempt."""
        held = name in self._store.outboxes()
        return self._whole(name, n, await self._panel.courier.redeliver(name, n) if held else None)

    def _listed(self, asked: Asked, limit: int, newest: bool) -> DeliveryList:
        found, outboxes = [], self._outboxes(asked.within)
        for name, outbox in outboxes.items():
            # Within one outbox the numbers say which is newer.
            found += [(each.due_at if len(outboxes) > 1 else 0.0, each.number, name) for each in outbox.raws(asked.matches)]
        pick = heapq.nlargest if newest else heapq.nsmallest
        lines = ((name, outboxes[name].outline(number)) for _, number, name in pick(limit, found))
        return DeliveryList(
            matched=len(found),
            forgotten=sum(each.forgotten for each in outboxes.values()),
            webhooks=[DeliveryLine(**_told(name, each)) for name, each in lines if each is not None],
        )

    def _outboxes(self, within: str | None) -> dict[str, Outbox]:
        return {name: each for name, each in self._store.outboxes().items() if within in (None, name)}

    def _whole(self, name: str, n: int, delivery: Delivery | None) -> DeliveryView:
        if delivery is None:
            sentence = f"the outbox of sandbox {name} holds no webhook {n}; GET /__mock/webhooks lists those it holds"
            raise Refused(404, sentence)
        return DeliveryView(**{**_told(name, delivery), "body": delivery.body.decode("utf-8", "replace")})


def _told(name: str, delivery: Delivery) -> dict[str, Any]:
    attempts = [AttemptView(**each._asdict()) for each in delivery.attempts]
    return {**delivery._asdict(), "n": delivery.number, "sandbox": name, "attempts": attempts}
