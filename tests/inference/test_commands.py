"""Foreign documents at a shell and in a server: one table, the same under fidelity, addresses taken over, a whole folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from benchmarks.folder import write_folder
from tests.liars.careful import Careful

from modelslab_contracts.contract import SPECS, endpoints
from modelslab_contracts.document import ContractError
from modelslab_contracts.inference.infer import infer, served
from modelslab_contracts.loading import load
from modelslab_mock import check_client
from modelslab_mock.cli import main
from modelslab_mock.messages import Request

from .world import SHAPES, ask
from .world import served as server_of


def told(body: bytes) -> Any:
    return json.loads(body)


def test_one_table_says_what_was_inferred_and_what_was_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["specs", "infer", str(SHAPES / "webhook-only.yaml"), str(SHAPES / "shared-fetch.json")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("# 1 call that makes jobs, 0 plain calls\n")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in out.splitlines() if line.startswith("| webhook-only")]
    assert ["webhook-only", "job", "POST /api/v9/rooms/paint", "inferred", "it takes a webhook"] in rows
    assert ["webhook-only", "fetch", "/api/v9/rooms/fetch/{id}", "inferred", "its address, in shared-fetch"] in rows
    assert "document/path-parameter-undeclared" in out


def test_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["specs", "infer", str(SHAPES), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["endpoints"]["branches"]["calls"][1] == {"kind": "fetch", "method": "POST", "path": "/api/v9/film/fetch/{id}"}
    assert {each["certainty"] for each in found["inferred"]} == {"inferred", "guessed"}
    assert {each["rule"] for each in found["findings"]} >= {"document/default-breaks-schema", "document/dangling-reference"}


@pytest.mark.parametrize("command", [["serve", "--spec"], ["specs", "infer"], ["check-client", "json:loads", "--spec"]])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "nothing.yaml: there is no such file or folder"),
        ("swagger: '2.0'\n", "nothing.yaml:1: Swagger 2.0; OpenAPI 3.0 and 3.1 are read"),
        ("openapi: [\n", "nothing.yaml:2: not YAML: "),
    ],
)
def test_what_cannot_be_understood_is_one_sentence_and_exit_2(
    command: list[str],
    text: str | None,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path("nothing.yaml").write_text(text)
    assert main([*command, "nothing.yaml", *(["--port", "0"] if command[0] == "serve" else [])]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


def test_two_documents_of_one_address_that_nothing_tells_apart() -> None:
    lines = load(SHAPES / "twice-lines.yaml").documents
    (one,) = lines
    again = type(one)("again", "again.yaml", one.text)
    found = infer([one, again])
    assert list(found.endpoints) == ["twice-lines"]
    (finding,) = found.findings
    assert finding.rule == "document/url-taken"
    assert finding.where.startswith("again.yaml:7 /paths/~1draw/post")
    assert finding.hint == "twice-lines answers there"
    assert {each.endpoint for each in found.guesses} == {"twice-lines"}


def test_two_documents_are_told_apart_by_a_field_that_only_one_needs() -> None:
    (one,) = load(SHAPES / "webhook-only.yaml").documents
    other = type(one)("other", "other.yaml", one.text.replace(b"init_image", b"mask_image"))
    found = infer([one, other]).endpoints
    assert found["webhook-only"].selector is None, "the first one answers what nothing tells apart"
    selector = found["other"].selector
    assert selector is not None
    assert selector[0] == "mask_image"


def test_a_document_takes_its_addresses_over_from_the_five(tmp_path: Path) -> None:
    page = tmp_path / "flux.yaml"
    text = (SPECS / "images-flux-v6.yaml").read_text()
    page.write_text(text.replace("maximum: 1024", "maximum: 640"))
    (tmp_path / "load.yaml").write_text(
        "openapi: 3.1.0\npaths:\n  /api/v3/system_load:\n    post:\n      responses:\n"
        "        '200': {description: Busy., content: {application/json: {example: {busy: true}}}}\n"
    )
    app = server_of(str(tmp_path))
    assert set(app.endpoints) == {"realtime-v6", "text2img-v3", "enterprise-v1", "flux", "load"}
    submit = app.endpoints["flux"].submit
    assert submit.path == endpoints()["images-flux-v6"].submit.path
    for width, status in ((640, 200), (704, 400)):
        assert (
            ask(app, submit, submit.path, "mock-success", {"prompt": "x", "model_id": "flux", "width": width}).status == status
        )
    busy = app.handle(Request("POST", "/api/v3/system_load", {}), 0.0)
    assert told(busy.body) == {"busy": True}
    assert app.endpoints["text2img-v3"].plain == ()
    assert served(endpoints(), {}) == endpoints()


def test_fidelity_lists_what_was_guessed(tmp_path: Path) -> None:
    from fastapi.testclient import TestClient

    from modelslab_contracts.inference.builder import Guess
    from modelslab_mock.clockwork import Clockwork
    from modelslab_mock.control.frame import make_control
    from modelslab_mock.control.panel import Panel
    from modelslab_mock.settings import make_settings

    path = str(SHAPES / "bare-examples.md")
    app, nobody = server_of(path), object()
    panel = Panel(app, make_settings({"spec": [path]}, {}), nobody, Clockwork(app, nobody, lambda: 0.0), lambda: 0.0, 0.0)  # type: ignore[arg-type] # nothing is asked of it here
    listed = TestClient(make_control(panel)).get("/__mock/fidelity").json()["inferred"]
    told_at = Guess("bare-examples", "files", "glb", "inferred", "an example shows bottle.glb")
    assert told_at in {Guess(**each) for each in listed}


def test_a_client_of_a_foreign_endpoint_is_judged(tmp_path: Path) -> None:
    path = str(SHAPES / "branches.yaml")
    endpoint = server_of(path).endpoints["branches"]

    def hasty(base_url: str, key: str, request: Mapping[str, Any]) -> Any:
        client = Careful(endpoint)
        client.wait_for = lambda reply: {**reply, "status": "success", "output": reply.get("future_links", [])}  # type: ignore[method-assign]
        return client(base_url, key, request)

    fine = check_client(Careful(endpoint), endpoint="branches", spec=[path], stories=40, level="should")
    assert (fine.findings, fine.exit_code) == ((), 0)
    wrong = check_client(hasty, endpoint="branches", spec=path, stories=20)
    assert {each.rule for each in wrong.findings} >= {"client/returns-links-to-what-is-not-there-yet"}


def test_documents_that_were_inferred_can_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "branches.yaml"
    new.write_text((SHAPES / "branches.yaml").read_text().replace("maximum: 8", "maximum: 6"))
    assert main(["diff", str(SHAPES / "branches.yaml"), str(new)]) == 1
    assert "diff/request-maximum-lowered" in capsys.readouterr().out


def test_a_folder_of_forty_documents_answers(tmp_path: Path) -> None:
    calls = write_folder(tmp_path)
    app = server_of(str(tmp_path), clock="frozen")
    own = [each for each in app.endpoints.values() if str(tmp_path) in each.document.file]
    assert len(own) == calls - 40, "the fetch calls belong to the others"
    for each in own[:: len(own) // 8]:
        response = ask(app, each.submit, each.submit.path, "mock-success", {"prompt": "a lamp"})
        assert told(response.body)["status"] == "success"


def test_a_document_with_our_own_words_is_taken_at_its_word(tmp_path: Path) -> None:
    text = (SPECS / "images-pony-v6.yaml").read_text()
    (tmp_path / "mine.yaml").write_text(text)
    (one,) = infer(load(tmp_path).documents).endpoints.values()
    assert (one.name, one.file_name, one.selector) == (
        "mine",
        *[getattr(endpoints()["images-pony-v6"], each) for each in ("file_name", "selector")],
    )
    (tmp_path / "mine.yaml").write_text(text.replace("selected-by", "selectd-by"))
    with pytest.raises(ContractError, match=r"mine.yaml:\d+: unknown x-mock word 'selectd-by'; did you mean 'selected-by'\?"):
        infer(load(tmp_path).documents)
