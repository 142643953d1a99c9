"""Read by every Python that the kit starts: where modelslab-mock is installed, its time is the kit's from its first line on.

Then what `sitecustomize` there was before runs, under its own name.
"""

from __future__ import annotations

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


def _tie() -> None:
    if os.environ.get("MODELSLAB_TIME_URL") and os.path.exists(os.environ.get("MODELSLAB_TIME_FILE", "")):
        from modelslab_mock.handed.tied_child import tie

        tie(os.environ["MODELSLAB_TIME_URL"], os.environ["MODELSLAB_TIME_FILE"])


def _run_the_other() -> None:
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    # Another one that looks for the other must not find this one again.
    sys.path[:] = [each for each in sys.path if os.path.abspath(each) != _HERE]
    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        sys.modules["sitecustomize"] = module = module_from_spec(spec)
        spec.loader.exec_module(module)


try:
    _tie()
except Exception:  # noqa: BLE001, S110 # not installed, or too old: its time stays real
    pass
_run_the_other()
