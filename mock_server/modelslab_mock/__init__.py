"""modelslab-mock: an offline emulator and contract test kit for the ModelsLab text-to-image API."""

from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .checking import check_client

__all__ = ["__version__", "check_client"]


def __getattr__(name: str) -> Any:
    """What is imported on its first use, because it brings much with it."""
    if name == "check_client":
        from .checking import check_client

        return check_client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
