"""What one server knows and keeps, and the one way to change it: read a sandbox, decide, commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.exchange import KEPT_BYTES

from .engine.choose import Steering
from .engine.ids import sandbox_name
from .engine.inputs import Deliver, Effect, Input, Outcome
from .engine.render import Facts, dumps, render
from .engine.sandbox import Sandbox
from .engine.step import step
from .known import Known
from .stores import Conflict, Store

MAX_COMMIT_TRIES = 100
VENDOR_HOSTS = frozenset({"modelslab.com", "www.modelslab.com", "stablediffusionapi.com", "www.stablediffusionapi.com"})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Emulator:
    """The contracts, the sandboxes and the settings of one server.

    `link_hosts` are the hosts (beside loopback) under which a submit may come and its links point. `name_sandbox` says to
    which sandbox a key belongs: to one of its own, unless whoever made the emulator wants it otherwise. Where more than one
    thread asks, whoever reads or changes what the store keeps holds `turn`; a server has one thread and needs none.
    """

    endpoints: Mapping[str, Endpoint]
    store: Store
    steering: Steering = Steering()
    accepted_keys: frozenset[str] = frozenset()
    unknown_fields: str = "note"
    public_base_url: str = ""
    bound_origin: str = "http://127.0.0.1:4777"
    link_hosts: frozenset[str] = VENDOR_HOSTS
    name_sandbox: Callable[[str], str] = sandbox_name
    kept_bytes: int = KEPT_BYTES
    turn: threading.RLock = field(default_factory=threading.RLock, repr=False)
    readings: Known[tuple[str, bytes], Any] = field(default_factory=Known, init=False, repr=False)  # for reading.py alone

    def tick(self, name: str, given: Input, real_now: float) -> Sequence[Effect]:
        """Commit an input that is no request (time passed, a nudge) and return what must be done about it."""
        return self.commit(name, step, given, real_now, self.steering).effects

    def commit(self, name: str, decide: Callable[..., Outcome], *given: Any) -> Outcome:
        """Read, `decide(sandbox, *given)`, commit; again when somebody else was faster."""
        for _ in range(MAX_COMMIT_TRIES):
            sandbox = self.store.read(name)
            outcome = decide(sandbox, *given)
            if not outcome.facts:
                return outcome
            try:
                self.store.commit(name, sandbox.version, outcome.facts)
            except Conflict:
                continue
            return outcome
        raise Conflict(f"{name}: {MAX_COMMIT_TRIES} commits in a row came too late")

    def webhook_body(self, effect: Deliver, sandbox: Sandbox) -> bytes:
        """The body of a webhook call, in the endpoint's dialect."""
        endpoint = self.endpoints[effect.job.endpoint]
        facts = Facts(endpoint, effect.job)
        return dumps(render(endpoint.webhook[effect.answer], sandbox.profile.dialect, facts), sandbox.profile)
