"""`modelslab-mock check-client`: import a function, play stories to it, say what came of it."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import ContractError
from modelslab_contracts.kit.check_client import CheckError, check
from modelslab_contracts.kit.client_forms import in_form
from modelslab_contracts.kit.client_report import ClientFinding, Report
from modelslab_contracts.kit.run import PLAIN_PROMPT, Capabilities
from modelslab_contracts.kit.stage import Played
from modelslab_contracts.story import Story

from .check_options import DOES, Options, OptionsError, read
from .playhouse import InProcessStage
from .progress import Progress
from .serve import drawn_seed

NOT_JUDGED = 3


def run(given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """0 fine, 1 findings, 2 usage or no such function, 3 not judged, 5 nothing verified."""
    files = contextlib.ExitStack()
    try:
        options = read(given, environment)
        for file in [each for _, each in options.reports if each is not None]:
            files.enter_context(file)
        seed = drawn_seed() if options.seed is None else options.seed
        names = options.endpoints or (_endpoint_of(options),)
        with _quiet(shown=options.replay is not None):
            reports = [_check(options, name, profile, seed) for name in names for profile in options.profiles]
        written = dict(_replays(options, reports))
        _write(options, reports, lambda found: _again(options, found, written.get(id(found), "")))
    except (OptionsError, CheckError, ContractError) as problem:
        _tell(str(problem))
        return 2
    except Exception:  # noqa: BLE001 # a mistake of ours must not look like one of the client's
        traceback.print_exc()
        _tell("this is a mistake of the kit, not of the client: nothing was judged")
        return NOT_JUDGED
    finally:
        files.close()
    return exit_code(reports)


def exit_code(reports: list[Report]) -> int:
    """That of several reports: findings, then what could not be judged, then what was not verified."""
    codes = {each.exit_code for each in reports}
    return next((code for code in (1, NOT_JUDGED, 5) if code in codes), 0)


class _Watched(InProcessStage):
    """A stage that tells of every story played on it."""

    def __init__(self, told: Callable[[], None], seed: int, profile: str, *, webhooks: bool) -> None:
        super().__init__(seed=seed, profile=profile, webhooks=webhooks)
        self._after = told

    def play(self, story: Story, act: Callable[[str, str], Any]) -> Played:
        """See Stage."""
        played = super().play(story, act)
        self._after()
        return played


def _check(options: Options, endpoint: str, profile: str, seed: int) -> Report:
    what = endpoint if profile == "documented" else f"{endpoint}, {profile}"
    with Progress(what, 1 if options.replay is not None else options.stories) as progress:
        return check(
            options.generate,
            lambda seed, profile: _Watched(progress.step, seed, profile, webhooks="webhooks" in options.does),
            endpoint=endpoint,
            stories=options.stories,
            seed=seed,
            level=options.level,
            profile=profile,
            capabilities=_does(options),
            replay=options.replay,
        )


def _does(options: Options) -> Capabilities:
    does = {each: each in options.does for each in DOES}
    return Capabilities(options.polls, does["downloads"], does["webhooks"], does["retries"], does["flags"], does["files"])


def _endpoint_of(options: Options) -> str:
    """The endpoint that the client calls when it is asked for the simplest picture. Raises OptionsError."""
    with _quiet(shown=False), InProcessStage() as stage:
        played = stage.play(Story(), lambda base_url, key: options.generate(base_url, key, {"prompt": PLAIN_PROMPT}))
    called = next((each.endpoint for each in played.exchanges if each.endpoint in endpoints()), "")
    if not called:
        met = f"called {played.exchanges[0].path}" if played.exchanges else "called nothing"
        raise OptionsError(f"name the endpoint with --endpoint: asked for a plain picture, the client {met}")
    _tell(f"endpoint {called}, which the client calls (--endpoint names another)")
    return called


@contextlib.contextmanager
def _quiet(*, shown: bool) -> Iterator[None]:
    """What a client prints is no part of the report: it goes to stderr where it is `shown`, and else nowhere."""
    with contextlib.ExitStack() as scope:
        file: TextIO = sys.stderr if shown else scope.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
        scope.enter_context(contextlib.redirect_stdout(file))
        yield


def _replays(options: Options, reports: list[Report]) -> Iterator[tuple[int, str]]:
    """Write a file for each finding, where that is asked for: the findings' identities, each with its file."""
    if options.replays is None:
        return
    several = len(reports) > 1
    for report in reports:
        for found in report.findings:
            before = f"{report.endpoint}-{report.profile}-" if several else ""
            file = options.replays / f"{before}{found.rule.replace('/', '-')}.json"
            try:
                file.write_text(json.dumps(found.replay, indent=2) + "\n", encoding="utf-8")
            except OSError as problem:
                raise OptionsError(f"--replays {file}: {problem.strerror}") from None
            yield id(found), str(file)


def _again(options: Options, found: ClientFinding, file: str) -> str:
    """The command that plays a finding's story again."""
    words = ["modelslab-mock", "check-client", options.target]
    words += [] if options.polls else ["--no-polls"]
    words += [f"--{each}" for each in options.does]
    return shlex.join([*words, "--story", file or json.dumps(found.replay, separators=(",", ":"))])


def _write(options: Options, reports: list[Report], again: Callable[[ClientFinding], str]) -> None:
    """Every report that was asked for; the text on stdout where nothing else goes there."""
    asked = options.reports
    if not options.is_stdout_taken:
        asked = (("text", None), *asked)
    for form, file in asked:
        stream = file or sys.stdout
        try:
            stream.write(in_form(form, reports, again))
            stream.flush()
        except BrokenPipeError:
            raise
        except OSError as problem:
            raise OptionsError(f"--report {form}: {problem.strerror}") from None


def _tell(sentence: str) -> None:
    print(f"modelslab-mock: {sentence}", file=sys.stderr, flush=True)
