"""modelslab-mock: an offline emulator and contract test kit for the ModelsLab text-to-image API."""

from .version import __version__

__all__ = ["__version__"]
