"""The rules of a client by what they are about; loading this room fills the catalogue of `rules.py`."""

from . import downloads, ends, odd_replies, patience, polls, requests, secrets, submits

__all__ = ["downloads", "ends", "odd_replies", "patience", "polls", "requests", "secrets", "submits"]
