"""The rules of a client by what they are about; loading this room fills the catalogue of `rules.py`."""

from . import ends, polls, requests, secrets, submits

__all__ = ["ends", "polls", "requests", "secrets", "submits"]
