"""Which hosts can only be this machine."""

from modelslab_contracts.loopback import is_loopback

__all__ = ["is_loopback"]
