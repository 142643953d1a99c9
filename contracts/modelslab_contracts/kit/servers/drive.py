"""One probe, driven through: order, wait as the eta says, fetch until the job has ended, fetch again, look at a picture."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ...endpoint import Call, Endpoint
from ...exchange import Exchange, masked, masked_headers, masked_text, sandbox_name
from ..chance import Dice
from ..field_names import fetch_url_name
from ..heard import call_paths
from .budget import Budget, SpentError
from .line import Answered, Line
from .looking import hosts_of, links_in, look
from .probes import Probe, Spelling
from .visit import ENDS, Look, Role, Step, Visit

#: Fetches of one job, and seconds waited for it, after which it is left as it is.
MAX_FETCHES, MAX_WAIT_S = 40, 600.0
#: The longest wait between two fetches, and the shortest, whatever the server says.
LONGEST_WAIT_S, SHORTEST_WAIT_S = 60.0, 1.0
#: Refusals that pass, how often they are waited for, and for how long where they do not say.
PASSING, MAX_TRIES, PAUSE_S = (429, 503), 4, 5.0
#: A key that is nobody's, or somebody else's.
OTHER_KEY = "somebody-elses-key-0123456789"
_JSON: Mapping[str, str] = {"content-type": "application/json", "accept": "application/json"}


@dataclass(slots=True)
class Driver:
    """Drives probes of one endpoint over one line, with one key."""

    endpoint: Endpoint
    line: Line
    key: str
    budget: Budget
    profile: str = "documented"
    steps: list[Step] = field(default_factory=list)

    def drive(self, probe: Probe) -> Visit:
        """Everything that a probe leads to. Raises SpentError before the order when nothing may be sent any more."""
        self.steps = []
        stopped = ""
        try:
            self._drive(probe)
        except SpentError as spent:
            if not self.steps:
                raise
            stopped = str(spent)
        return Visit(self.endpoint, probe, self.profile, self.line.origin, tuple(self.steps), stopped)

    def _drive(self, probe: Probe) -> None:
        ordered = self._patiently("submit", self.endpoint.submit, body_of(probe, self.key))
        if ordered.has_begun_a_job:
            self._follow(ordered, probe)
        elif probe.asks_for_no_job:
            self._fetch("unknown-id", unknown_id(probe.number), probe.number)

    def _follow(self, ordered: Step, probe: Probe) -> None:
        """A job to its end, and what comes after that."""
        job_id = (ordered.reply or {}).get("id")
        if job_id is None or isinstance(job_id, (dict, list)):
            return
        number = probe.number
        last = self._until_it_ends(ordered, job_id, number)
        if probe.is_looked_at_closely:
            self._fetch("other-key", job_id, number, key=OTHER_KEY)
        if last.word not in ENDS:
            return
        for turn in range(len(self.endpoint.fetches)):
            self._fetch("again", job_id, number + turn)
        if last.word == "success" and probe.is_looked_at_closely:
            self._look(last, number)

    def _until_it_ends(self, ordered: Step, job_id: Any, number: int) -> Step:
        waited, last, said = 0.0, ordered, ordered
        for turn in range(MAX_FETCHES):
            if last.word != "processing" or waited > MAX_WAIT_S:
                break
            pause = eta_of(said.reply)
            self.line.wait(pause)
            waited += pause
            last = self._fetch("fetch", job_id, number + turn, url=self._fetch_url(said))
            said = last if eta_in(last.reply) is not None else said
        return last

    def _fetch_url(self, said: Step) -> str:
        """Where the server says that its job is fetched, as long as that is a fetch call of the server itself."""
        url = (said.reply or {}).get(fetch_url_name(self.endpoint))
        if not isinstance(url, str) or hosts_of(self.line.origin).isdisjoint(hosts_of(url)):
            return ""
        path = urlsplit(url).path
        return url if any(kind == "fetch" and pattern.fullmatch(path) for kind, pattern in call_paths(self.endpoint)) else ""

    def _fetch(self, role: Role, job_id: Any, turn: int, *, url: str = "", key: str = "") -> Step:
        """Ask for a job, by each fetch call in turn."""
        call = self.endpoint.fetches[turn % len(self.endpoint.fetches)]
        fields: dict[str, Any] = {"key": key or self.key}
        if call.id_in == "body":
            fields["request_id"] = job_id
            url = ""
        path = call.path.replace("{id}", str(job_id))
        return self._patiently(role, call, _dumped(fields), url=url or self.line.origin + path, key=key)

    def _look(self, ended: Step, number: int) -> None:
        """One of the pictures, where they are the server's own or on hosts that it may name."""
        links = links_in(ended.reply, self.endpoint, self.line.origin)
        if not links:
            return
        url = links[number % len(links)]
        self.budget.request()
        at, answered = self.line.now(), self.line.ask("GET", url, {}, b"")
        seen = look(answered) if not answered.trouble else Look(None, answered.trouble)
        exchange = self._exchange("GET", url, {}, b"", answered._replace(body=b""), at, None, self.key)
        self.steps.append(Step("picture", exchange, None, seen, answered.trouble))

    def _patiently(self, role: Role, call: Call, body: bytes, *, url: str = "", key: str = "") -> Step:
        """Ask, and again after refusals that pass; only the last answer is a step."""
        url, key = url or self.line.origin + call.path, key or self.key
        for turn in range(MAX_TRIES):
            self.budget.request()
            at, answered = self.line.now(), self.line.ask("POST", url, _JSON, body)
            if answered.status not in PASSING or turn == MAX_TRIES - 1:
                break
            self.line.wait(pause_of(answered))
        step = Step(role, self._exchange("POST", url, _JSON, body, answered, at, call, key), call, None, answered.trouble)
        self.steps.append(step)
        return step

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, answered: Answered, at: float, call: Call | None,
        key: str,
    ) -> Exchange:  # fmt: skip
        parts = urlsplit(url)
        return Exchange(
            real_at=at,
            at=at,
            sandbox=sandbox_name(key),
            endpoint=self.endpoint.name,
            job_id=None,
            answer="picture" if call is None else call.kind,
            method=method,
            path=masked_text(parts.path, key),
            status=answered.status,
            reason=answered.trouble,
            query=masked_text(parts.query, key),
            request_headers=masked_headers({**headers, "host": parts.netloc}, key),
            request_body=masked(body, key),
            reply_headers=masked_headers(dict(answered.headers), key),
            reply_body=masked(answered.body, key),
        )


