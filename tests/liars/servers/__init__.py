"""Wrong servers, each one small difference to the emulator, and the rule that must catch it."""

from modelslab_contracts.kit.servers.rules import all_rules

from . import answers, jobs, orders, pictures
from .wrong import SERVERS, Wrong

SERVERS[:] = sorted(SERVERS, key=lambda each: [*all_rules()].index(each.breaks))

__all__ = ["SERVERS", "Wrong", "answers", "jobs", "orders", "pictures"]
