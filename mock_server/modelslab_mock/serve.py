"""`modelslab-mock serve`: bind, say where, answer until told to stop."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from modelslab_contracts.endpoint import endpoints
from modelslab_contracts.profiles import PROFILES

from .app import App
from .engine.choose import Steering
from .engine.clock import clock_from_text
from .engine.sandbox import Sandbox
from .log import Log
from .messages import JSON, Request, Response
from .routes import Routes
from .settings import Settings
from .stores.memory import MemoryStore
from .version import __version__

STOP_WITHIN_S = 1


class ServeError(Exception):
    """Why the server cannot start, as one sentence."""


def serve(settings: Settings, environment: Mapping[str, str]) -> int:
    """Run the server until SIGINT or SIGTERM. Returns the exit code 0. Raises ServeError when it cannot start."""
    started = time.time()
    sockets = _listen(settings.host, settings.port)
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


def banner(settings: Settings, origin: str, seed: int, contracts: int, authority: str, environment: Mapping[str, str]) -> str:
    """What a person sees first: where to point a client, how this server behaves, what to try."""
    rows = [
        ("API", f"{origin}   set this as your client's base URL, instead of https://modelslab.com"),
        ("Contracts", f"{contracts} of 5 vendor pages: realtime v6 · images v6 (flux, pony) · v3 · enterprise v1"),
        ("Profile", f"{settings.profile}: {PROFILES[settings.profile].sentence}"),
        ("Clock", f"{settings.clock}      seed {seed}"),
        ("Control", f"{origin}/__mock"),
        ("Keys", "any non-empty key works; for bad days: mock-processing  mock-failed  mock-no-credits  mock-rate-limited …"),
    ]
    if authority:
        rows.append(
            ("Trust", f"{authority}   the certificate authority of this run (SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, --cacert)")
        )
    if hint := proxy_hint(environment):
        rows.append(("Proxy", hint))
    if settings.host not in ("127.0.0.1", "::1", "localhost"):
        rows.append(
            ("Open", f"listening on {settings.host}: whoever reaches this address can use it; prompt directives are off")
        )
    width = max(len(name) for name, _ in rows)
    lines = [
        f"modelslab-mock {__version__}   offline emulator with placeholder pictures; no model runs, no credits are spent",
        "",
    ]
    lines += [f"  {name:<{width}}  {text}" for name, text in rows]
    return "\n".join([*lines, "", "  Ctrl-C stops it. One line per request follows.", "", ""])


def proxy_hint(environment: Mapping[str, str]) -> str:
    """A hint when a proxy is set for http and loopback is not excepted; "" otherwise."""
    proxy = next((name for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY") if environment.get(name)), None)
    excepted = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if proxy is None or "*" in excepted or {"localhost", "127.0.0.1"} & {each.strip() for each in excepted.split(",")}:
        return ""
    return f"{proxy} is set and NO_PROXY does not except loopback: set NO_PROXY=localhost,127.0.0.1,::1 or clients will miss this server"


def own_paths(version: str, started: float, contracts: int) -> Any:
    """Answers to the server's own small paths: `/health` and `/`."""

    def answer(request: Request) -> Response | None:
        if request.path == "/health" and request.method in ("GET", "HEAD"):
            body = {"status": "ok", "version": version, "contracts": contracts, "uptime_s": round(time.time() - started, 3)}
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

    return make_control(app, wire.carry_out)


def _run(config: Any, sockets: list[socket.socket], settings: Settings, origin: str) -> None:
    """Serve until a signal comes. uvicorn raises it again when it is done, so ours must be in place: an orderly stop is no error."""
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


def _listen(host: str, port: int) -> list[socket.socket]:
    """Listening sockets: for the default host both loopback addresses on one port. Raises ServeError."""
    first = _bind(host, port)
    sockets = [first]
    if host in ("127.0.0.1", "localhost"):
        try:
            sockets.append(_bind("::1", first.getsockname()[1]))
        except ServeError:
            if port:  # a machine without IPv6 is fine; a foreign server on ::1 would get half of the clients
                _complain_if_taken("::1", port, first)
    return sockets


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as problem:
        raise ServeError(f"cannot listen on {host}: {problem.strerror}") from None
    try:
        if sys.platform != "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(2048)
    except OSError as problem:
        bound.close()
        import errno

        if problem.errno == errno.EADDRINUSE:
            raise ServeError(
                f"port {port} on {host} is in use; stop the other server, or take --port 0 for any free one"
            ) from None
        raise ServeError(f"cannot listen on {host} port {port}: {problem.strerror}") from None
    return bound


def _complain_if_taken(host: str, port: int, first: socket.socket) -> None:
    try:
        socket.create_connection((host, port), timeout=0.2).close()
    except OSError:
        return
    first.close()
    raise ServeError(f"port {port} on {host} is in use by another server; stop it, or take --port 0 for any free one")


def _host_for_url(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 # compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
