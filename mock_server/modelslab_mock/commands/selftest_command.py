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
        usage='modelslab-mock adapter-selftest [options] "COMMAND" | -- COMMAND [ARGUMENT ...]',
        formatter_class=AS_WRITTEN,
        description="Start an adapter, hear its hello, make a call that goes well and one that is refused, close its stdin.",
        epilog=_EPILOG,
    )
    parser.add_argument("words", metavar="COMMAND", nargs="*", help='the adapter, as after --adapter: "node adapter.mjs"')
    text = f"seconds in which each of its lines has to come (default: {WITHIN_S:g})"
    parser.add_argument("--within", metavar="S", help=text)
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of the lines, and nothing else")


def run(given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """0 fine, 2 usage, 3 it cannot be used."""
    if given.schema:
        from modelslab_contracts.kit.adapter_schema import adapter_schema

        print(json.dumps(adapter_schema(), indent=2))
        return 0
    try:
        program = _program(given)
    except ValueError as problem:
        return sorry(str(problem))
    try:
        within = float(given.within) if given.within is not None else WITHIN_S
    except ValueError:
        within = 0.0
    if not 0 < within <= 3_600:
        return sorry(f"--within must be a number of seconds above 0, up to 3600, got {given.within!r}")
    from ..handed.selftest import Diagnosis, selftest

    try:
        for line in selftest(program, environment, within):
            print(line, flush=True)
    except Diagnosis as problem:
        return sorry(str(problem), code=NOT_JUDGED)
    command = shlex.quote(shlex.join(program))
    print(f"it can be used: modelslab-mock check-client --adapter {command}")
    return 0


def _program(given: argparse.Namespace) -> list[str]:
    """The adapter's command, behind two dashes or as one word. Raises ValueError, of one sentence."""
    words: list[str] = given.words
    if given.program and words:
        raise ValueError("name the adapter once, in quotes or behind two dashes")
    if len(words) > 1:
        raise ValueError(f"put two dashes before the command: modelslab-mock adapter-selftest -- {shlex.join(words)}")
    if not words:
        if given.program:
            return list(given.program)
        raise ValueError("name the adapter behind two dashes, as in modelslab-mock adapter-selftest -- node adapter.mjs")
    try:
        return shlex.split(words[0])
    except ValueError as problem:
        raise ValueError(f"{words[0]!r} cannot be read as a shell would: {problem}") from None
