"""What several test modules share: where the fixtures are, minimal bodies, and the smallest contract there is."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from modelslab_contracts.contract import endpoint_of, endpoints
from modelslab_contracts.document import Document, parse_yaml
from modelslab_contracts.endpoint import Endpoint

# Shared machines stall: no example is judged by its time. CI repeats the same examples, so that red means a change.
settings.register_profile("steady", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.register_profile("thorough", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# A shell has its background jobs ignore Ctrl-C, and whatever a test starts would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

#: A contract with one submit, one fetch and one webhook, in which nothing is wrong. `lint` finds nothing in it.
TINY = """\
openapi: 3.1.0
info: {title: Tiny, version: "1"}
paths:
  /draw:
    post:
      operationId: draw
      x-mock: {source: page, certainty: stated}
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Request'}
      responses:
        "200":
          description: An answer.
          x-mock: {source: page, certainty: stated}
          content:
            application/json:
              schema:
                oneOf:
                  - $ref: '#/components/schemas/Success'
                  - $ref: '#/components/schemas/Error'
          links:
            fetch: {operationId: fetch}
      callbacks:
        ended:
          '{$request.body#/webhook}':
            post:
              x-mock: {source: page, certainty: stated}
              requestBody:
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/Success'}
              responses:
                "2XX": {description: Taken.}
  /fetch/{id}:
    post:
      operationId: fetch
      x-mock: {source: page, certainty: stated}
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Request'}
      responses:
        "200":
          description: An answer.
          x-mock: {source: page, certainty: stated}
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Success'}
components:
  schemas:
    Request:
      type: object
      required: [key]
      properties:
        key: {type: string, x-mock: {source: page, certainty: stated}}
        field: {type: integer, minimum: 1, default: 2, x-mock: {assumed: [minimum], why: ours, source: page, certainty: stated}}
    Success:
      type: object
      required: [status]
      properties:
        status: {const: success, x-mock: {source: page, certainty: stated}}
        number: {type: integer, x-mock: {from: order.field, source: page, certainty: stated}}
    Error:
      type: object
      required: [status]
      properties:
        status: {const: error, x-mock: {source: page, certainty: stated}}
"""


@pytest.fixture(scope="session", autouse=True)
def _where_we_run_decides_nothing() -> Iterator[None]:
    """What CI or a shell sets for the commands of its users is not inherited: a test says itself that it is under CI.

    Nor is a stdout that writes at once: a test sees what users see.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name in {"CI", "GITHUB_ACTIONS", "NO_COLOR", "PYTHONUNBUFFERED"} or name.startswith("MODELSLAB_"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of hand-copied facts."""
    return Path(__file__).parent.parent / "fixtures"


@pytest.fixture(scope="session")
def read_fixture(fixtures: Path) -> Callable[[str], Any]:
    """The values in a fixture file, YAML or JSON."""
    return lambda name: parse_yaml((fixtures / name).read_bytes(), name)


@pytest.fixture(scope="session")
def minimal() -> Callable[[str], dict[str, Any]]:
    """The smallest body that an endpoint accepts, by the endpoint's name."""
    models = {"images-pony-v6": "pony_realism"}

    def body(name: str) -> dict[str, Any]:
        known = {"prompt": "a cat", "model_id": models.get(name, "flux")}
        needed = {each.name: known[each.name] for each in endpoints()[name].fields if each.required}
        return {"key": "some-key", **needed}

    return body


@pytest.fixture(scope="session")
def tiny() -> str:
    """The text of the smallest contract."""
    return TINY


@pytest.fixture(scope="session")
def endpoint_with() -> Callable[[dict[str, Any]], Endpoint]:
    """The tiny contract's endpoint, its one field replaced by a schema."""

    def make(schema: dict[str, Any]) -> Endpoint:
        root = parse_yaml(TINY.encode(), "tiny.yaml")
        root["components"]["schemas"]["Request"]["properties"]["field"] = schema
        return endpoint_of(Document("tiny", "tiny.yaml", TINY.encode(), root))

    return make


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`command(*words)` runs modelslab-mock in this process: exit code, stdout, stderr."""
    from modelslab_mock.cli import main

    def run(*words: str) -> tuple[int, str, str]:
        try:
            code = main(words)
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, *capfd.readouterr()

    return run


@pytest.fixture
def in_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The current folder is an empty one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shown(command: Callable[..., tuple[int, str, str]]) -> Callable[[str], str]:
    """`shown(block)` is what a page's block of commands has to show: each command and what it prints."""

    def run(block: str) -> str:
        lines = [line for line in block.splitlines() if line.startswith("$ ")]
        told = [(line, command(*shlex.split(line)[2:])) for line in lines]
        return "".join(f"{line}\n{out}{err}" for line, (_, out, err) in told)

    return run
