"""Everything that can be set, once: each field with its type, its default and a sentence.

flag > environment (`MODELSLAB_MOCK_*`) > file > default. Nobody else reads the environment. The command line, the
config file's checks and the README's table are all made from the fields below.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelslab_contracts.nearest import nearest
from modelslab_contracts.story import Story, StoryError, story_from_text, story_of

from .loopback import is_loopback
from .settings_check import COMMAND_LINE, complaints

ENVIRONMENT_PREFIX = "MODELSLAB_MOCK_"
CONFIG_NAMES = ("modelslab-mock.yaml", "modelslab-mock.yml", "modelslab-mock.json")


class SettingsError(Exception):
    """A setting that cannot be used, as one sentence that names it."""


def _set(
    default: Any, sentence: str, *, flag: str | None = None, many: bool = False, form: str = "", secret: bool = False
) -> Any:
    """A field of Settings: its sentence, its short flag, whether it can be given more than once, how a value looks.

    What is `secret` is never shown, not even in a complaint about it.
    """
    metadata = {"sentence": sentence, "flag": flag, "many": many, "form": form, "secret": secret}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one server."""

    host: str = _set("127.0.0.1", "address to listen on; the default takes IPv4 and IPv6 loopback", flag="-H", form="ADDRESS")
    port: int = _set(4777, "port to listen on; 0 takes any free one and prints it", flag="-p", form="N")
    profile: str = _set("documented", "how clauses are applied: documented, strict or observed", form="NAME")
    clock: str = _set("real", "real, scaled:FACTOR, frozen or auto", form="MODE")
    seed: int | None = _set(None, "seed of ids, pictures and timing; one is drawn and printed when absent", form="N")
    story: Story | None = _set(
        None, "what happens to every submit: a JSON value, or words such as 'processing polls=2'", form="STORY"
    )
    replay: str = _set("", "recording to play back in place of emulating: a journal, a HAR file, a VCR cassette", form="FILE")
    latency: float = _set(0.0, "seconds that every answer takes longer", form="SECONDS")
    public_base_url: str = _set("", "origin on which links in answers are built, such as http://mock:4777", form="ORIGIN")
    spec: tuple[str, ...] = _set(
        (),
        "serve also what OpenAPI documents or saved documentation pages declare: a file or folder; repeatable",
        many=True,
        form="PATH",
    )
    accept_key: tuple[str, ...] = _set(
        (), "accept only this API key; repeatable; by default any non-empty key works", many=True, form="KEY", secret=True
    )
    allow_webhook_host: tuple[str, ...] = _set(
        (), "host that webhooks may go to beside loopback; repeatable, * is a wildcard", many=True, form="HOST"
    )
    link_host: tuple[str, ...] = _set(
        (),
        "host name of this server beside loopback: links may point at it, the control API answers on it; repeatable",
        many=True,
        form="HOST",
    )
    webhook_timeout: float = _set(30.0, "seconds that the receiver of a webhook has for its answer", form="SECONDS")
    control_token: str = _set(
        "",
        "bearer token that /__mock asks for, or off; by default none on loopback, and on any other address one is made up "
        "and printed",
        form="TOKEN",
        secret=True,
    )
    flagged_word: tuple[str, ...] = _set(
        ("nsfw", "nude", "naked", "gore"), "word in a prompt that the safety checker finds; repeatable", many=True, form="WORD"
    )
    unknown_fields: str = _set("note", "fields that a page does not have: accept, note or refuse", form="HOW")
    cors: bool = _set(True, "send CORS headers and answer preflights on emulated routes", form="yes|no")
    log_format: str = _set("text", "text, or json for one object per line", form="FORMAT")
    quiet: bool = _set(False, "print errors only", form="yes|no")
    tls: bool = _set(False, "serve https with a throw-away certificate authority and print what to trust", form="yes|no")
    ready_file: str = _set("", "file to write {url, port, pid} to once the server answers", form="FILE")
    max_body: int = _set(8 * 2**20, "bytes of a request body that are read", form="BYTES")
    max_sandboxes: int = _set(1_000, "sandboxes (API keys) kept", form="N")
    max_jobs: int = _set(10_000, "jobs kept per sandbox", form="N")
    max_exchanges: int = _set(1_000, "exchanges kept per sandbox", form="N")

    @property
    def is_on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host.lower())


FIELDS = {each.name: each for each in dataclasses.fields(Settings)}


