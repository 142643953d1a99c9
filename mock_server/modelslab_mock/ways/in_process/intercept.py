"""Inside a scope, whatever this process asks of the vendor's hosts is answered here; everything else goes on as before.

Each library is met at the lowest place that all its versions in wide use share, below its retries, redirects, cookies
and pools, so that those are tried too, and so that sessions made before the scope are met as well:

- requests, urllib3, urllib: `http.client`, on which all three stand (`intercept_http_client.py`);
- httpx, httpx2: their own transports (`intercept_httpx.py`);
- aiohttp: its connectors (`intercept_aiohttp.py`);
- whatever else looks up a name of the vendor's is refused (`intercept_names.py`).

Other libraries that mock HTTP sit above these places. They are told to let the vendor's hosts through
(`intercept_others.py`).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType, TracebackType
from typing import Any

from .answering import InProcess
from .patches import Patches
from .real_time import is_ours

#: module that a library must have loaded → the module here that meets it, by its function `install(patches, way)`.
_ROOMS = {
    "http.client": ".intercept_http_client",
    "urllib3.connection": ".intercept_http_client",
    "httpx": ".intercept_httpx",
    "httpx2": ".intercept_httpx",
    "aiohttp.connector": ".intercept_aiohttp",
    "socket": ".intercept_names",
    "responses": ".intercept_others",
    "requests_mock.adapter": ".intercept_others",
    "pytest_httpx": ".intercept_others",
    "vcr.cassette": ".intercept_others",
    "vcr.stubs.httpx_stubs": ".intercept_others",
}
_lock = threading.RLock()
_scopes: list[Interception] = []
_patches = Patches()


def current() -> InProcess | None:
    """Who answers now: the innermost scope's emulator; None outside of every scope, and for what the emulator sends itself."""
    if not _scopes or is_ours():
        return None
    return _scopes[-1]._way  # noqa: SLF001 # a friend in the same file


class Interception:
    """A scope in which `way` answers for the vendor's hosts, in every thread of the process.

    Scopes nest: the innermost answers. The first one patches, and the last one to end puts everything back.
    """

    def __init__(self, way: InProcess) -> None:
        self._way = way

    def __enter__(self) -> InProcess:
        with _lock:
            _scopes.append(self)
            if len(_scopes) == 1:
                try:
                    _install()
                except BaseException:
                    self._leave()
                    raise
        return self._way

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        with _lock:
            self._leave()

    def _leave(self) -> None:
        _scopes.remove(self)
        if not _scopes:
            if _newcomers in sys.meta_path:
                sys.meta_path.remove(_newcomers)
            _patches.undo()


def _install() -> None:
    import_module("http.client")  # urllib needs nothing else, and it may come later
    sys.meta_path.insert(0, _newcomers)
    for name in _ROOMS:
        if name in sys.modules:
            _meet(name)


def _meet(name: str) -> None:
    import_module(_ROOMS[name], __package__).install(name, _patches, current)


class _Newcomers:
    """Sees a library being imported for the first time inside a scope, and meets it right after."""

    def __init__(self) -> None:
        self._looking = threading.local()

    def find_spec(self, name: str, path: Sequence[str] | None = None, _: ModuleType | None = None) -> ModuleSpec | None:
        if name not in _ROOMS or getattr(self._looking, "now", False):
            return None
        self._looking.now = True
        try:
            spec = _found_by_others(name, path)
        finally:
            self._looking.now = False
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Telling(spec.loader, lambda: self._came(name))
        return spec

    @staticmethod
    def _came(name: str) -> None:
        with _lock:
            if _scopes:
                _meet(name)


def _found_by_others(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        if finder is not _newcomers and (spec := finder.find_spec(name, path)) is not None:
            return spec
    return None


class _Telling(Loader):
    """Stands in for a module's loader until the module is loaded, then says so and is gone."""

    def __init__(self, loader: Any, then: Callable[[], None]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._then()


_newcomers: Any = _Newcomers()
