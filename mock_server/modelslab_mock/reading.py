"""What a request asks for: from its bytes to an input of the engine, or to the refusal of what cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from modelslab_contracts.body import Body, parse_body, parse_query
from modelslab_contracts.endpoint import Call, Endpoint
from modelslab_contracts.exchange import MASKED_AS_TEXT_FROM, masked_findings, masked_text, masked_words
from modelslab_contracts.findings import Finding
from modelslab_contracts.profiles import PROFILES, Profile
from modelslab_contracts.report import brief
from modelslab_contracts.request import Order, read_request, sentence
from modelslab_contracts.situations import Situation, situation
from modelslab_contracts.story import StoryError

from .emulator import Emulator
from .engine.asked import asked_of
from .engine.choose import choose
from .engine.ids import NO_SANDBOX
from .engine.inputs import FetchInput, Input, LoadInput, Reply, SubmitInput
from .known import LONGEST
from .messages import Request
from .routes import Match

_SITUATION_OF = {"route/wrong-method": "wrong-method", "request/too-large": "too-large"}
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Reading(NamedTuple):
    """What a request is: of which endpoint and call, with which API key ("" without one), and what it gives to the engine.

    A `given` that is a Reply already refuses. `findings` are masked.
    """

    endpoint: Endpoint
    call: Call
    key: str
    given: Input | Reply
    findings: tuple[Finding, ...] = ()


class KeptReading(NamedTuple):
    """A reading of a path and a body, with what else it was made of."""

    method: str
    headers: Mapping[str, str]
    scheme: str
    profile: Profile
    reading: Reading


def read(emulator: Emulator, request: Request, match: Match) -> tuple[str, Reading]:
    """The name of the sandbox that a request is for, and what it asks for there.

    A request that comes again is not read again: nobody can tell, but by the time that it takes.
    """
    method, path, headers, raw, query, scheme, _ = request
    kept = emulator.readings.get((path, raw))
    if kept is not None and not query:
        of_method, of_headers, of_scheme, profile, reading = kept
        if of_method == method and of_scheme == scheme and (of_headers is headers or of_headers == headers):
            key = reading[2]
            name = emulator.name_sandbox(key) if key else NO_SANDBOX
            sandbox = emulator.store.read(name)
            if sandbox.profile is profile and not sandbox.account.revoked:
                return name, reading
    return _Reader(emulator, request, match).read()


class _Refused(Exception):
    """The request is not taken: which situation, and the findings that say why. Never leaves this module."""

    def __init__(self, which: str, problems: tuple[Finding, ...], *, text: str = "", noticed: tuple[Finding, ...] = ()) -> None:
        super().__init__(which)
        self.which = which
        self.problems = problems
        self.text = text
        self.noticed = noticed


class _Reader:
    """What is known of one request while it is read."""

    def __init__(self, emulator: Emulator, request: Request, match: Match) -> None:
        self.emulator = emulator
        self.request = request
        self.match = match
        self.endpoint, self.call = match.calls[0]
        self.key = ""
        self.findings: tuple[Finding, ...] = ()

    def read(self) -> tuple[str, Reading]:
        """See the function of that name."""
        # Whose profile it is, only the key in the body can tell; so the first reading is the usual, lenient one.
        body = self._body(PROFILES["documented"])
        fields = body.fields if isinstance(body, Body) else {}
        if len(self.match.calls) > 1:
            self.endpoint, self.call = self.match.select(fields)
        self.key = key_of(fields, self.request.headers, self.call.key_headers)
        name = self.emulator.name_sandbox(self.key) if self.key else NO_SANDBOX
        sandbox = self.emulator.store.read(name)
        profile = sandbox.profile
        if isinstance(body, Body) and not profile.takes_duplicates:
            body = self._body(profile)
        given: Input | Reply
        try:
            given = self._given(body, profile, sandbox.account.revoked)
        except _Refused as refused:
            given = self._refusal(refused, profile)
        reading = Reading(self.endpoint, self.call, self.key, given, self.findings)
        if isinstance(given, SubmitInput) and given.order.values.get("webhook"):
            self.emulator.store.outbox(name).key = self.key  # what it masks
        elif not sandbox.account.revoked:
            method, path, headers, raw, query, scheme, _ = self.request
            if 0 < len(raw) <= LONGEST and not query:
                self.emulator.readings.keep((path, raw), KeptReading(method, headers, scheme, profile, reading))
        return name, reading

    def _given(self, body: Body | Finding, profile: Profile, revoked: bool) -> Input:
        """What the client wants. Raises _Refused."""
        if isinstance(body, Finding):
            raise _Refused(_SITUATION_OF.get(body.rule, "not-json"), (body,))
        accepted = self.emulator.accepted_keys
        # A key that is not good is told before anything else that is wrong with the order.
        needs_key = self.call.needs_key or bool(accepted)
        if (needs_key and not self.key) or (accepted and self.key not in accepted) or revoked:
            self._refuse_key(body, profile, revoked)
        if self.call.kind == "submit":
            return self._submit(body, profile)
        if self.call.kind == "fetch":
            given = self.match.id_text if self.call.id_in == "path" else body.fields.get(self.call.id_field)
            return FetchInput(tuple(endpoint for endpoint, _ in self.match.calls), _job_id(given), given)
        if self.call is self.endpoint.submit:  # a plain call that stands for itself is read like an order
            self._order(body, profile)
            return LoadInput(self.endpoint, self.call, choose(self.emulator.steering, self.key, ""))
        return LoadInput(self.endpoint, self.call)

    def _body(self, profile: Profile) -> Body | Finding:
        request = self.request
        if request.method != self.call.method:
            expected, source = " or ".join(self.match.methods), "000-004 Request: POST"
            if self.call.method != "POST":
                source = self.call.clause.source
            return Finding("route/wrong-method", "", expected, request.method, source)
        if request.method in ("GET", "DELETE"):
            return parse_query(request.query)
        if request.too_large:
            return Finding(
                "request/too-large", "", f"at most {request.too_large:,} bytes (--max-body)", "more", "our own bound"
            )
        if not request.body and self.match.kind != "submit" and profile.coerces and request.headers.get("key", "").strip():
            return Body({}, is_form=False)  # the key is all that the page asks for, and it came as a header
        if not request.body and self.call.kind != "submit" and not (self.call.needs_key and self.call.key_headers == ("key",)):
            return Body({}, is_form=False)  # nothing is asked for, or the key comes elsewhere
        query = request.query if self.match.reads_query else ""
        return parse_body(request.headers.get("content-type", ""), request.body, query, profile)

    def _refuse_key(self, body: Body, profile: Profile, revoked: bool) -> None:
        source = self.endpoint.key_clause.source
        if revoked:
            found = Finding("request/key-not-accepted", "/key", "an API key that was not revoked", "one that was", source)
        elif self.key:
            found = Finding("request/key-not-accepted", "/key", "an API key given with --accept-key", "another one", source)
        else:
            came = body.fields.get("key")  # of what is no text only the kind is told: it may be the key all the same
            got = "none" if came is None or isinstance(came, str) else "a value that is no text"
            found = Finding("request/key-missing", "/key", "a non-empty API key", got, source)
        others: tuple[Finding, ...] = ()
        if self.call.kind == "submit":
            read = read_request(self.endpoint, body.fields, profile, body.is_form, self.emulator.unknown_fields)
            others = read.problems + read.noticed
        raise _Refused("invalid-key", (found,), noticed=others)

    def _submit(self, body: Body, profile: Profile) -> SubmitInput:
        order = self._order(body, profile)
        asked = asked_of(order.values)
        if len(self.key) >= MASKED_AS_TEXT_FROM and self.key in asked.prompt:
            asked = asked._replace(shown=masked_text(asked.prompt, self.key))
        try:
            choice = choose(self.emulator.steering, self.key, asked.prompt)
        except StoryError as problem:
            found = Finding(
                "request/unknown-directive", "/prompt", "free of unknown [[mock: …]] words", str(problem), "our own"
            )
            raise _Refused("bad-field", (found,), text=f"[[mock: …]] in prompt: {problem}") from None
        if "[[" in choice.source:
            choice = choice._replace(source=masked_words(choice.source, self.key))
        return SubmitInput(self.endpoint, order, asked, choice, self._origin())

    def _order(self, body: Body, profile: Profile) -> Order:
        """The fields of a body as the endpoint reads them, with what was noticed noted. Raises _Refused."""
        read = read_request(self.endpoint, body.fields, profile, body.is_form, self.emulator.unknown_fields)
        if read.order is None:
            raise _Refused("bad-field", read.problems, noticed=read.noticed)
        self.findings = masked_findings(read.noticed, self.key)
        return read.order

    def _origin(self) -> str:
        """Where links point: the address under which this submit came, when it is one of ours."""
        if self.emulator.public_base_url:
            return self.emulator.public_base_url
        host = self.request.headers.get("host", "").lower()
        own = is_own(host, self.emulator.link_hosts)
        return f"{self.request.scheme}://{host}" if own else self.emulator.bound_origin

    def _refusal(self, refused: _Refused, profile: Profile) -> Reply:
        """A refusal in the vendor's shape; the findings go to log and journal."""
        said = situation(refused.which, profile)
        text = refused.text or _text_of(said, refused.problems, self.endpoint, profile, self.request)
        if isinstance(text, str):
            text = text.replace("{methods}", ", ".join(self.match.methods))
        self.findings = masked_findings(refused.problems + refused.noticed, self.key)
        first, *more = self.findings[: len(refused.problems)]
        # A finding with a pointer gets a line of its own in the log; one without is the reason itself.
        reason = f"{refused.which}: {brief(first)}" + (f", and {len(more)} more" if more else "")
        return Reply(
            self.endpoint, self.call, said.branch, said.status_for(self.endpoint), reason, situation=said.with_text(text)
        )