def make_settings(flags: Mapping[str, Any], environment: Mapping[str, str], config: str | None = None) -> Settings:
    """The settings that flags, environment and config file give together, checked.

    `flags` holds only what was given. Raises SettingsError with one sentence.
    """
    path = config or environment.get(ENVIRONMENT_PREFIX + "CONFIG") or _config_here()
    given: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for source, values in (
        (path, _from_file(path)),
        ("environment", _from_environment(environment)),
        (COMMAND_LINE, flags),
    ):
        for name, value in values.items():
            given[name] = _typed(name, value, source)
            sources[name] = source
    settings = Settings(**given)
    for complaint in complaints(settings, sources):
        raise SettingsError(complaint)
    return settings


def _config_here() -> str:
    return next((name for name in CONFIG_NAMES if Path(name).is_file()), "")


def _from_file(path: str) -> Mapping[str, Any]:
    if not path:
        return {}
    from modelslab_contracts.document import ContractError, parse_yaml
    from modelslab_contracts.repeated import repeated_names

    try:
        text = Path(path).read_bytes()
        values = parse_yaml(text, path)
    except OSError as problem:
        raise SettingsError(f"config file {path}: {problem.strerror}") from None
    except ContractError as problem:
        raise SettingsError(f"config file {problem}") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise SettingsError(f"config file {path}: must hold a mapping of settings, got {type(values).__name__}")
    for twice in repeated_names(text):
        raise SettingsError(f"config file {path}:{twice.line}: {twice.name!r} stands there twice")
    known: dict[str, Any] = {}
    for name, value in values.items():
        setting = _known(str(name).replace("-", "_"), f"config file {path}: unknown setting {name!r}", _in_file)
        if setting in known:
            raise SettingsError(f"config file {path}: {name!r} stands there twice, with a dash and with an underscore")
        known[setting] = value
    return known


def _from_environment(environment: Mapping[str, str]) -> Mapping[str, str]:
    # CONFIG was read already; any other unknown name is a misspelling.
    values = {}
    for name, value in environment.items():
        if name.startswith(ENVIRONMENT_PREFIX) and name != ENVIRONMENT_PREFIX + "CONFIG":
            short = name.removeprefix(ENVIRONMENT_PREFIX).lower()
            values[_known(short, f"environment variable {name} is not known", _in_environment)] = value
    return values


def _known(name: str, complaint: str, spelled: Callable[[str], str]) -> str:
    if name not in FIELDS:
        close = nearest(name, FIELDS)  # compared without the prefix that all of them share
        raise SettingsError(complaint + (f"; did you mean {spelled(close)!r}?" if close else ""))
    return name


def _in_file(name: str) -> str:
    return name.replace("_", "-")


def _in_environment(name: str) -> str:
    return ENVIRONMENT_PREFIX + name.upper()


def _typed(name: str, value: Any, source: str) -> Any:
    """`value` as the type of the setting; texts come from flags and environment, other values from a file."""
    where = f"{name.replace('_', '-')} (from {source})"
    kind = FIELDS[name].type
    if name == "story":
        try:
            return story_from_text(value) if isinstance(value, str) else story_of(value)
        except StoryError as problem:
            raise SettingsError(f"{where}: {problem}") from None
    if kind == "tuple[str, ...]":
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, Sequence) or not all(isinstance(each, str) for each in items):
            raise SettingsError(f"{where} must be a list of texts, got {_shown(name, value)}")
        return tuple(each.strip() for each in items if each.strip())
    if kind == "bool":
        if isinstance(value, bool) or str(value).lower() in ("yes", "no", "true", "false", "1", "0"):
            return value if isinstance(value, bool) else str(value).lower() in ("yes", "true", "1")
        raise SettingsError(f"{where} must be yes or no, got {_shown(name, value)}")
    if kind == "str":
        if not isinstance(value, str):
            raise SettingsError(f"{where} must be a text, got {_shown(name, value)}")
        return value
    return _number(name, where, value, whole=kind != "float")


def _shown(name: str, value: Any) -> str:
    """A value as a file has it: true and null, not True and None; of a secret only its kind."""
    if FIELDS[name].metadata["secret"]:
        return "a number" if type(value) in (int, float) else "something else"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _number(name: str, where: str, value: Any, *, whole: bool) -> Any:
    if not isinstance(value, bool):
        try:
            return int(str(value)) if whole else float(value)
        except (ValueError, TypeError):
            pass
    raise SettingsError(f"{where} must be {'a whole number' if whole else 'a number'}, got {_shown(name, value)}")
