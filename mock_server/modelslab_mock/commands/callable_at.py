"""`module:function` on a command line: the function, imported from the current folder."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from modelslab_contracts.nearest import did_you_mean
from modelslab_contracts.place import Place
from modelslab_contracts.report import one_line

FORM = "module:function, as in client:generate or src/client.py:generate"


class CannotImport(Exception):
    """Why there is no such function, as one sentence."""


def callable_at(target: str, asked: str) -> Callable[..., Any]:
    """The function of a target, which takes what is `asked` of it, such as "base_url, key, request". Raises CannotImport."""
    place, _, name = target.rpartition(":")
    if not place or not name:
        raise CannotImport(f"{target!r} is not {FORM}")
    held: Any = _module(place)
    for number, part in enumerate(name.split("."), 1):
        if not hasattr(held, part):
            whose = ".".join([place, *name.split(".")[: number - 1]])
            raise CannotImport(f"{whose} has no {part!r}{_instead(part, held)}")
        held = getattr(held, part)
    if not callable(held):
        raise CannotImport(f"{target} is no function, but {type(held).__name__}")
    _check_parameters(target, held, asked)
    return held  # type: ignore[no-any-return]


def place_of_callable(held: Callable[..., Any]) -> Place | None:
    """The file and line where it is written, from the current folder; None where that is not known."""
    inner: Any = inspect.unwrap(held)
    inner = inner if inspect.isroutine(inner) or inspect.isclass(inner) else type(inner)
    try:
        file, (_, line) = inspect.getsourcefile(inner), inspect.getsourcelines(inner)
    except (OSError, TypeError):
        return None
    path = Path(file or "")
    return Place(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path), line) if file else None


def _module(place: str) -> ModuleType:
    """A module by its dotted name or by its file."""
    file = Path(place)
    is_file = place.endswith(".py")
    if is_file and not file.is_file():
        raise CannotImport(f"there is no file {place}{did_you_mean(file.name, _files(file.parent, '.py'))}")
    sys.path.insert(0, str(file.parent.resolve() if is_file else Path.cwd()))
    name = file.stem if is_file else place
    try:
        return _loaded(name, file) if is_file else importlib.import_module(name)
    except ModuleNotFoundError as problem:
        if problem.name and (name == problem.name or name.startswith(f"{problem.name}.")):
            raise CannotImport(f"no module {name!r} here{did_you_mean(name, _files(Path(), ''))}") from None
        raise CannotImport(f"cannot import {place}: {problem}") from None
    except (Exception, SystemExit) as problem:  # noqa: BLE001 # whatever a module does when it is loaded
        raise CannotImport(f"cannot import {place}: {_told(problem)}") from None


def _loaded(name: str, file: Path) -> ModuleType:
    """The module of a file, whatever else has its name; those beside it can be imported from it."""
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise CannotImport(f"{file} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _files(folder: Path, ending: str) -> list[str]:
    """Python files of a folder, as they would be named."""
    return [f"{each.stem}{ending}" for each in folder.glob("*.py")] if folder.is_dir() else []


def _instead(name: str, held: Any) -> str:
    """The nearest name, or those that there are."""
    known = list(_names_of(held))
    return did_you_mean(name, known) or (f"; it has {', '.join(known[:8])}" if known else "; it has no function")


def _names_of(held: Any) -> Iterator[str]:
    module = held.__name__ if isinstance(held, ModuleType) else None
    for name, value in vars(held).items():
        is_own = module is None or getattr(value, "__module__", module) == module
        if callable(value) and is_own and not name.startswith("_"):
            yield name


def _check_parameters(target: str, function: Callable[..., Any], asked: str) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # it does not tell
        return
    try:
        signature.bind(*asked.split(", "))
    except TypeError:
        raise CannotImport(f"{target}{signature} is to be called with ({asked}), and does not take that") from None


def _told(problem: BaseException) -> str:
    """An error and the line that it comes from, on one line."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    line = f" ({Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno})" if trace is not None else ""
    if isinstance(problem, SyntaxError):
        line = ""  # its own text says where
    return one_line(f"{type(problem).__name__}: {problem}{line}")
