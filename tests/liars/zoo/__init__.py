"""Wrong clients, each one small difference to the careful one, and the rule that must catch it."""

from modelslab_contracts.kit.rules import client_rules

from . import callers, downloads, ends, odd_replies, polls, requests, webhooks
from .liar import ZOO, Liar

ZOO.sort(key=lambda each: [*client_rules()].index(each.breaks))

__all__ = ["ZOO", "Liar", "callers", "downloads", "ends", "odd_replies", "polls", "requests", "webhooks"]
