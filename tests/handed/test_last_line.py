"""What is repeated of the stderr of a program that ended."""

from __future__ import annotations

from modelslab_mock.handed.program import last_line

_NODE = "node:internal/modules:1\n  throw err;\n\nError: Cannot find module '/a/b.mjs'\n    at x (y:1)\n\nNode.js v20.20.2\n"


def test_it_is_the_line_of_the_error_though_node_ends_with_its_version() -> None:
    assert last_line(_NODE) == "Error: Cannot find module '/a/b.mjs'"


def test_without_one_it_is_the_last_that_says_something() -> None:
    assert last_line("one\ntwo \n\n") == "two"
    assert last_line(" \n") == "and nothing on stderr"
