"""`modelslab-mock check-client`: play stories to the client that was handed over, say what came of it."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TextIO

from modelslab_contracts.accepted import AcceptedError
from modelslab_contracts.document import ContractError
from modelslab_contracts.kit.accepting import accept, read_known
from modelslab_contracts.kit.check_client import CheckError, check
from modelslab_contracts.kit.client_forms import in_form
from modelslab_contracts.kit.client_report import ClientFinding, Report
from modelslab_contracts.kit.levels import place_name
from modelslab_contracts.kit.outcome import printed_in
from modelslab_contracts.kit.run import Capabilities
from modelslab_contracts.kit.stage import Gone, Played

from ..serve import drawn_seed
from ..wire.listen import CannotListen
from ..wire.running import CannotServe
from ..wire.wall_clock import real_now, today
from .check_options import DOES, Options, read
from .checked import NOT_JUDGED, exit_code, replay_file, write
from .command_line import tell
from .hands import seen_first, watched
from .option_values import OptionsError
from .pace import Pace
from .progress import Progress


def run(given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """0 fine, 1 findings, 2 usage or no such function, 3 not judged, 5 nothing verified."""
    files = contextlib.ExitStack()
    try:
        options = read(given, environment)
        files.callback(options.hand.close)
        for file in [each for _, each in options.reports if each is not None]:
            files.enter_context(file)
        known = () if options.known is None else read_known(options.known)
        seed = drawn_seed() if options.seed is None else options.seed
        names = _endpoints(options)
        with _quiet(shown=options.replay is not None):
            checked = [_check(options, name, profile, seed) for name in names for profile in options.profiles]
        reports = accept(checked, known, today())
        written = dict(_replays(options, reports))
        _write(options, reports, partial(_again, options, written))
    except (OptionsError, AcceptedError, CheckError, ContractError) as problem:
        tell(str(problem))
        return 2
    except (Gone, CannotServe, CannotListen) as problem:
        tell(str(problem))
        return NOT_JUDGED
    except Exception:  # noqa: BLE001 # a mistake of ours must not look like one of the client's
        traceback.print_exc()
        tell("this is a mistake of the kit, not of the client: nothing was judged")
        return NOT_JUDGED
    finally:
        files.close()
    return exit_code(reports)


def _check(options: Options, endpoint: str, profile: str, seed: int) -> Report:
    what = place_name(endpoint, profile)
    total, hand = 1 if options.replay is not None else options.stories, options.hand
    with Progress(what, total) as progress:
        pace = Pace(total, hand.ways_out, tell)

        def after(played: Played, seconds: float) -> None:
            progress.step()
            pace.step(seconds, played.ended - played.began)
            if options.replay is not None and (printed := printed_in(played)):
                print(printed, end="", file=sys.stderr)

        return check(
            hand.generate,
            lambda seed, profile: watched(hand.stage(endpoint, seed, profile, options.spec), after, real_now),
            endpoint=options.there[endpoint],
            stories=options.stories,
            seed=seed,
            level=options.level,
            profile=profile,
            capabilities=hand.capabilities(_does(options)),
            replay=options.replay,
        )


def _does(options: Options) -> Capabilities:
    does = {each: each in options.does for each in DOES}
    return Capabilities(options.polls, does["downloads"], does["webhooks"], does["retries"], does["flags"], does["files"])


def _endpoints(options: Options) -> tuple[str, ...]:
    """Those that are named, or the one that the client calls when it is asked for the simplest picture. Raises OptionsError."""
    if options.endpoints and not options.hand.is_seen_first():
        return options.endpoints
    with _quiet(shown=False):
        played = seen_first(options.hand, *options.endpoints[:1], spec=options.spec)
    if options.endpoints:
        return options.endpoints
    called = next((each.endpoint for each in played.exchanges if each.endpoint in options.there), "")
    if not called:
        met = f"called {played.exchanges[0].path}" if played.exchanges else "called nothing"
        raise OptionsError(f"name the endpoint with --endpoint: asked for a plain picture, the client {met}")
    tell(f"endpoint {called}, which the client calls (--endpoint names another)")
    return (called,)


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
        for found in report.found:
            before = f"{report.endpoint}-{report.profile}-" if several else ""
            yield id(found), replay_file(options.replays, f"{before}{found.rule}", found.replay)


def _again(options: Options, written: Mapping[int, str], found: ClientFinding) -> str:
    """The command that plays a finding's story again."""
    words = ["modelslab-mock", "check-client", *options.hand.words]
    words += [word for each in options.spec for word in ("--spec", each)]
    words += [] if options.polls else ["--no-polls"]
    words += [f"--{each}" for each in options.does]
    words += ["--exec"] if options.is_led else []
    story = written.get(id(found)) or json.dumps(found.replay, separators=(",", ":"))
    return shlex.join([*words, "--story", story, *options.hand.last])


def _write(options: Options, reports: list[Report], again: Callable[[ClientFinding], str]) -> None:
    """Every report that was asked for. Raises OptionsError."""
    hand = options.hand
    title = shlex.join(["check-client", *hand.words, *hand.last])
    write(options.reports, lambda form: in_form(form, reports, again, title, hand.home))
