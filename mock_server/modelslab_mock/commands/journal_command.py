"""`modelslab-mock journal export`: a recording of any kind, written as another kind. No key comes through."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from modelslab_contracts.exchange import Exchange

from ..loopback import is_loopback
from ..version import __version__
from .command_line import WIDE, sorry
from .option_values import OptionsError, known
from .report_option import open_text


def _json_lines(exchanges: Iterable[Exchange], _: str) -> Iterator[str]:
    from modelslab_contracts import json_lines

    return json_lines.write(exchanges)


def _har(exchanges: Iterable[Exchange], origin: str) -> Iterator[str]:
    from modelslab_contracts import har

    return har.write(exchanges, version=__version__, origin=origin)


def _vcr(exchanges: Iterable[Exchange], origin: str) -> Iterator[str]:
    from modelslab_contracts.recordings import vcr

    return vcr.write(exchanges, origin=origin)


#: The kinds that are written, by name.
FORMATS: Mapping[str, Callable[[Iterable[Exchange], str], Iterator[str]]] = {"jsonl": _json_lines, "har": _har, "vcr": _vcr}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `journal` and its command."""
    journal = commands.add_parser("journal", help="turn a recording (journal, HAR, VCR cassette) into another kind")
    within = journal.add_subparsers(dest="journal_command", metavar="COMMAND", required=True)
    export = within.add_parser(
        "export",
        help="write a recording as JSON Lines, HAR or a cassette of vcrpy",
        allow_abbrev=False,
        formatter_class=WIDE,
        description="Read a recording, whatever made it (a journal of ours, a HAR file, a cassette of vcrpy or of Ruby's VCR; "
        "its content says which), and write it as another kind. API keys are masked as it is read, and long bodies cut.",
        epilog="Exit codes: 0 written, 2 usage or a file that is no recording.",
    )
    export.add_argument("file", metavar="FILE", type=Path, help="the recording")
    export.add_argument("--format", metavar="FORMAT", default="jsonl", help=f"{', '.join(FORMATS)} (default: jsonl)")
    export.add_argument("-o", "--out", metavar="OUT", default="", help="the file to write (default: stdout)")


def run(given: argparse.Namespace, _: Mapping[str, str]) -> int:
    """0 written, 2 usage or unreadable input."""
    from modelslab_contracts.recordings.reading import RecordingError, read_recording

    try:
        known("--format", given.format, FORMATS)
        recording = read_recording(given.file)
        pieces = FORMATS[given.format](recording.exchanges, origin_of(recording.exchanges))
        if not given.out:
            sys.stdout.writelines(pieces)
            return 0
        with open_text(given.out, f"--out {given.out}") as file:
            file.writelines(pieces)
    except (OptionsError, RecordingError) as problem:
        return sorry(str(problem), "journal")
    except BrokenPipeError:
        raise  # whoever reads has seen enough
    except OSError as problem:
        return sorry(f"--out {given.out}: {problem.strerror}", "journal")
    print(f"modelslab-mock journal: {len(recording.exchanges)} exchanges of a {recording.kind} in {given.out}", file=sys.stderr)
    return 0


def origin_of(exchanges: Iterable[Exchange]) -> str:
    """Where a recording was made, as far as exchanges tell: they know hosts, and no scheme."""
    host = next((value for each in exchanges for name, value in each.request_headers if name == "host"), "")
    if not host:
        return "https://modelslab.com"
    bare, colon, port = host.rpartition(":")
    plain = is_loopback((bare if colon and port.isdigit() else host).strip("[]")) or (colon and port not in ("443", ""))
    return f"{'http' if plain else 'https'}://{host}"
