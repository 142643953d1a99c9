"""`modelslab-mock exec`: start the emulator, lead a command to it, run the command, say what was seen.

There are two levers. In a namespace (`contained.py`) nothing can leave, whatever the command does; where the kernel has
none for us, preloads and a proxy (`led.py`) lead those that let themselves be led, and the first line says so.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from modelslab_contracts.document import ContractError
from modelslab_contracts.report import FORMATS, Row, Sheet

from ...commands.option_values import OptionsError
from ...wire.running import CannotServe
from . import contained, led, namespace, telling, trust
from .command import OURS, CannotRun, Signals
from .command import run as run_command
from .emulating import Certificate, emulator
from .exec_options import Options, read
from .java_trust import with_java_stores
from .onward import PROXY_VARIABLES, Onward
from .outside import Outside
from .preload import without_preloads
from .tally import Tally

NOTHING_SEEN = 3
KEY = "test-key"


def run(given: argparse.Namespace, command: Sequence[str], environment: Mapping[str, str]) -> int:
    """The exit code of the command, or 125 to 127 for failures of our own."""
    folder = Path(tempfile.mkdtemp(prefix="modelslab-mock-exec-"))
    folder.chmod(0o755)  # a command may change its user; there is no secret in here
    try:
        return _Run(read(given, command, environment, sys.stderr), environment, folder).code()
    except CannotRun as problem:
        _tell(str(problem))
        return problem.code
    except (OptionsError, CannotServe, ContractError, namespace.CannotContain, OSError) as problem:
        _tell(str(problem))
        return OURS
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Run:
    """One run of a command."""

    def __init__(self, options: Options, environment: Mapping[str, str], folder: Path) -> None:
        self._options = options
        self._environment = without_preloads(environment)
        self._folder = folder
        self._tally = Tally(options.settings.log_format, options.settings.quiet, options.log)
        self._certificate = Certificate()
        self._variables = trust.variables(self._certificate.authority, folder, environment)
        self._why_not = "--contain off"
        self._contained = False

    def code(self) -> int:
        """Run the command to its end; its exit code."""
        outside = self._enter()
        signals = Signals()
        lever: contained.Inside | led.Led
        if self._contained:
            lever, port = contained.Inside(self._tally, self._options.allowed, outside), contained.PORT
        else:
            lever = led.Led(self._folder, self._tally, self._options.allowed, self._environment, block=self._options.block)
            port = lever.port
        origin = f"http://127.0.0.1:{port}"
        serving = emulator(
            self._options.settings,
            self._tally,
            self._certificate.tls,
            http=lever.http,
            https=lever.https,
            origin=origin,
            beside=lever.serve,
        )
        serving.start()
        try:
            if not self._options.settings.quiet:
                _tell(self._first_line())
            code = run_command(self._options.command, self._command_environment(lever, origin), signals)
        finally:
            serving.stop()
            if outside:
                outside.close()
        if isinstance(lever, led.Led):
            lever.read_notes()
        return self._close(code)

    def _enter(self) -> Outside | None:
        """Go into a namespace where that is wanted and possible; the process that stays outside, if hosts are allowed."""
        if self._options.contain == "off":
            return None
        authority = self._certificate.authority
        binds = contained.binds(self._folder) + trust.system_binds(authority, self._folder)
        binds = with_java_stores(binds, authority, self._folder, self._environment)
        self._why_not = namespace.why_not(binds)
        if self._why_not:
            if self._options.contain == "require":
                raise namespace.CannotContain(f"--contain require: {self._why_not}")
            return None
        allowed = self._options.allowed
        outside = Outside(allowed, Onward(self._environment)) if allowed else None
        namespace.enter(binds)
        self._contained = True
        return outside

    def _command_environment(self, lever: contained.Inside | led.Led, origin: str) -> dict[str, str]:
        """The command's environment: the user's, certificates, what the lever needs, and where clients that ask are sent."""
        proxies = {name for each in PROXY_VARIABLES for name in (each, each.upper())}
        kept = {name: value for name, value in self._environment.items() if name not in proxies}
        kept |= self._variables
        if isinstance(lever, led.Led):
            kept |= lever.variables(self._environment, self._variables["SSL_CERT_FILE"])
        kept |= {"MODELSLAB_BASE_URL": origin, "MODELSLAB_EXEC_URL": origin}
        kept.setdefault("MODELSLAB_API_KEY", KEY)
        return kept

    def _first_line(self) -> str:
        options = self._options
        return telling.first_line(self._why_not, len(options.allowed), contained=self._contained, block=options.block)

    def _close(self, code: int) -> int:
        """Say what was seen; the exit code that follows from it."""
        tally = self._tally
        attempts = namespace.attempts_without_a_name() if self._contained else 0
        for sentence in (telling.of_refused(tally.refused), telling.of_addresses(attempts), telling.of_passed(tally.passed)):
            if sentence:
                _tell(sentence)
        silence = "" if tally.requests else telling.of_silence(tally, self._options.command[0], contained=self._contained)
        self._write_reports(silence)
        if silence:
            _tell(silence)
            if code == 0 and self._environment.get("CI", "").lower() == "true":
                return NOTHING_SEEN
        return code

    def _write_reports(self, silence: str) -> None:
        command = self._options.command
        found = [*self._tally.findings, *([telling.nothing_seen(command[0], silence)] if silence else [])]
        sheet = Sheet(rows=tuple(map(Row, found)), title=f"exec {command[0]}")  # its words may hold a key
        for form, file in self._options.reports:
            stream = file or sys.stderr
            try:
                if stream is not None:
                    stream.write(FORMATS[form](sheet))
                    stream.flush()
            except OSError as problem:  # what the command did counts all the same
                _tell(f"--report {form}: {problem.strerror}")


def _tell(sentence: str) -> None:
    """A sentence of ours, on stderr: stdout is the command's."""
    if sys.stderr is not None:  # closed by whoever called us
        try:
            print(f"modelslab-mock: {sentence}", file=sys.stderr, flush=True)
        except OSError:
            sys.stderr = None  # gone in the meantime, as a pipe's reader goes
