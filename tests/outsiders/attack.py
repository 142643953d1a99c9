"""Schemathesis against a running emulator, by one contract: `python attack.py SPEC TOLD PROFILE MODE EXAMPLES`.

A process of its own: Schemathesis brings hooks, a database and a plugin that are no part of our tests. What it is told beside
the contract stands here, each with its reason.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.cli import schemathesis as cli

from modelslab_contracts.contract import endpoint_of
from modelslab_contracts.document import read_document
from modelslab_mock.log import Log
from modelslab_mock.routes import Routes
from modelslab_mock.serve import make_app, make_wire
from modelslab_mock.settings import make_settings
from modelslab_mock.wire.in_thread import InThread
from modelslab_mock.wire.listen import listen
from modelslab_mock.wire.running import loop_factory, make_config

HOST = "127.0.0.1"
SHAPE = "not_a_server_error,status_code_conformance,content_type_conformance"
SHAPE += ",response_headers_conformance,response_schema_conformance"
#: What is asked for, and which checks look at it.
MODES = {
    "positive": (f"{SHAPE},positive_data_acceptance", "coverage,fuzzing,stateful"),
    "negative": (f"{SHAPE},negative_data_rejection,unsupported_method,allow_header_conformance", "coverage,fuzzing"),
}


def map_body(context: Any, body: Any) -> Any:
    """Every order and fetch has the one key, where it has a usable one at all: jobs belong to keys."""
    if isinstance(body, dict) and isinstance(body.get("key"), str):
        return {**body, "key": "a-key-of-an-outsider"}
    return body


def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """What is no mistake of the emulator's."""
    kind = type(failure).__name__
    if kind == "RejectedPositiveData":
        # A form is all text: what a text in it means is in docs/reading.md, and not what a JSON Schema says of values.
        return bool(case.media_type == "application/json")
    if kind == "AcceptedNegativeData":
        # Two of the vendor's dialects say no with HTTP 200 to whoever asks for a job that there is not.
        return not (response.status_code == 200 and json.loads(response.content).get("status") in ("failed", "error"))
    return True


@contextmanager
def running(spec: Path, profile: str) -> Iterator[str]:
    """The origin of an emulator of one contract: where two share a URL, an answer without a job would be the other's."""
    started, log, sockets = time.time(), Log(quiet=True), listen(HOST, 0)
    origin = f"http://{HOST}:{sockets[0].getsockname()[1]}"
    settings = make_settings({"quiet": True, "clock": "auto", "profile": profile}, {})
    endpoint = endpoint_of(read_document(spec))
    app = make_app(settings, seed=1, origin=origin, started=started, log=log)
    app = dataclasses.replace(app, routes=Routes([endpoint]), endpoints={endpoint.name: endpoint})
    wire = make_wire(settings, app, log, started)

    async def begin() -> None:
        wire.clockwork.loop = asyncio.get_running_loop()

    thread = InThread([(make_config(wire, {}), sockets)], begin, wire.close, loop_factory())
    thread.start()
    try:
        yield origin
    finally:
        thread.stop()


def attack(spec: str, told: str, profile: str, mode: str, examples: str) -> int:
    """Attack the emulator of one document with what another one promises."""
    checks, phases = MODES[mode]
    with running(Path(spec), profile) as origin:
        words = ["run", told, "--url", origin, "--mode", mode, "--max-examples", examples, "--seed", "1", "--workers", "1"]
        words += [
            "--checks",
            checks,
            "--phases",
            phases,
            "--generation-database",
            "none",
            "--continue-on-failure",
            "--no-color",
        ]
        try:
            cli.main(words, standalone_mode=False)
        except SystemExit as problem:
            return int(problem.code or 0)
    return 0


if __name__ == "__main__":
    for each in (map_body, filter_failure):
        schemathesis.hook(each)
    sys.exit(attack(*sys.argv[1:]))
