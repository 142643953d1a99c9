"""What all liars have in common."""

from __future__ import annotations

from typing import ClassVar

from modelslab_contracts.kit.run import POLLS, Capabilities

from ..careful import Careful

#: Every liar, by the order of its rule.
ZOO: list[type[Liar]] = []


class Liar(Careful):
    """`breaks` is the rule that must catch it; `also` are rules that the same mistake breaks in other stories;
    `endpoints` are those on which it can go wrong, where it cannot on all. `does` is what it does beside polling.
    """

    breaks: ClassVar[str] = ""
    also: ClassVar[tuple[str, ...]] = ()
    endpoints: ClassVar[tuple[str, ...]] = ()
    does: ClassVar[Capabilities] = POLLS

    def __init_subclass__(cls) -> None:
        ZOO.append(cls)
