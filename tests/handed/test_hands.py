"""What the command line says of an adapter stands beside what its hello says."""

from __future__ import annotations

import os
import shlex

import pytest
from tests.handed.conftest import Words

from modelslab_contracts.kit.run import Capabilities
from modelslab_contracts.kit.stage import Gone
from modelslab_mock.commands.hands import ACommand, AnAdapter, seen_first
from modelslab_mock.handed.doors import Loopback

ANSWERS = 'result(kind="error", message="nothing was asked")'


def test_an_adapter_does_what_its_hello_or_the_command_line_says(adapter: Words) -> None:
    hand = AnAdapter(shlex.join(adapter(ANSWERS)), dict(os.environ), lambda _: None, Loopback())
    try:
        seen_first(hand, "realtime-v6")
        told = hand.capabilities(Capabilities())
        asked = hand.capabilities(Capabilities(polls=False, retries=True, flags=True, defaults={"samples": 2}))
    finally:
        hand.close()
    assert (told.polls, told.retries, told.flags, told.defaults.get("samples")) == (True, False, False, None)
    assert (asked.polls, asked.retries, asked.flags, asked.defaults["samples"]) == (False, True, True, 2)
    assert asked.exact_integers is told.exact_integers


def test_a_program_that_cannot_reach_the_vendors_host_is_told_of_exec() -> None:
    hand = ACommand(["sh", "-c", "echo no such host >&2"], dict(os.environ), lambda _: None, Loopback())
    try:
        with pytest.raises(Gone, match=r"no such host; it called nothing that is met here: .* is checked with --exec$"):
            seen_first(hand, "realtime-v6")
    finally:
        hand.close()
