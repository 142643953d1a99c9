"""One request on an emulated route: read the body, decide, render in the dialect, spoil if the story says so, record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from modelslab_contracts.body import Body, parse_body, parse_query
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.exchange import MASKED_AS_TEXT_FROM, Exchange, Raw, kept, masked_findings, masked_text, masked_words
from modelslab_contracts.findings import Finding
from modelslab_contracts.near_miss import unknown_job
from modelslab_contracts.profiles import PROFILES, Profile
from modelslab_contracts.report import brief
from modelslab_contracts.request import Order, Read, read_request, sentence
from modelslab_contracts.situations import Situation, situation
from modelslab_contracts.story import StoryError

from .emulator import Emulator
from .engine.asked import Asked, asked_of
from .engine.choose import MAGIC_PREFIX, almost_magic, choose
from .engine.ids import NO_SANDBOX
from .engine.inputs import Effect, FetchInput, Input, LoadInput, Reply, SubmitInput
from .engine.render import Facts, dumps, render
from .engine.step import step
from .messages import JSON, Headers, Request, Response
from .routes import Match
from .staging import scene_of, stage

_SITUATION_OF = {"route/wrong-method": "wrong-method", "request/too-large": "too-large"}
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class _Refused(Exception):
    """The order is not taken: which situation, and the findings that say why. Never leaves this module."""

    def __init__(self, which: str, problems: tuple[Finding, ...], *, text: str = "", noticed: tuple[Finding, ...] = ()) -> None:
        super().__init__(which)
        self.which = which
        self.problems = problems
        self.text = text
        self.noticed = noticed


class Conversation:
    """What is known of one request while it is answered."""

    __slots__ = ("call", "emulator", "endpoint", "findings", "key", "match", "name", "real_now", "request")

    def __init__(self, emulator: Emulator, request: Request, match: Match, real_now: float) -> None:
        self.emulator = emulator
        self.request = request
        self.match = match
        self.real_now = real_now
        self.endpoint, self.call = match.calls[0]
        self.name = NO_SANDBOX
        self.key = ""
        self.findings: tuple[Finding, ...] = ()

    def response(self) -> Response:
        """The response, after every finding was noted and every fact committed."""
        try:
            given = self._read()
        except _Refused as refused:
            return self._deliver(self._refusal(refused), ())
        _, reply, effects = self.emulator.commit(self.name, step, given, self.real_now, self.emulator.steering)
        assert reply is not None, "a request always has a reply"
        if isinstance(given, FetchInput) and reply.situation is not None and reply.situation.name == "unknown-request":
            self.findings = masked_findings(
                (unknown_job(given.came if given.job_id is None else given.job_id, self.call.clause.source),), self.key
            )
            reply = reply._replace(reason=masked_words(reply.reason, self.key))  # an id made of digits may be the key itself
        return self._deliver(reply, effects)

    def _read(self) -> Input:
        """What the client wants. Raises _Refused."""
        # Whose profile it is, only the key in the body can tell; so the first reading is the usual, lenient one.
        body = self._body(PROFILES["documented"])
        fields = body.fields if isinstance(body, Body) else {}
        if len(self.match.calls) > 1:
            self.endpoint, self.call = self.match.select(fields)
        self.key = key_of(fields, self.request.headers, self.call.key_headers)
        if self.key:
            self.name = self.emulator.name_sandbox(self.key)
        sandbox = self.emulator.store.read(self.name)
        profile = sandbox.profile
        if isinstance(body, Body) and not profile.takes_duplicates:
            body = self._body(profile)
        if isinstance(body, Finding):
            raise _Refused(_SITUATION_OF.get(body.rule, "not-json"), (body,))
        accepted = self.emulator.accepted_keys
        # A key that is not good is told before anything else that is wrong with the order.
        needs_key = self.call.needs_key or bool(accepted)
        if (needs_key and not self.key) or (accepted and self.key not in accepted) or sandbox.account.revoked:
            self._refuse_key(body, profile, sandbox.account.revoked)
        if self.call.kind == "submit":
            return self._order(body, profile)
        if self.call.kind == "fetch":
            given = self.match.id_text if self.call.id_in == "path" else body.fields.get(self.call.id_field)
            return FetchInput(tuple(endpoint for endpoint, _ in self.match.calls), _job_id(given), given)
        if self.call is self.endpoint.submit:  # a plain call that stands for itself is read like an order
            read = self._read_fields(body, profile)
            self.findings = masked_findings(read.noticed, self.key)
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
            return Finding("request/too-large", "", "within --max-body", "a larger one", "our own bound")
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

    def _order(self, body: Body, profile: Profile) -> SubmitInput:
        order, asked = self._taken(body, profile)
        if len(self.key) >= MASKED_AS_TEXT_FROM and self.key in asked.prompt:
            asked = asked._replace(shown=masked_text(asked.prompt, self.key))
        if order.noticed:
            self.findings = masked_findings(order.noticed, self.key)
        try:
            choice = choose(self.emulator.steering, self.key, asked.prompt)
        except StoryError as problem:
            found = Finding(
                "request/unknown-directive", "/prompt", "free of unknown [[mock: …]] words", str(problem), "our own"
            )
            raise _Refused("bad-field", (found,), text=f"[[mock: …]] in prompt: {problem}") from None
        if "[[" in choice.source:
            choice = choice._replace(source=masked_words(choice.source, self.key))
        if order.values.get("webhook"):
            self.emulator.store.outbox(self.name).key = self.key  # what it masks
        return tuple.__new__(SubmitInput, (self.endpoint, order, asked, choice, self._origin()))

    def _taken(self, body: Body, profile: Profile) -> tuple[Order, Asked]:
        """The order that a body is, and what it asks for. Raises _Refused."""
        taken_by = (self.endpoint, profile, self.emulator.unknown_fields)
        if body.made is None or body.made[0] != taken_by:
            read = self._read_fields(body, profile)
            assert read.order is not None, "what is refused was raised"
            body.made = (taken_by, (read.order, asked_of(read.order.values)))
        taken: tuple[Order, Asked] = body.made[1]
        return taken

    def _read_fields(self, body: Body, profile: Profile) -> Read:
        """The fields of a body as the endpoint reads them. Raises _Refused."""
        read = read_request(self.endpoint, body.fields, profile, body.is_form, self.emulator.unknown_fields)
        if read.order is None:
            raise _Refused("bad-field", read.problems, noticed=read.noticed)
        return read

    def _origin(self) -> str:
        """Where links point: the address under which this submit came, when it is one of ours."""
        if self.emulator.public_base_url:
            return self.emulator.public_base_url
        host = self.request.headers.get("host", "").lower()
        own = is_own(host, self.emulator.link_hosts)
        return f"{self.request.scheme}://{host}" if own else self.emulator.bound_origin

    def _refusal(self, refused: _Refused) -> Reply:
        """A refusal in the vendor's shape; the findings go to log and journal."""
        profile = self.emulator.store.read(self.name).profile
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

    def _deliver(self, reply: Reply, effects: Sequence[Effect]) -> Response:
        """Render, spoil, record."""
        key, emulator = self.key, self.emulator
        method, path, asked_headers, asked, query, _, _ = request = self.request
        endpoint, call, told, status, reason, job, said, account, delay, staging, body_as_is = reply
        sandbox = emulator.store.read(self.name)
        facts = Facts(endpoint, job, said, account)
        answer = call.answer(told, status)
        if status == 200 != answer.code:
            status = answer.code
            reply = reply._replace(status=status)
        rendered = render(answer, sandbox.profile.dialect, facts) if body_as_is is None else body_as_is
        headers = recorded = JSON
        delivery = "write"
        if staging is not None:
            scene = scene_of(staging, request, emulator.bound_origin, emulator.public_base_url)
            status, headers, body, delivery = stage(reply, staging, rendered, facts, sandbox.profile, scene)
            recorded = _masked(headers, key)  # a Location repeats the query
            told = staging.turn.word if staging.turn.fault else told
        else:
            body = dumps(rendered, sandbox.profile)
            if said is not None and said.retry_after is not None:
                recorded = headers = (*headers, ("retry-after", str(said.retry_after)))
        if status == 405:
            recorded = headers = (*headers, ("allow", ", ".join(self.match.methods)))
        if key.startswith(MAGIC_PREFIX) and self.call.kind == "submit" and (hint := almost_magic(key)):
            reason = f"{reason}; {hint}"
        # Every field by position and past the constructors: by name, this would cost more than reading the request's fields.
        exchange = tuple.__new__(
            Exchange,
            (
                self.real_now,
                sandbox.clock.now(self.real_now),
                self.name,
                endpoint.name,
                job[0] if job else None,
                told,
                method,
                path if self.match.id_text is None else masked_text(path, key),
                status,
                reason,
                self.findings,
                masked_text(query, key) if query else "",
                (),
                b"",
                recorded,
                b"",
                0,
            ),
        )
        longest = emulator.kept_bytes
        kept_request = asked if len(asked) <= longest else kept(asked, key, longest)  # its bytes are its own: no copy needed
        raw = tuple.__new__(Raw, (key, asked_headers, kept_request, kept(body, key, longest)))
        emulator.store.record(self.name, exchange, raw)
        given = (status, headers, body, delivery, delay, None, effects, exchange, sandbox.resets)
        return tuple.__new__(Response, given)


def _masked(headers: Headers, key: str) -> Headers:
    return tuple((name, masked_text(value, key)) for name, value in headers)


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