@lru_cache(maxsize=256)
def is_own(host: str, link_hosts: frozenset[str]) -> bool:
    """Whether links may point at a Host header's address: loopback or one of the vendor's, with any port."""
    bare, _, port = host.rpartition(":")
    return (bare if port.isdigit() else host) in (*_LOOPBACK, *link_hosts)


def key_of(fields: Mapping[str, Any], headers: Mapping[str, str], names: tuple[str, ...] = ("key",)) -> str:
    """The API key: from the body, else from a header of one of these names; "" when there is none.

    `Authorization` is read only where a foreign document says so.
    """
    key = fields.get("key")
    if isinstance(key, str) and key.strip():
        return key
    for name in names:
        header = headers.get(name, "")
        if not key and header.strip():
            return header.strip().partition(" ")[2].strip() or header if name == "authorization" else header
    return ""


def _job_id(given: Any) -> int | None:
    """A job id as a number or as its digits; None for anything else."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) <= 20:
        return int(given)
    return None


def _text_of(said: Situation, problems: tuple[Finding, ...], endpoint: Endpoint, profile: Profile, request: Request) -> Any:
    """The text on the wire: the situation's own, or the first problem's; all of them as lists where the dialect does so."""
    if said.text != "{text}":
        return said.text.replace("{method}", request.method).replace("{path}", request.path.lstrip("/"))
    observed = profile.dialect == "observed"
    if observed and endpoint.says_errors_as_lists:
        lists: dict[str, list[str]] = {}
        for each in problems:
            lists.setdefault(each.where[1:], []).append(sentence(each, laravel=True))
        return lists
    return sentence(problems[0], laravel=observed)
