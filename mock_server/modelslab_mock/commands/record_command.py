"""`modelslab-mock record`: stand in front of a real server, and write down what passes without a single key."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import ContractError
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.profiles import PROFILES

from ..loopback import is_loopback
from ..origin import is_origin, origin_of
from .command_line import WIDE, sorry
from .contract_options import add_profile, add_spec
from .option_values import OptionsError, known

NAME = "record"
_HOST = "127.0.0.1"
_PORT = 4777


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `record`."""
    parser = commands.add_parser(
        NAME,
        help="stand between a client and a real server, and record what passes, without keys",
        allow_abbrev=False,
        formatter_class=WIDE,
        description="Listen on this machine, send every request on to a server, and write each exchange to a journal with its "
        "API key masked. What drifts from the contracts is told as it passes. `serve --replay FILE` plays the journal back.",
        epilog="Only the server that you name is asked, and a real one takes real credits. Exit codes: 0 stopped, 2 usage.",
    )
    parser.add_argument(
        "--upstream",
        metavar="ORIGIN",
        required=True,
        help="the server, such as https://modelslab.com; naming it is the consent",
    )
    text = "the journal to write, which must not be there yet (default: recording.jsonl)"
    parser.add_argument("--journal", metavar="FILE", type=Path, default=Path("recording.jsonl"), help=text)
    parser.add_argument(
        "-p", "--port", metavar="N", default=str(_PORT), help=f"port to listen on, 0 for any (default: {_PORT})"
    )
    add_spec(parser, what="calls are judged")
    add_profile(parser, default="documented")
    parser.add_argument("--ready-file", metavar="FILE", default="", help="file to write {url, port, pid} to once it listens")


def run(given: argparse.Namespace, _: Mapping[str, str]) -> int:
    """0 when it was stopped, 2 usage, or a port or file that cannot be had."""
    from ..specs_named import with_named
    from ..wire.listen import CannotListen, listen
    from ..wire.running import CannotServe

    try:
        port = _checked(given)
        there = with_named(tuple(given.spec)) if given.spec else endpoints()
        sockets = listen(_HOST, port)
        try:
            with _new(given.journal) as file:
                return _record(given, there, file, sockets)
        finally:
            for each in sockets:
                each.close()
    except (OptionsError, ContractError, CannotListen, CannotServe) as problem:
        return sorry(str(problem), NAME)


def _checked(given: argparse.Namespace) -> int:
    """The port. Raises OptionsError for what cannot be used."""
    if not is_origin(given.upstream):
        raise OptionsError(
            f"--upstream must be an origin such as https://modelslab.com, without a path, got {given.upstream!r}"
        )
    known("--profile", given.profile, PROFILES)
    port = int(given.port) if given.port.isascii() and given.port.isdigit() and len(given.port) <= 5 else -1
    if not 0 <= port <= 65535:
        raise OptionsError(f"--port must be from 0 to 65535, got {given.port!r}")
    return port


def _new(path: Path) -> TextIO:
    """A file that was not there. Raises OptionsError."""
    try:
        return path.open("x", encoding="utf-8")
    except FileExistsError:
        raise OptionsError(f"--journal {path}: is there already; name another file, or remove it") from None
    except OSError as problem:
        raise OptionsError(f"--journal {path}: {problem.strerror}") from None


def _record(given: argparse.Namespace, there: Mapping[str, Endpoint], file: TextIO, sockets: list[socket.socket]) -> int:
    from ..log import Log
    from ..recording.recorder import Recorder
    from ..recording.relay import Relay
    from ..recording.upstream import Upstream
    from ..routes import Routes
    from ..settings import Settings
    from ..wire.running import make_config, run_server
    from ..wire.wall_clock import real_now

    upstream = Upstream(given.upstream)
    origin = origin_of(_HOST, sockets[0].getsockname()[1], tls=False)
    log = Log()
    recorder = Recorder(file, log, Routes(there.values()).find, PROFILES[given.profile])
    relay = Relay(upstream, recorder, origin, max_body=Settings().max_body, real_now=real_now)
    log.write(_banner(given, origin, is_free=is_loopback(upstream.host.lower())))
    run_server(make_config(relay, {}, http="auto"), sockets, origin, given.ready_file)
    log.write(f"\n{recorder.written} exchanges in {given.journal}; {recorder.tally}\n")
    return 0


def _banner(given: argparse.Namespace, origin: str, *, is_free: bool) -> str:
    cost = "" if is_free else "   whatever comes is sent on: real requests take real credits"
    return (
        f"  Records   {given.upstream}{cost}\n"
        f"  Point at  {origin}   set this as your client's base URL\n"
        f"  Journal   {given.journal}   API keys are masked before anything is written\n"
        f"  Play it   modelslab-mock serve --replay {given.journal}\n\n  Ctrl-C stops it. One line per request follows.\n\n"
    )
