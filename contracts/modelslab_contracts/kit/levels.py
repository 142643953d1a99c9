"""Levels: how much a rule weighs, which ones a check asks about, and how a check is told by what it was set to."""

from __future__ import annotations

from ..findings import Severity

_LEVEL_OF = {Severity.ERROR: "must", Severity.WARNING: "should", Severity.NOTE: "may"}
#: From the highest: a documented clause or plain safety; what everybody agrees on; style.
LEVELS = tuple(_LEVEL_OF.values())
_USUAL_PROFILE = "documented"


def level_of(severity: Severity) -> str:
    """must, should or may."""
    return _LEVEL_OF[severity]


def severity_of(level: str) -> Severity:
    """The severity of findings at a level."""
    return next(severity for severity, each in _LEVEL_OF.items() if each == level)


def within(level: str, bar: str) -> bool:
    """Whether a level is at or above a bar."""
    return LEVELS.index(level) <= LEVELS.index(bar)


def place_name(endpoint: str, profile: str) -> str:
    """An endpoint under a profile, which goes without saying when it is the usual one."""
    return endpoint if profile == _USUAL_PROFILE else f"{endpoint}, {profile}"


def setting(level: str, profile: str, seed: int | None = None) -> str:
    """What a check was told; nothing is drawn without a seed."""
    told = [f"level {level}"] + ([f"profile {profile}"] if profile != _USUAL_PROFILE else [])
    return ", ".join(told if seed is None else [*told, f"seed {seed}"])
