"""The emulator without its socket: a request in, a response out, at a time that the caller names.

Emulated routes go through `conversation.py`; pictures are only named here, and drawn by whoever holds the socket.
"""

from __future__ import annotations

from dataclasses import dataclass

from modelslab_contracts.exchange import NO_RAW, Exchange
from modelslab_contracts.findings import Finding
from modelslab_contracts.near_path import advise
from modelslab_contracts.situations import situation

from .conversation import converse
from .emulator import Emulator
from .engine.ids import NO_SANDBOX
from .engine.job import Job, end_status, ended_at, is_told_ahead, status
from .engine.links import TEMP_LINK_S, PictureLink, read_path
from .engine.picture_fates import PLAIN_FATE, fate_of
from .engine.render import dumps
from .engine.sandbox import Sandbox
from .messages import JSON, TEXT, Request, Response
from .routes import Routes

_GALLERY = ("/generations/", "/temp/", "/proxy/", "/base64/")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class App(Emulator):
    """An emulator with its addresses: every request finds its road here."""

    routes: Routes

    def handle(self, request: Request, real_now: float) -> Response:
        """The response to a request at the real time `real_now`. Never raises for what a client sends."""
        match = self.routes.find(request.path)
        if match is not None:
            if match.by_method is not None:
                match = match.of(request.method)
            return converse(self, request, match, real_now)
        if request.path.startswith(_GALLERY):
            return self._picture(request, real_now)
        return self._nowhere(request, real_now)

    def methods_at(self, path: str) -> str:
        """The methods that a path answers; all of them where nothing is."""
        if (match := self.routes.find(path)) is not None:
            return ", ".join(match.methods)
        return "GET, HEAD" if path.startswith(_GALLERY) else "POST, GET, HEAD"

    def unreadable(self, finding: Finding, real_now: float, answer: str = "error") -> Exchange:
        """The recorded exchange of a connection on which something else came than its port speaks."""
        return self._told(Request("-", "-"), real_now, 400, finding.hint, findings=(finding,), answer=answer)

    def _picture(self, request: Request, real_now: float) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response(405, (("allow", "GET, HEAD"), *TEXT), b"only GET and HEAD\n")
        link = read_path(request.path)
        owner = self.store.job_of_file(link.file_prefix) if link else None
        why = "no such picture" if link is None else _why_not(link, *owner, real_now) if owner else ""
        fate = PLAIN_FATE  # a picture whose job is forgotten has no story
        if not why and link is not None and owner is not None and owner[1].story.pictures:
            is_mirror = request.path.startswith("/proxy/")
            fate = fate_of(link, *owner, owner[0].clock.now(real_now), is_mirror=is_mirror)
        code, why = (404, why) if why else (fate.status, fate.why)
        exchange = self._told(request, real_now, code, why or "picture", owner=owner)
        if code != 200 or link is None:
            return Response(code, TEXT, why.encode() + b"\n", delay_s=fate.delay_s, exchange=exchange)
        link = link._replace(spoil=fate.spoil)
        return Response(code, (), delivery=fate.delivery, delay_s=fate.delay_s, picture=link, exchange=exchange)

    def _nowhere(self, request: Request, real_now: float) -> Response:
        """A path that no contract has: refused in the vendor's shape, explained in the log."""
        profile = self.store.read(NO_SANDBOX).profile
        path = request.path[:200]
        said = situation("unknown-path", profile)
        says = advise(path, self.endpoints.values()).says
        finding = Finding("route/unknown-path", "", "a path of a contract", path, "specs/*.yaml", says)
        body = dumps({"status": "error", "message": said.text.replace("{path}", path.lstrip("/") or "/")}, profile)
        exchange = self._told(request, real_now, said.status or 404, finding.hint, findings=(finding,), answer="error")
        return Response(said.status or 404, JSON, body, exchange=exchange)

    def _told(
        self,
        request: Request,
        real_now: float,
        code: int,
        reason: str,
        *,
        owner: tuple[Sandbox, Job] | None = None,
        findings: tuple[Finding, ...] = (),
        answer: str = "picture",
    ) -> Exchange:
        """A recorded exchange apart from the emulated routes: no bodies, and no key that could be in them."""
        sandbox = owner[0] if owner else self.store.read(NO_SANDBOX)
        exchange = Exchange(
            real_at=real_now,
            at=sandbox.clock.now(real_now),
            sandbox=sandbox.name,
            endpoint=owner[1].endpoint if owner else "",
            job_id=owner[1].id if owner else None,
            answer=answer,
            method=request.method,
            path=request.path if owner else request.path[:200],
            status=code,
            reason=reason,
            findings=findings,
        )
        self.store.record(sandbox.name, exchange, NO_RAW)
        return exchange


def _why_not(link: PictureLink, sandbox: Sandbox, job: Job, real_now: float) -> str:
    """Why a picture cannot be had now; "" when it can. Its job's clock decides."""
    fetches = sandbox.fetches.get(job.id, [])
    now = sandbox.clock.now(real_now)
    stands = status(job, fetches, now)
    if stands == "processing" and is_told_ahead(job) and job.values.get("webhook"):
        stands = end_status(job)  # fetches still say otherwise, but whoever was told may have what it was told of
    if stands == "processing":
        return "not there yet: the job is processing"
    if stands != "success":
        return f"never made: the job ended in {stands}"
    if job.is_queued and job.ends == "empty":
        return "never made: the job ended without a picture"
    end = ended_at(job, fetches)
    if link.temporary and end is not None and now >= end + TEMP_LINK_S:
        return "expired: temp links end after 24 hours"
    return ""
