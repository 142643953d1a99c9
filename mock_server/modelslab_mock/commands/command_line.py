"""What the command line says of itself: its first page, and one sentence for what it cannot use."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import Any, NoReturn

DESCRIPTION = """\
An offline emulator of the ModelsLab text-to-image API: point your client at it instead of https://modelslab.com.
Whole jobs play out, with placeholder pictures, without a key, credits or network."""
EXAMPLES = """\
for a start:
  modelslab-mock serve                      then set http://127.0.0.1:4777 as your client's base URL
  modelslab-mock serve --story processing   every submit is queued first, as the real API does it with large ones
  modelslab-mock exec npm test              a program with https://modelslab.com written into it, unchanged
  modelslab-mock check-client client:generate   what generate() in client.py gets wrong

modelslab-mock COMMAND --help lists what a command takes."""


#: How a command's own page is laid out.
WIDE = partial(argparse.HelpFormatter, max_help_position=32, width=120)
#: The same, with what stands above and below the options as it was written.
AS_WRITTEN = partial(argparse.RawDescriptionHelpFormatter, max_help_position=28, width=120)


def sorry(sentence: str, command: str = "", code: int = 2) -> int:
    """Say on stderr why a command cannot go on; returns the exit code."""
    tell(sentence, command)
    return code


def tell(sentence: str, command: str = "") -> None:
    """A sentence for a person, on stderr."""
    print(f"modelslab-mock{command and ' '}{command}: {sentence}", file=sys.stderr, flush=True)


class Help(argparse.RawDescriptionHelpFormatter):
    """Lists commands without a heading of their own."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=24, width=120)

    def _format_action(self, action: argparse.Action) -> str:
        text = super()._format_action(action)
        return text.partition("\n")[2] if action.nargs == argparse.PARSER else text


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence of ours."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        self.exit(2, f"modelslab-mock: {message}; see {self.prog} --help\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """A word of a closed list, such as the second one of `specs list`: what is near, and what there is."""
        if action.choices is None or value in action.choices:
            return
        from modelslab_contracts.nearest import there_are

        command = self.prog.removeprefix("modelslab-mock ")
        said = f"--{action.dest} {value!r} is not known" if action.option_strings else f"{command} has no {value!r}"
        self.exit(2, f"modelslab-mock: {said}{there_are(str(value), map(str, action.choices))}\n")
