"""Documents of other calls beside ours: `MockServer(spec=…)`, the mark's word, and the ini option for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from modelslab_mock import MockServer
from modelslab_mock.testing.problems import MockServerError
from modelslab_mock.testing.shared import AnotherProcess, ThisProcess

pytest.importorskip("time_machine", reason="time-machine is not installed")

from .inner import run

FILM = Path(__file__).parent.parent.parent / "docs" / "any-document" / "film.md"
SUBMIT = "/api/v9/film/text2film"
ORDER = {"key": "any-key", "prompt": "a lighthouse"}


@pytest.mark.parametrize("port", [None, 0], ids=["in this process", "on a port"])
def test_its_calls_are_answered_and_judged_beside_ours(port: int | None) -> None:
    with MockServer(spec=FILM, port=port) as mock:
        job = requests.post(mock.url + SUBMIT, json=ORDER, timeout=30).json()
        ours = requests.post(mock.url + "/api/v6/realtime/text2img", json=ORDER, timeout=30).json()
        assert {job["status"], ours["status"]} == {"success"}
        assert [each.endpoint for each in mock.jobs] == ["film", "realtime-v6"]


def test_a_story_may_be_for_it_alone() -> None:
    with MockServer(spec=[str(FILM)], allow_unexpected=True) as mock:
        mock.story("error", endpoint="film", times=1)
        assert requests.post(mock.url + SUBMIT, json=ORDER, timeout=30).json()["status"] == "error"


def test_without_it_the_call_is_none() -> None:
    with MockServer(allow_unexpected=True) as mock:
        assert requests.post(mock.url + SUBMIT, json=ORDER, timeout=30).status_code == 404


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MockServerError, match=r"^spec: .*fim\.md: there is no such file or folder; did you mean 'film\.md'\?$"):
        MockServer(spec=FILM.with_name("fim.md"))
    with pytest.raises(MockServerError, match=r"^spec must be the path of a document, saved page or folder, or a list of them"):
        MockServer(spec=7)  # type: ignore[arg-type] # that is the point
    (tmp_path / "no.yaml").write_text("a: [")
    with pytest.raises(MockServerError, match=r"^spec: .*no\.yaml:2: not YAML"):
        MockServer(spec=tmp_path / "no.yaml")


MARKED = f"""
FILM = {str(FILM)!r}
ORDER = {ORDER!r}

@pytest.mark.modelslab("processing", spec=FILM)
def test_marked(modelslab_mock):
    job = requests.post(modelslab_mock.url + {SUBMIT!r}, json=ORDER).json()
    assert job["status"] == "processing"

@pytest.mark.modelslab(allow_unexpected=True)
def test_not_marked(modelslab_mock):
    assert requests.post(modelslab_mock.url + {SUBMIT!r}, json=ORDER).status_code == EXPECTED

def test_on_a_port(modelslab_mock_server):
    order = {{**ORDER, "key": modelslab_mock_server.key}}
    status = requests.post(modelslab_mock_server.url + {SUBMIT!r}, json=order).status_code
    modelslab_mock_server.allow_unexpected = True
    assert status == EXPECTED
"""


def test_a_mark_names_documents_for_one_test_and_the_ini_file_for_all(tmp_path: Path) -> None:
    ran = run(tmp_path, MARKED.replace("EXPECTED", "404"))
    assert set(ran.outcomes.values()) == {"passed"}, ran.output
    ran = run(tmp_path, MARKED.replace("EXPECTED", "200"), "-o", f"modelslab_mock_spec={FILM}")
    assert set(ran.outcomes.values()) == {"passed"}, ran.output


WRONG = f"""
@pytest.mark.modelslab(spec="nowhere.yaml")
def test_nowhere(modelslab_mock): pass

@pytest.mark.modelslab(spec={str(FILM)!r})
def test_server(modelslab_mock_server): pass
"""


def test_what_a_mark_cannot_say_is_told_before_anything_runs(tmp_path: Path) -> None:
    ran = run(tmp_path, WRONG)
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert "test_nowhere: @pytest.mark.modelslab: spec: nowhere.yaml: there is no such file or folder" in ran.output
    assert (
        "test_server: @pytest.mark.modelslab: spec is for modelslab_mock; the server of the session has the documents"
        in ran.output
    )


def test_an_emulator_of_exec_must_have_them_as_well() -> None:
    server = ThisProcess()
    try:
        origin = server._server.url  # the address of a server that was given no documents
        AnotherProcess(origin, alone=True)
        with pytest.raises(MockServerError, match=r"^it has no film: give the documents of modelslab_mock_spec to exec"):
            AnotherProcess(origin, alone=True, spec=(str(FILM),))
    finally:
        server.stop()
