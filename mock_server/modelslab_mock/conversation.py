"""One request on an emulated route: read it, decide, render in the dialect, spoil if the story says so, record."""

from __future__ import annotations

from collections.abc import Sequence

from modelslab_contracts.exchange import Exchange, Raw, kept, masked_findings, masked_text, masked_words
from modelslab_contracts.near_miss import unknown_job

from .emulator import Emulator
from .engine.choose import MAGIC_PREFIX, almost_magic
from .engine.inputs import Effect, FetchInput, Reply
from .engine.render import Facts, dumps, render
from .engine.step import step
from .messages import JSON, Headers, Request, Response
from .reading import Reading, read
from .routes import Match
from .staging import scene_of, stage


def converse(emulator: Emulator, request: Request, match: Match, real_now: float) -> Response:
    """The response to a request at the calls of `match`, after every finding was noted and every fact committed."""
    name, reading = read(emulator, request, match)
    given = reading[3]
    if type(given) is Reply:
        return _delivered(emulator, request, match, real_now, name, reading, given, ())
    _, reply, effects = emulator.commit(name, step, given, real_now, emulator.steering)
    assert reply is not None, "a request always has a reply"
    if type(given) is FetchInput and reply.situation is not None and reply.situation.name == "unknown-request":
        asked_for = given.came if given.job_id is None else given.job_id
        found = unknown_job(asked_for, reading.call.clause.source)
        reading = reading._replace(findings=masked_findings((found,), reading.key))
        reply = reply._replace(reason=masked_words(reply.reason, reading.key))  # an id made of digits may be the key itself
    return _delivered(emulator, request, match, real_now, name, reading, reply, effects)


def _delivered(
    emulator: Emulator,
    request: Request,
    match: Match,
    real_now: float,
    name: str,
    reading: Reading,
    reply: Reply,
    effects: Sequence[Effect],
) -> Response:
    """Render, spoil, record."""
    _, asked_call, key, _, findings = reading
    method, path, asked_headers, asked, query, _, _ = request
    endpoint, call, told, status, reason, job, said, account, delay, staging, body_as_is = reply
    sandbox = emulator.store.read(name)
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
        recorded = headers = (*headers, ("allow", ", ".join(match.methods)))
    if key.startswith(MAGIC_PREFIX) and asked_call.kind == "submit" and (hint := almost_magic(key)):
        reason = f"{reason}; {hint}"
    # Every field by position and past the constructors: by name, this would cost more than reading the request's fields.
    exchange = tuple.__new__(
        Exchange,
        (
            real_now,
            sandbox.clock.now(real_now),
            name,
            endpoint.name,
            job[0] if job else None,
            told,
            method,
            path if match.id_text is None else masked_text(path, key),
            status,
            reason,
            findings,
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
    emulator.store.record(name, exchange, raw)
    given = (status, headers, body, delivery, delay, None, effects, exchange, sandbox.resets)
    return tuple.__new__(Response, given)


def _masked(headers: Headers, key: str) -> Headers:
    return tuple((name, masked_text(value, key)) for name, value in headers)
