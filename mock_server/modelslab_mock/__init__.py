"""modelslab-mock: an offline emulator and contract test kit for the ModelsLab text-to-image API."""

from typing import TYPE_CHECKING

from .version import __version__

if TYPE_CHECKING:
    from .checking import check_client
    from .contract_tests import StaleEntryWarning, client_contract
    from .server_checking import check_server
    from .testing.mock_server import MockServer
    from .testing.problems import MockServerError, MockServerFailure
    from .testing.scope import MockScope

__all__ = [
    "MockScope",
    "MockServer",
    "MockServerError",
    "MockServerFailure",
    "StaleEntryWarning",
    "__version__",
    "check_client",
    "check_server",
    "client_contract",
]

#: What is imported on its first use: an import of this package alone must cost nothing.
_ROOMS = {
    "MockScope": "testing.scope",
    "MockServer": "testing.mock_server",
    "MockServerError": "testing.problems",
    "MockServerFailure": "testing.problems",
    "StaleEntryWarning": "contract_tests",
    "check_client": "checking",
    "check_server": "server_checking",
    "client_contract": "contract_tests",
}


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_ROOMS[name]}", __name__), name)
