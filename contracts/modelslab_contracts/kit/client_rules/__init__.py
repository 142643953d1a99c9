"""The rules of a client by what they are about; loading this room fills the catalogue of `rules.py`."""

from . import callers, downloads, ends, odd_replies, patience, pictures, polls, requests, secrets, submits, webhooks

__all__ = [
    "callers",
    "downloads",
    "ends",
    "odd_replies",
    "patience",
    "pictures",
    "polls",
    "requests",
    "secrets",
    "submits",
    "webhooks",
]
