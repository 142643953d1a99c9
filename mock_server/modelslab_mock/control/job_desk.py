"""Finding jobs, waiting for them and ending them, over what a panel reaches. Nothing here is ever a poll."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from modelslab_contracts.exchange import masked_text
from modelslab_contracts.nearest import did_you_mean, nearest

from ..awaited import JobAwaited
from ..engine.inputs import SettleInput
from ..engine.job import Job, ended_at, status
from ..engine.sandbox import Sandbox
from ..engine.step import step
from ..watch import NotInTime, WontHappen
from ..webhooks import address_of
from .errors import Refused
from .job_shapes import ByHand, JobList, JobView
from .panel import Panel

_WHY_TIME_DID_NOT_HELP = {
    "frozen": "; its clock is frozen and moves only by advance",
    "auto": "; its clock is auto and moves only by fetches and advance",
}


class JobDesk:
    """Every method raises Refused, with a sentence, for what cannot be."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._store = panel.store

    def find(self, job_id: int, within: str | None) -> tuple[Sandbox, Job]:
        """A job and its sandbox, looked for in one sandbox or in all."""
        for sandbox in [self._store.look(within)] if within else self._store.held():
            if (job := sandbox.jobs.get(job_id)) is not None:
                return sandbox, job
        where = f"sandbox {within} has" if within else "there is"
        raise Refused(404, f"{where} no job {job_id}; GET /__mock/jobs lists those that are kept")

    def view(self, job_id: int, within: str | None) -> JobView:
        """A job as this API shows it."""
        return self._view(*self.find(job_id, within))

    def listed(self, within: str | None, stands: str | None, endpoint: str | None, limit: int) -> JobList:
        """The newest `limit` jobs of one sandbox or of all that stand so and are of that endpoint."""
        known = self._panel.emulator.endpoints
        if endpoint is not None and endpoint not in known:
            sentence = f"?endpoint is none of {', '.join(known)}{did_you_mean(endpoint, known)}"
            raise Refused(422, sentence, nearest(endpoint, known))
        sandboxes: Iterable[Sandbox] = [self._store.look(within)] if within else self._store.held()
        found = [
            (sandbox, job)
            for sandbox in sandboxes
            for job in sandbox.jobs.values()
            if endpoint in (None, job.endpoint) and (stands is None or self._stands(sandbox, job) == stands)
        ]
        found.sort(key=lambda each: (each[1].submitted_at, each[1].n), reverse=True)
        return JobList(matched=len(found), jobs=[self._view(*each) for each in found[:limit]])

    def end(
        self, job_id: int, within: str | None, how: Literal["success", "failed", "error"], message: str | None = None
    ) -> JobView:
        """End a job by hand; its webhook goes out. A terminal status never changes."""
        sandbox, job = self.find(job_id, within)
        emulator, given = self._panel.emulator, SettleInput(job_id, how, message)
        outcome = emulator.commit(sandbox.name, step, given, self._panel.real_now(), emulator.steering)
        if not outcome.facts:
            raise Refused(409, f"job {job_id} has ended in {self._stands(sandbox, job)} already, and an end is for good")
        self._panel.courier.carry_out(sandbox.name, outcome.effects)
        return self.view(job_id, sandbox.name)

    async def wait(self, job_id: int, within: str | None, wanted: tuple[str, ...], seconds: float) -> JobView:
        """The job once it stands as wanted, within that many real seconds."""
        name = self.find(job_id, within)[0].name
        try:
            await self._panel.watch.wait(JobAwaited(self._panel.watch, name, job_id, wanted), seconds)
        except WontHappen:
            now = self.view(job_id, name).status  # Refused, with its own sentence, when the job is gone
            raise Refused(409, f"job {job_id} has ended in {now}, so it will never be {wanted[0]}") from None
        except NotInTime:
            why = _WHY_TIME_DID_NOT_HELP.get(self._store.look(name).clock.mode, "")
            raise Refused(409, f"job {job_id} is still processing after {seconds:g} s{why}") from None
        return self.view(job_id, name)

    def _stands(self, sandbox: Sandbox, job: Job) -> str:
        return status(job, sandbox.fetches.get(job.id, []), sandbox.clock.now(self._panel.real_now()))

    def _view(self, sandbox: Sandbox, job: Job) -> JobView:
        fetches = sandbox.fetches.get(job.id, [])
        hook = job.values.get("webhook")
        return JobView(
            id=job.id,
            sandbox=sandbox.name,
            endpoint=job.endpoint,
            status=status(job, fetches, sandbox.clock.now(self._panel.real_now())),
            submitted_at=job.submitted_at,
            ends_at=ended_at(job, fetches),
            fetches=len(fetches),
            pictures=job.samples,
            webhook=masked_text(_address(hook), self._key_in(sandbox.name)) if hook else None,
            by_hand=ByHand(at=job.settled.at, message=job.settled.message) if job.settled else None,
        )

    def _key_in(self, name: str) -> str:
        """The key to mask in what a client gave as an address."""
        outbox = self._store.outboxes().get(name)
        return outbox.key if outbox is not None else ""


def _address(url: object) -> str:
    """Where a webhook goes; its path and query may hold a secret."""
    try:
        return address_of(str(url))
    except ValueError:
        return "not a URL"
