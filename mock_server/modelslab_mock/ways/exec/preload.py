"""The preloads of a run: a folder with our files and their settings, and the variables that make runtimes read them."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..hosts import PATTERNS, Allowed

#: What the vendor's names resolve to inside a program: loopback, but nobody's, and never connected to.
MARKER = "127.77.77.77"
#: Where the preloads of a run are, for a run inside of it.
FOLDER_VARIABLE = "MODELSLAB_EXEC_PRELOADS"
_NODE = "preload.cjs"
_FILES = Path(__file__).parent / "preloads"


class Preloads:
    """The folder and what the preloads note in it."""

    def __init__(self, folder: Path, *, http_port: int, https_port: int, block: bool, allowed: Sequence[Allowed]) -> None:
        self._folder = folder / "preload"
        self._notes = folder / "notes"
        self._folder.mkdir()
        for name in ("sitecustomize.py", _NODE):
            shutil.copyfile(_FILES / name, self._folder / name)
        settings = {
            "marker": MARKER,
            "vendor": PATTERNS,
            "http_port": http_port,
            "https_port": https_port,
            "block": block,
            "allowed": [each.pattern for each in allowed],
            "notes": str(self._notes),
        }
        (self._folder / "settings.json").write_text(json.dumps(settings))
        self._ini = self._folder / "php"
        self._ini.mkdir()

    def variables(self, environment: Mapping[str, str], bundle: str) -> dict[str, str]:
        """Variables for a command; what the user had set stays behind ours. PHP is told the `bundle` only."""
        (self._ini / "modelslab-mock.ini").write_text(f'curl.cainfo="{bundle}"\nopenssl.cafile="{bundle}"\n')
        return {
            "PYTHONPATH": in_front(str(self._folder), environment.get("PYTHONPATH", ""), os.pathsep),
            "NODE_OPTIONS": in_front(requiring(self._folder / _NODE), environment.get("NODE_OPTIONS", ""), " "),
            "PHP_INI_SCAN_DIR": environment.get("PHP_INI_SCAN_DIR", "") + os.pathsep + str(self._ini),
            FOLDER_VARIABLE: str(self._folder),
        }

    def notes(self) -> tuple[Counter[str], Counter[str]]:
        """(hosts refused, hosts reached) as the preloads noted them."""
        refused: Counter[str] = Counter()
        passed: Counter[str] = Counter()
        if self._notes.exists():
            for line in self._notes.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    word, name = json.loads(line)
                except ValueError:  # two programs wrote at once
                    continue
                (refused if word == "refused" else passed)[str(name)] += 1
        return refused, passed


def without_preloads(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the preloads of a run that this one is inside of: they would lead to its emulator."""
    kept = dict(environment)
    folder = kept.pop(FOLDER_VARIABLE, "")
    if folder:
        ours = (folder, str(Path(folder) / "php"))
        for name in ("PYTHONPATH", "PHP_INI_SCAN_DIR"):
            kept[name] = os.pathsep.join(each for each in kept.get(name, "").split(os.pathsep) if each not in ours)
        kept["NODE_OPTIONS"] = kept.get("NODE_OPTIONS", "").replace(requiring(Path(folder) / _NODE), "").strip()
        for name in ("PYTHONPATH", "PHP_INI_SCAN_DIR", "NODE_OPTIONS"):
            if not kept[name]:  # PHP takes an empty one as a wish of its own
                del kept[name]
    return kept


def requiring(file: Path) -> str:
    """Node's option for a preload, quoted: temporary folders can have spaces in their names."""
    quoted = str(file).replace("\\", "\\\\").replace('"', '\\"')
    return f'--require "{quoted}"'


def in_front(ours: str, theirs: str, joint: str) -> str:
    """A variable that is a list, with ours as its first."""
    return ours + joint + theirs if theirs else ours
