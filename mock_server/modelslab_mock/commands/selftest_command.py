"""`modelslab-mock adapter-selftest`: try an adapter step by step, and say in one sentence what is wrong with it."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Mapping
from typing import Any

from .command_line import AS_WRITTEN, sorry

NOT_JUDGED = 3
WITHIN_S = 10.0
_EPILOG = """\
exit codes: 0 fine · 2 usage · 3 the adapter cannot be used, and why

for a start:
  modelslab-mock adapter-selftest -- node adapter.mjs
  modelslab-mock adapter-selftest --schema > adapter.schema.json"""


def add_parser(commands: Any) -> None:
    """Add `adapter-selftest` to the command line."""
    parser = commands.add_parser(
        "adapter-selftest",
        help="try an adapter for check-client step by step: hello, two calls, the end",
        allow_abbrev=False,
        usage="modelslab-mock adapter-selftest [options] -- COMMAND [ARGUMENT ...]",
        formatter_class=AS_WRITTEN,
        description="Start an adapter, hear its hello, make a call that goes well and one that is refused, close its stdin.",
        epilog=_EPILOG,
    )
    text = f"seconds in which each of its lines has to come (default: {WITHIN_S:g})"
    parser.add_argument("--within", metavar="S", help=text)
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of the lines, and nothing else")


def run(given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """0 fine, 2 usage, 3 it cannot be used."""
    if given.schema:
        from modelslab_contracts.kit.adapter_schema import adapter_schema

        print(json.dumps(adapter_schema(), indent=2))
        return 0
    if not given.program:
        return sorry("name the adapter behind two dashes, as in modelslab-mock adapter-selftest -- node adapter.mjs")
    try:
        within = float(given.within) if given.within is not None else WITHIN_S
    except ValueError:
        within = 0.0
    if not 0 < within <= 3_600:
        return sorry(f"--within must be a number of seconds above 0, up to 3600, got {given.within!r}")
    from ..handed.selftest import Diagnosis, selftest

    try:
        for line in selftest(given.program, environment, within):
            print(line, flush=True)
    except Diagnosis as problem:
        return sorry(str(problem), code=NOT_JUDGED)
    command = shlex.quote(shlex.join(given.program))
    print(f"it can be used: modelslab-mock check-client --adapter {command}")
    return 0