def unknown_id(number: int) -> int:
    """An id that no job has, with about as many digits as one."""
    return 10**11 + Dice(0x1D, number).below(10**11)


def body_of(probe: Probe, key: str) -> bytes:
    """The body of an order, in the probe's spelling."""
    return _SPELLED[probe.spelling](key, probe.asked.request)


_SPELLED: Mapping[Spelling, Callable[[str, Mapping[str, Any]], bytes]] = {
    "plain": lambda key, request: _dumped({"key": key, **request}),
    "no-key": lambda _, request: _dumped(request),
    "empty-key": lambda _, request: _dumped({"key": "", **request}),
    "cut": lambda key, request: _dumped({"key": key, **request})[:-1],
    "list": lambda key, request: _dumped([{"key": key, **request}]),
    "empty": lambda *_: b"",
}


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def eta_in(reply: Mapping[str, Any] | None) -> float | None:
    """How long a reply says that its job takes; None when it does not say."""
    eta = (reply or {}).get("eta")
    is_number = isinstance(eta, (int, float)) and not isinstance(eta, bool) and math.isfinite(eta)
    return float(eta) if is_number and eta is not None else None


def eta_of(reply: Mapping[str, Any] | None) -> float:
    """How long to wait after a reply."""
    return min(max(eta_in(reply) or 0.0, SHORTEST_WAIT_S), LONGEST_WAIT_S)


def pause_of(answered: Answered) -> float:
    """How long to wait after a refusal that passes."""
    said = dict(answered.headers).get("retry-after", "")
    return min(float(said), LONGEST_WAIT_S) if said.isascii() and said.isdigit() and len(said) < 10 else PAUSE_S
