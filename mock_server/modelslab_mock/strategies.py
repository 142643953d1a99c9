"""Hypothesis strategies for requests and stories, made from the contracts: `orders(endpoint)`, `stories(endpoint)`."""

try:
    from modelslab_contracts.kit.strategies import orders, stories
except ModuleNotFoundError as problem:
    if problem.name != "hypothesis":
        raise
    raise ModuleNotFoundError(
        "modelslab_mock.strategies needs Hypothesis: pip install 'modelslab-mock[kit]'", name="hypothesis"
    ) from None

from modelslab_contracts.kit.chance import DrawError
from modelslab_contracts.kit.orders import Asked

__all__ = ["Asked", "DrawError", "orders", "stories"]
