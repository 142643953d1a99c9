"""The emulator's place taken by a recording: what was recorded is answered, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modelslab_contracts.body import Body, parse_body
from modelslab_contracts.exchange import KEPT_BYTES, Exchange, Raw, kept, masked_findings, masked_text
from modelslab_contracts.findings import Finding
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.report import brief

from ..app import App
from ..engine.ids import NO_SANDBOX
from ..engine.links import read_path
from ..engine.render import dumps
from ..messages import JSON, Request, Response
from ..reading import is_own, key_of
from .leading import Leader
from .tape import Playing, Tape

#: Headers of a recorded answer that speak of another connection, or of bytes that were led elsewhere since.
_OF_THEN = (
    "content-length", "content-encoding", "transfer-encoding", "connection", "keep-alive", "date", "set-cookie",
    "access-control-",
)  # fmt: skip
_LENIENT = PROFILES["documented"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReplayApp(App):
    """An App that plays a tape."""

    tape: Tape
    leader: Leader

    def handle(self, request: Request, real_now: float) -> Response:
        """See App."""
        headers = request.headers
        read = parse_body(headers.get("content-type", ""), request.body, "", _LENIENT) if request.body else None
        fields = read.fields if isinstance(read, Body) else {}
        key = key_of(fields, headers)
        name = self.name_sandbox(key) if key else NO_SANDBOX
        match = self.routes.find(request.path) if request.method == "POST" else None
        if match is not None:
            playing = self.tape.call(name, match, fields, self._asked(request, key))
        else:
            found = self.tape.file(name, request.method, request.path)
            if found is None and (request.method not in ("GET", "HEAD") or read_path(request.path) is None):
                says = "a request of the recording"
                missing = Finding("route/not-recorded", "", says, f"{request.method} {request.path[:200]}", "the recording")
                playing = Playing(None, None, (missing,))
            elif found is None:
                return App.handle(self, request, real_now)  # a placeholder for a picture that was not recorded
            else:
                playing = Playing(found, None)
        return self._answered(request, real_now, key, name, playing)

    def _asked(self, request: Request, key: str) -> Exchange:
        """The request as an exchange that has no answer yet; nobody but the tape sees it."""
        return Exchange(
            0.0, 0.0, self.name_sandbox(key) if key else NO_SANDBOX, "", None, "", request.method, request.path, 0, "",
            query=request.query, request_headers=tuple(request.headers.items()), request_body=request.body,
        )  # fmt: skip

    def _answered(self, request: Request, real_now: float, key: str, name: str, playing: Playing) -> Response:
        """Answer, and record that in the sandbox's journal."""
        sandbox = self.store.read(name)
        findings = masked_findings(playing.findings, key)
        was = playing.exchange
        if was is None:
            status, headers, delivery, answer = 404, JSON, "write", "error"
            says = f"the recording has no such request: {brief(findings[0])}"
            body = dumps({"status": "error", "message": says}, sandbox.profile)
            reason, job, endpoint = f"not recorded: {brief(findings[0])}", None, self._endpoint(request)
        else:
            status, answer, delivery = was.status or 502, was.answer, "reset" if was.answer == "reset" else "write"
            headers = tuple(each for each in was.reply_headers if not each[0].startswith(_OF_THEN))
            body = self.leader.led(was.reply_body, playing.road, self._origin(request))
            reason, job = f"played back: #{was.n} of the recording", _job(playing)
            endpoint = playing.road.endpoint.name if playing.road is not None else self._endpoint(request)
        if delivery == "reset" and was is not None and was.reply_body:
            delivery = "cut"
        path, query = masked_text(request.path[:400], key), masked_text(request.query, key)
        exchange = Exchange(
            real_now, sandbox.clock.now(real_now), name, endpoint, job, answer or "error", request.method, path, status, reason,
            findings, query, reply_headers=headers,
        )  # fmt: skip
        asked = request.body if len(request.body) <= KEPT_BYTES else kept(request.body, key)
        is_text = answer != "picture"
        self.store.record(name, exchange, Raw(key, request.headers, asked, kept(body, key) if is_text else b""))
        return Response(status, headers, body, delivery, exchange=exchange)

    def _origin(self, request: Request) -> str:
        """Where links lead: the address under which the request came, as in emulating."""
        host = request.headers.get("host", "").lower()
        if self.public_base_url:
            return self.public_base_url
        return f"{request.scheme}://{host}" if is_own(host, self.link_hosts) else self.bound_origin

    def _endpoint(self, request: Request) -> str:
        match = self.routes.find(request.path)
        return match.calls[0][0].name if match is not None else ""


def _job(playing: Playing) -> int | None:
    id_ = playing.road.id if playing.road is not None else ""
    return int(id_) if id_.isascii() and id_.isdigit() and len(id_) <= 20 else None


def replaying(tape: Tape, routes: Any) -> dict[str, Any]:
    """What a ReplayApp is made of beside what every App is."""
    return {"tape": tape, "leader": Leader(tape, routes.find)}
