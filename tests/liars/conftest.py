"""One stage for all that is played here: entering tied time costs more than a story."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_contracts.kit.check_client import dealt
from modelslab_contracts.kit.run import POLLS, Capabilities
from modelslab_contracts.kit.sweep import Generate, Player, Swept, sweep
from modelslab_mock.playhouse import InProcessStage

Sweep = Callable[..., Swept]


@pytest.fixture(scope="session")
def stage() -> InProcessStage:
    return InProcessStage()


@pytest.fixture
def entered(stage: InProcessStage) -> Iterator[InProcessStage]:
    with stage:
        yield stage


@pytest.fixture
def swept(entered: InProcessStage) -> Sweep:
    """`swept(generate, endpoint, stories, seed, until)`: what a sweep of drawn stories counts, until a rule is broken."""

    def run(
        generate: Generate, endpoint: str, stories: int, seed: int = 0, until: str = "", does: Capabilities = POLLS
    ) -> Swept:
        contract = endpoints()[endpoint]
        return sweep(Player(generate, contract, entered, does), dealt(contract, stories, seed, "documented", does), until)

    return run
