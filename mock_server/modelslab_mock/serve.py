"""`modelslab-mock serve`: bind, say where, answer until told to stop."""

from __future__ import annotations

import io
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from modelslab_contracts.contract import endpoints
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.exchange import KEPT_BYTES
from modelslab_contracts.profiles import PROFILES

from .app import App
from .banner import banner
from .emulator import VENDOR_HOSTS
from .engine.choose import Steering
from .engine.clock import clock_from_text
from .engine.ids import sandbox_name
from .engine.sandbox import Sandbox
from .log import Log
from .messages import JSON, Request, Response
from .origin import origin_of
from .routes import Routes
from .settings import Settings
from .stores.memory import MemoryStore
from .version import __version__
from .wire.listen import CannotListen, listen
from .wire.running import CannotServe, make_config, ready_path, run_server
from .wire.wall_clock import real_now


class ServeError(Exception):
    """Why the server cannot start, as one sentence."""


def serve(settings: Settings, environment: Mapping[str, str]) -> int:
    """Run the server until SIGINT or SIGTERM. Returns the exit code 0. Raises ServeError when it cannot start."""
    started = real_now()
    contracts_of(settings)  # what cannot be read is told before a port is taken
    try:
        ready_path(settings.ready_file)  # as is what cannot be written, before a banner says that all is well
        sockets = listen(settings.host, settings.port)
    except (CannotServe, CannotListen) as problem:
        raise ServeError(str(problem)) from None
    port = sockets[0].getsockname()[1]
    origin = origin_of(settings.host, port, tls=settings.tls)
    seed = settings.seed if settings.seed is not None else drawn_seed()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character shows its code
    log = Log(settings.log_format, settings.quiet)
    app = make_app(settings, seed=seed, origin=origin, started=started, log=log)
    made_up_token = secrets.token_urlsafe(18) if not settings.control_token and not settings.is_on_loopback else ""
    config, authority = _server_config(settings, app, log, started, made_up_token)
    if settings.log_format == "text" and not settings.quiet:
        log.write(banner(settings, origin, seed, _counts(app.endpoints), authority, environment, made_up_token))
    elif not settings.quiet:
        log.add(f"listening on {origin}")
        log.add(f"profile {settings.profile}, clock {settings.clock}, seed {seed}")
        if authority:
            log.add(f"the certificate authority to trust is {authority}")
        if made_up_token:
            log.add(f"{origin}/__mock asks for this bearer token, shown only here: {made_up_token}")
        log.flush()
    try:
        run_server(config, sockets, origin, settings.ready_file)
    except CannotServe as problem:
        raise ServeError(str(problem)) from None
    return 0


def contracts_of(settings: Settings) -> Mapping[str, Endpoint]:
    """Every endpoint that the settings name: ours, and those of foreign documents. Raises ContractError."""
    if not settings.spec:
        return endpoints()
    from .specs_named import with_named

    return with_named(settings.spec)


def _counts(served: Mapping[str, Endpoint]) -> tuple[int, int]:
    """How many contracts are ours, and how many endpoints come from foreign documents."""
    own = len(served.keys() & endpoints().keys())
    return own, len(served) - own


def drawn_seed() -> int:
    """A seed for those who named none."""
    return int.from_bytes(os.urandom(4), "big")


def make_app(
    settings: Settings,
    *,
    seed: int,
    origin: str,
    started: float,
    log: Log,
    name_sandbox: Callable[[str], str] = sandbox_name,
    kept_bytes: int = KEPT_BYTES,
) -> App:
    """The emulator that the settings describe. `name_sandbox` says which sandbox a key has, `kept_bytes` how much of a body is
    kept in a journal.
    """
    contracts = contracts_of(settings)
    clock, profile = clock_from_text(settings.clock, started), PROFILES[settings.profile]
    store = MemoryStore(
        lambda name: Sandbox(name, clock, profile),
        max_sandboxes=settings.max_sandboxes,
        max_exchanges=settings.max_exchanges,
        kept_bytes=kept_bytes,
        on_forget=lambda name: log.add(
            f"sandbox {name} was the least recently used of {settings.max_sandboxes} and was let go"
        ),
    )
    routes = Routes(contracts.values())
    kind, more = _kind(settings, routes)
    return kind(
        **more,
        routes=routes,
        endpoints=contracts,
        store=store,
        steering=Steering(seed, settings.story, settings.is_on_loopback, settings.flagged_word, settings.max_jobs),
        accepted_keys=frozenset(settings.accept_key),
        unknown_fields=settings.unknown_fields,
        public_base_url=settings.public_base_url.rstrip("/"),
        bound_origin=origin,
        link_hosts=VENDOR_HOSTS | {each.lower().strip("[]").rstrip(".") for each in settings.link_host},
        name_sandbox=name_sandbox,
        kept_bytes=kept_bytes,
    )


def _kind(settings: Settings, routes: Routes) -> tuple[type[App], dict[str, Any]]:
    """The App that the settings ask for, and what it needs of its own. Raises ServeError for a recording that is none."""
    if not settings.replay:
        return App, {}
    from modelslab_contracts.recordings.reading import RecordingError, read_recording

    from .recording.replay import ReplayApp, replaying
    from .recording.tape import Tape

    try:
        recording = read_recording(Path(settings.replay))
    except RecordingError as problem:
        raise ServeError(f"replay: {problem}") from None
    tape = Tape(recording.exchanges, routes.find, PROFILES[settings.profile])
    if not tape.roads:
        raise ServeError(f"replay: {settings.replay} holds no call of a contract ({len(recording.exchanges)} exchanges)")
    return ReplayApp, replaying(tape, routes)


def own_paths(version: str, started: float, contracts: int) -> dict[str, Callable[[Request], Response | None]]:
    """Answers to the server's own small paths."""

    def health(request: Request) -> Response | None:
        if request.method not in ("GET", "HEAD"):
            return None
        uptime = round(real_now() - started, 3)
        body = {"status": "ok", "version": version, "contracts": contracts, "pid": os.getpid(), "uptime_s": uptime}
        return Response(200, JSON, orjson.dumps(body))

    return {"/health": health}


def make_wire(settings: Settings, app: App, log: Log, started: float, made_up_token: str = "") -> Any:
    """The ASGI application of an emulator: a Wire that answers its own paths and imports the control API when asked."""
    from .wire.asgi import Wire

    wire = Wire(
        app,
        log,
        own=own_paths(__version__, started, len(app.endpoints)),
        max_body=settings.max_body,
        latency_s=settings.latency,
        cors=settings.cors,
        allow_webhook_hosts=settings.allow_webhook_host,
        webhook_timeout_s=settings.webhook_timeout,
    )
    wire.control = lambda: _control(settings, app, wire, started, made_up_token)
    return wire


def _server_config(settings: Settings, app: App, log: Log, started: float, made_up_token: str = "") -> tuple[Any, str]:
    tls: dict[str, Any] = {}
    authority = ""
    if settings.tls:
        from .wire.tls import certificate_for

        authority, tls = certificate_for(settings.host)
    return make_config(make_wire(settings, app, log, started, made_up_token), tls), authority


def _control(settings: Settings, app: App, wire: Any, started: float, made_up_token: str) -> Any:
    """The control API behind its gate; importing it takes most of a second, so the first request for it pays."""
    from .control.frame import gated
    from .control.panel import Panel

    panel = Panel(
        app,
        settings,
        wire.courier,
        wire.clockwork,
        real_now,
        started,
        lambda: wire.pictures_drawn,
        inboxes=wire.inboxes,
        watched_by=wire.watch,
    )
    return gated(panel, app.bound_origin, made_up_token)
