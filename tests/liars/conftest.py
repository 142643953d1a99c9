"""One stage for all that is played here: entering tied time costs more than a story."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.check_client import dealt
from modelslab_contracts.kit.run import POLLS, Capabilities
from modelslab_contracts.kit.sweep import Generate, Player, Swept, sweep
from modelslab_mock.playhouse import InProcessStage

Sweep = Callable[..., Swept]


@pytest.fixture(scope="session")
def stages() -> Mapping[bool, InProcessStage]:
    """One stage for clients that listen for webhooks (True), and one for all others."""
    return {listens: InProcessStage(webhooks=listens) for listens in (False, True)}


@pytest.fixture
def entered(stages: Mapping[bool, InProcessStage]) -> Iterator[InProcessStage]:
    with stages[False] as stage:
        yield stage


@pytest.fixture
def swept(stages: Mapping[bool, InProcessStage]) -> Sweep:
    """`swept(generate, endpoint, stories, seed, until)`: what a sweep of drawn stories counts, until a rule is broken."""

    def run(
        generate: Generate, endpoint: str, stories: int, seed: int = 0, until: str = "", does: Capabilities = POLLS
    ) -> Swept:
        contract = endpoints()[endpoint]
        with stages[does.webhooks] as stage:
            return sweep(Player(generate, contract, stage, does), dealt(contract, stories, seed, "documented", does), until)

    return run
