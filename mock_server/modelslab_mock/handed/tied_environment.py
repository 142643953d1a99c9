"""What a client that is a program finds in its environment, so that its sleeps take no time, whatever it is written in."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ..ways.exec.preload import in_front, requiring

_PRELOADS = Path(__file__).parent / "preloads"


def tied_environment(environment: Mapping[str, str], folder: Path, time_url: str, time_file: Path) -> dict[str, str]:
    """The environment, with what Node, Python, Ruby and shells need, from `folder`; what the user had set stays behind."""
    preloads = folder / "preloads"
    if not preloads.exists():  # a copy, because RUBYOPT knows no quotes, and installers may forget what can be executed
        shutil.copytree(_PRELOADS, preloads)
        for each in (preloads / "bin").iterdir():
            each.chmod(0o755)
    given = dict(environment) | {"MODELSLAB_TIME_URL": time_url, "MODELSLAB_TIME_FILE": str(time_file)}
    for name, ours, joint in (
        ("NODE_OPTIONS", requiring(preloads / "tied.cjs"), " "),
        ("PYTHONPATH", str(preloads / "python"), os.pathsep),
        ("RUBYOPT", f"-r{preloads / 'tied.rb'}", " "),
    ):
        given[name] = in_front(ours, given.get(name, ""), joint)
    if sys.platform != "win32":
        given["PATH"] = in_front(str(preloads / "bin"), given.get("PATH", os.defpath), os.pathsep)
    return given
