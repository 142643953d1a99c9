"""results.md: the last figures of each benchmark, a section for each, with its date."""

from __future__ import annotations

import datetime as dt
import os
import platform
from pathlib import Path

_FILE = Path(__file__).parent / "results.md"


def keep(title: str, made_by: str, table: str) -> None:
    """Put `table` in place of the section's last one, or behind all others."""
    made = f"{dt.datetime.now(tz=dt.UTC).date()}, Python {platform.python_version()}, {_load()}. Made by `{made_by}`."
    head, *sections = _FILE.read_text(encoding="utf-8").split("\n## ")
    kept = {each.partition("\n")[0]: each.rstrip() for each in sections}
    kept[title] = f"{title}\n\n{made}\n\n{table.rstrip()}"
    _FILE.write_text("\n\n## ".join([head.rstrip(), *kept.values()]) + "\n", encoding="utf-8")


def _load() -> str:
    """How many others wanted the cores meanwhile: beyond their number, seconds on the wall say little."""
    return f"load {os.getloadavg()[1]:.0f} on {os.cpu_count()} cores"
