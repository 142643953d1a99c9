"""`modelslab-mock serve`: bind, say where, answer until told to stop."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from modelslab_contracts.contract import endpoints
from modelslab_contracts.profiles import PROFILES

from .app import App
from .banner import banner
from .engine.choose import Steering
from .engine.clock import clock_from_text
from .engine.sandbox import Sandbox
from .log import Log
from .messages import JSON, Request, Response
from .routes import Routes
from .settings import Settings
from .stores.memory import MemoryStore
from .version import __version__
from .wire.listen import CannotListen, listen
from .wire.wall_clock import real_now

STOP_WITHIN_S = 1


class ServeError(Exception):
    """Why the server cannot start, as one sentence."""


def serve(settings: Settings, environment: Mapping[str, str]) -> int:
    """Run the server until SIGINT or SIGTERM. Returns the exit code 0. Raises ServeError when it cannot start."""
    started = real_now()
    try:
        sockets = listen(settings.host, settings.port)
    except CannotListen as problem:
        raise ServeError(str(problem)) from None
    port = sockets[0].getsockname()[1]
    scheme = "https" if settings.tls else "http"
    origin = f"{scheme}://{_host_for_url(settings.host)}:{port}"
    seed = settings.seed if settings.seed is not None else int.from_bytes(os.urandom(4), "big")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character shows its code
    log = Log(settings.log_format, settings.quiet)
    app = make_app(settings, seed=seed, origin=origin, started=started, log=log)
    config, authority = _server_config(settings, app, log, started)
    if settings.log_format == "text" and not settings.quiet:
        log.write(banner(settings, origin, seed, len(app.endpoints), authority, environment))
    elif not settings.quiet:
        log.add(f"listening on {origin}")
        log.flush()
    _run(config, sockets, settings, origin)
    return 0


def make_app(settings: Settings, *, seed: int, origin: str, started: float, log: Log) -> App:
    """The emulator that the settings describe."""
    contracts = endpoints()
    clock, profile = clock_from_text(settings.clock, started), PROFILES[settings.profile]
    store = MemoryStore(
        lambda name: Sandbox(name, clock, profile),
        max_sandboxes=settings.max_sandboxes,
        max_exchanges=settings.max_exchanges,
        on_forget=lambda name: log.add(
            f"sandbox {name} was the least recently used of {settings.max_sandboxes} and was let go"
        ),
    )
    directives = settings.host in ("localhost", "::1") or settings.host.startswith("127.")
    return App(
        routes=Routes(contracts.values()),
        endpoints=contracts,
        store=store,
        steering=Steering(seed, settings.story, directives, settings.flagged_word, settings.max_jobs),
        accepted_keys=frozenset(settings.accept_key),
        unknown_fields=settings.unknown_fields,
        public_base_url=settings.public_base_url.rstrip("/"),
        bound_origin=origin,
    )


def own_paths(version: str, started: float, contracts: int) -> Any:
    """Answers to the server's own small paths: `/health` and `/`."""

    def answer(request: Request) -> Response | None:
        if request.path == "/health" and request.method in ("GET", "HEAD"):
            body = {"status": "ok", "version": version, "contracts": contracts, "uptime_s": round(real_now() - started, 3)}
            return Response(200, JSON, orjson.dumps(body))
        return None

    return answer


def _server_config(settings: Settings, app: App, log: Log, started: float) -> tuple[Any, str]:
    from uvicorn.config import Config

    from .wire.asgi import Wire

    wire = Wire(
        app,
        log,
        own=own_paths(__version__, started, len(app.endpoints)),
        max_body=settings.max_body,
        latency_s=settings.latency,
        cors=settings.cors,
        allow_webhook_hosts=settings.allow_webhook_host,
    )
    wire.control = lambda: _control(app, wire)
    tls: dict[str, Any] = {}
    authority = ""
    if settings.tls:
        from .wire.tls import certificate_for

        authority, tls = certificate_for(settings.host)
    config = Config(
        wire, http=_http_protocol(), h11_max_incomplete_event_size=2**20, ws="none", lifespan="off", access_log=False,
        log_config=None, log_level="critical", server_header=False, proxy_headers=False,
        timeout_graceful_shutdown=STOP_WITHIN_S, **tls,
    )  # fmt: skip
    return config, authority


def _http_protocol() -> Any:
    try:
        from .wire.protocol import Protocol
    except ImportError:  # no httptools here
        return "h11"
    return Protocol


def _control(app: App, wire: Any) -> Any:
    from .control import make_control

    return make_control(app, wire.courier.carry_out)


def _run(config: Any, sockets: list[socket.socket], settings: Settings, origin: str) -> None:
    """Serve until a signal comes.

    uvicorn raises it again when it is done, so a handler of ours must be in place: an orderly stop is no error.
    """
    from uvicorn.server import Server

    ready = Path(settings.ready_file) if settings.ready_file else None

    class Announcing(Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            self.should_exit = self.should_exit or bool(came)
            if ready:
                fresh = ready.with_name(f"{ready.name}.{os.getpid()}")
                fresh.write_bytes(orjson.dumps({"url": origin, "port": int(origin.rpartition(":")[2]), "pid": os.getpid()}))
                fresh.replace(ready)

    async def main() -> None:
        try:
            await Announcing(config).serve(sockets)
        finally:
            await config.app.close()

    came: list[int] = []  # signals that were too early for uvicorn, and those that it raises again
    previous = {each: signal.signal(each, lambda number, _: came.append(number)) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(main())
    except OSError as problem:
        raise ServeError(f"ready-file {settings.ready_file}: {problem.strerror}" if ready else str(problem)) from None
    finally:
        for each, handler in previous.items():
            signal.signal(each, handler)
        if ready:
            ready.unlink(missing_ok=True)


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _host_for_url(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 # compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
