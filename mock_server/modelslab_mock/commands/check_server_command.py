"""`modelslab-mock check-server`: say what it will cost, send, say what came of it."""

from __future__ import annotations

import argparse
import contextlib
import json
import shlex
import sys
import traceback
from collections.abc import Iterator, Mapping
from functools import partial

from modelslab_contracts.contract import endpoints
from modelslab_contracts.document import ContractError
from modelslab_contracts.endpoint import Endpoint
from modelslab_contracts.kit.servers.budget import Budget, Estimate, SpentError, estimate
from modelslab_contracts.kit.servers.check import ServerCheckError, check, contract_of, replayed
from modelslab_contracts.kit.servers.forms import in_form
from modelslab_contracts.kit.servers.line import Line
from modelslab_contracts.kit.servers.looking import is_here
from modelslab_contracts.kit.servers.probes import Probe, probes_of
from modelslab_contracts.kit.servers.report import ServerFinding, ServerReport

from ..serve import drawn_seed
from ..server_checking import ELSEWHERE, HERE, KEY_HERE, cost_of, line_to, origin_of
from .check_server_options import KEY_VARIABLE, Options, read
from .checked import NOT_JUDGED, exit_code, replay_file, write
from .command_line import sorry, tell
from .option_values import OptionsError
from .progress import Progress

_COMMAND = "check-server"
#: HTTP statuses of a path or method that a server does not have.
_NOT_THERE = (404, 405, 501)


class NobodyError(Exception):
    """The server does not answer at all."""


def run(given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """0 fine, 1 findings, 2 usage or not confirmed, 3 not judged, 5 nothing verified."""
    files = contextlib.ExitStack()
    try:
        options = read(given, environment)
        for file in [each for _, each in options.reports if each is not None]:
            files.enter_context(file)
        reports = _checked(options)
        written = dict(_replays(options, reports))
        write(options.reports, lambda form: in_form(form, reports, partial(_again, options, written)))
    except (OptionsError, ServerCheckError, ContractError) as problem:
        return sorry(str(problem), _COMMAND)
    except NobodyError as problem:
        return sorry(str(problem), _COMMAND, NOT_JUDGED)
    except Exception:  # noqa: BLE001 # a mistake of ours must not look like one of the server's
        traceback.print_exc()
        return sorry("this is a mistake of the kit, not of the server: nothing was judged", _COMMAND, NOT_JUDGED)
    finally:
        files.close()
    return exit_code(reports)


def _checked(options: Options) -> list[ServerReport]:
    origin = origin_of(options.url)
    usual = HERE if is_here(origin) else ELSEWHERE
    seed = drawn_seed() if options.seed is None else options.seed
    count = options.requests or usual["requests"]
    budget = Budget(options.max_requests or usual["max_requests"], options.max_images or usual["max_images"])
    chosen = [contract_of(each, options.level, options.profile) for each in options.contracts or endpoints()]
    drawn = {each.name: _drawn(options, each, seed, count) for each in chosen}
    key = _key(options, origin)
    _confirm(options, origin, _estimated(chosen, drawn, options.profile, budget))
    with line_to(origin, key) as line:
        there = chosen if options.contracts else [each for each in chosen if _is_there(line, each, budget)]
        return [_check(line, key, budget, options, each, seed, count) for each in there]


def _check(line: Line, key: str, budget: Budget, options: Options, endpoint: Endpoint, seed: int, count: int) -> ServerReport:
    with Progress(endpoint.name, count if options.replay is None else 1, "requests") as progress:
        return check(
            line,
            key,
            budget,
            contract=endpoint,
            probes=count,
            seed=seed,
            level=options.level,
            profile=options.profile,
            replay=options.replay,
            watch=progress.step,
        )


def _drawn(options: Options, endpoint: Endpoint, seed: int, count: int) -> list[Probe]:
    """What will be sent, as far as it is known before any answer."""
    if options.replay is not None:
        return [replayed(options.replay, endpoint.name, options.profile)]
    return [*probes_of(endpoint, seed, options.profile).probes(count)]


def _key(options: Options, origin: str) -> str:
    if not options.key and not is_here(origin):
        raise OptionsError(f"{origin} is not this machine: give an API key with --key or {KEY_VARIABLE}")
    return options.key or KEY_HERE


def _estimated(chosen: list[Endpoint], drawn: Mapping[str, list[Probe]], profile: str, budget: Budget) -> Estimate:
    """What all contracts come to within one budget."""
    rest = Budget(budget.max_requests, budget.max_pictures)
    for each in chosen:
        spend = estimate(each, drawn[each.name], profile, rest)
        rest.requests += spend.requests
        rest.pictures += spend.pictures
    return Estimate(rest.requests, rest.pictures)


def _confirm(options: Options, origin: str, spend: Estimate) -> None:
    """Say what it will come to; go on only when somebody wants to pay. Raises OptionsError."""
    if is_here(origin):
        tell(f"{spend}")
        return
    tell(cost_of(origin, spend))
    if options.yes:
        return
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        raise OptionsError("nothing was sent: confirm that with --yes (or at a terminal)")
    print("go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise OptionsError("not confirmed, so nothing was sent")


def _is_there(line: Line, endpoint: Endpoint, budget: Budget) -> bool:
    """Whether the server has the path of a contract: asked without an order, so it costs nothing. Raises NobodyError."""
    try:
        budget.request()
    except SpentError:
        return True  # whoever checks it says why nothing was sent
    answered = line.ask("POST", line.origin + endpoint.submit.path, {"content-type": "application/json"}, b"{}")
    if answered.trouble:
        raise NobodyError(f"{line.origin} does not answer: {answered.trouble}")
    if answered.status in _NOT_THERE:
        tell(f"{endpoint.name} left out: {endpoint.submit.path} is not there (HTTP {answered.status})")
    return answered.status not in _NOT_THERE


def _replays(options: Options, reports: list[ServerReport]) -> Iterator[tuple[int, str]]:
    """Write a file for each finding, where that is asked for: the findings' identities, each with its file."""
    if options.replays is None:
        return
    for report in reports:
        taken = dict[str, int]()
        for found in report.findings:
            name = f"{report.contract}-{found.rule}"
            taken[name] = taken.get(name, 0) + 1
            yield id(found), replay_file(options.replays, f"{name}{f'-{taken[name]}' if taken[name] > 1 else ''}", found.replay)


def _again(options: Options, written: Mapping[int, str], found: ServerFinding) -> str:
    """The command that sends a finding's request again. The key is no part of it."""
    words = ["modelslab-mock", "check-server", origin_of(options.url)]
    return shlex.join([*words, "--replay", written.get(id(found)) or json.dumps(found.replay, separators=(",", ":"))])
