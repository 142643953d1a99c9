"""The options of `modelslab-mock check-client`, checked: everything that can be wrong is found before a story is played."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from modelslab_contracts.contract import endpoints
from modelslab_contracts.nearest import did_you_mean
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.report import FORMATS

from .report_option import STDOUT, ReportError, opened

ALL = "all"
RANDOM = "random"
STORIES, MOST_STORIES = 300, 1_000_000
LEVELS = ("must", "should", "may")
#: How a function is called.
CALLED_WITH = "base_url, key, request"
_DESCRIPTION = f"""\
Play drawn stories to a Python client and report the rules that it breaks, each with the simplest story that shows it.
The function is called as function({CALLED_WITH}), returns pictures as addresses or bytes, or raises; it may be
async, and may call https://modelslab.com whatever base_url says. Nothing leaves the process, and no sleep takes time."""
_EPILOG = """\
exit codes: 0 fine · 1 findings · 2 usage, or the client cannot be imported · 3 not judged · 5 nothing verified

for a start:
  modelslab-mock check-client client:generate
  modelslab-mock check-client src/client.py:generate --endpoint realtime-v6 --level should --stories 1000
  modelslab-mock check-client client:generate --report junit=client.xml --replays found
  modelslab-mock check-client client:generate --story found/client-does-not-know-failed.json"""


class OptionsError(Exception):
    """An option that cannot be used, as one sentence."""


#: What a client may do beside polling, each an option: rules about it are verified only then.
DOES = {
    "downloads": "fetches the pictures and returns their bytes",
    "webhooks": "listens for webhooks, on loopback",
    "retries": "orders again after a refusal that passes",
    "flags": "tells of pictures that are not safe for work, by an error or by {'images': [...], 'nsfw': ...}",
    "files": "stores the pictures and returns the paths of files",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a check. No endpoint is that of the client's own call; a report without a file goes to stdout."""

    target: str
    generate: Callable[..., Any]
    endpoints: tuple[str, ...]
    profiles: tuple[str, ...]
    stories: int
    seed: int | None
    level: str
    polls: bool
    does: tuple[str, ...]
    replay: Mapping[str, Any] | None
    reports: tuple[tuple[str, TextIO | None], ...]
    is_stdout_taken: bool
    replays: Path | None


def add_parser(commands: Any) -> None:
    """Add `check-client` to the command line."""
    parser = commands.add_parser(
        "check-client",
        help="play hundreds of drawn stories to a Python client, and report what it gets wrong",
        allow_abbrev=False,
        usage="modelslab-mock check-client MODULE:FUNCTION [options]",
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=28, width=120),
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("target", metavar="MODULE:FUNCTION", help="such as client:generate or src/client.py:generate")
    text = f"{', '.join(endpoints())} or {ALL} (default: the one that the client calls)"
    parser.add_argument("--endpoint", metavar="NAME", help=text)
    parser.add_argument("--stories", metavar="N", default=str(STORIES), help=f"how many are drawn (default: {STORIES})")
    parser.add_argument("--seed", metavar="S", default="0", help=f"the same draws the same stories; or {RANDOM} (default: 0)")
    text = "report rules of this level and above: must, should or may (default: must; with --story: may)"
    parser.add_argument("--level", metavar="LEVEL", help=text)
    text = f"how clauses are applied: {', '.join(PROFILES)} or {ALL} (default: documented)"
    parser.add_argument("--profile", metavar="NAME", help=text)
    text = "the client never polls: rules about that are not verified"
    parser.add_argument("--no-polls", dest="polls", action="store_false", help=text)
    for name, text in DOES.items():
        parser.add_argument(f"--{name}", action="store_true", help=f"the client {text}")
    text = "play this story alone: a file of --replays, or the JSON itself; what the client prints is then shown"
    parser.add_argument("--story", metavar="FILE", help=text)
    text = f"{', '.join(FORMATS)}, to a file or to stdout; repeatable (default: text)"
    parser.add_argument("--report", metavar="FORMAT[=FILE]", action="append", default=[], help=text)
    parser.add_argument("--replays", metavar="FOLDER", help="write a file for each finding that plays its story again")


def read(given: argparse.Namespace, environment: Mapping[str, str]) -> Options:
    """The options, the function imported and files opened. Raises OptionsError."""
    from .callable_at import CannotImport, callable_at

    replay = None if given.story is None else _replay(given.story)
    told = replay or {}
    if replay is not None and ALL in (given.endpoint, given.profile):
        raise OptionsError(f"--story plays one story: {ALL} is not for it")
    endpoint = given.endpoint or told.get("endpoint")
    profile = given.profile or told.get("profile") or "documented"
    level = _known("--level", given.level or (LEVELS[0] if replay is None else LEVELS[-1]), LEVELS)
    chosen = _several("--endpoint", endpoint, endpoints()) if endpoint is not None else ()
    profiles = _several("--profile", profile, PROFILES)
    stories = _number("--stories", given.stories, 1, MOST_STORIES)
    seed = None if given.seed == RANDOM else _number("--seed", given.seed, 0, 2**64 - 1)
    replays = _folder(given.replays) if given.replays else None
    try:
        generate = callable_at(given.target, CALLED_WITH)
        reports = opened(given.report, environment.get("GITHUB_STEP_SUMMARY", ""))
    except (CannotImport, ReportError) as problem:
        raise OptionsError(str(problem)) from None
    return Options(
        target=given.target,
        generate=generate,
        endpoints=chosen,
        profiles=profiles,
        stories=stories,
        seed=seed,
        level=level,
        polls=given.polls,
        does=tuple(each for each in DOES if getattr(given, each)),
        replay=replay,
        reports=reports,
        is_stdout_taken=any(each.partition("=")[2] in ("", STDOUT) for each in given.report),
        replays=replays,
    )


def _known(option: str, word: str, known: Collection[str]) -> str:
    if word not in known:
        raise OptionsError(f"{option} {word!r} is not one of {', '.join(known)}{did_you_mean(word, known)}")
    return word


def _several(option: str, word: Any, known: Collection[str]) -> tuple[str, ...]:
    return tuple(known) if word == ALL else (_known(option, str(word), (*known, ALL)),)


def _number(option: str, text: str, lowest: int, highest: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(highest)) else -1
    if not lowest <= number <= highest:
        raise OptionsError(f"{option} must be a whole number from {lowest} to {highest}, got {text!r}")
    return number


def _replay(story: str) -> Mapping[str, Any]:
    """What a file of `--replays` holds, or the JSON that was given in its place."""
    what = "--story" if story.lstrip().startswith("{") else f"--story {story}"
    try:
        told = json.loads(story if what == "--story" else Path(story).read_text(encoding="utf-8"))
    except OSError as problem:
        raise OptionsError(f"{what}: {problem.strerror}") from None
    except (ValueError, RecursionError) as problem:
        raise OptionsError(f"{what} is not JSON: {problem}") from None
    if not isinstance(told, dict):
        raise OptionsError(f"{what} must be a JSON object, such as --replays writes")
    return told


def _folder(name: str) -> Path:
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OptionsError(f"--replays {name}: {problem.strerror}") from None
    return folder
