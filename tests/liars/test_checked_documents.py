"""`check-server --spec` and `--known`: contracts of foreign documents, and findings that somebody lives with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from modelslab_contracts.contract import endpoints
from modelslab_mock import check_server
from modelslab_mock.cli import main
from modelslab_mock.server_checking import ServerCheckError
from modelslab_mock.testing.options import Options
from modelslab_mock.testing.served import Server

from .servers.on_a_port import served
from .servers.orders import TakesTooWide

FILM = str(Path(__file__).parent.parent.parent / "docs" / "any-document" / "film.md")
ACCEPTS = "server/accepts-what-the-contract-refuses"
FEW = ("--contract", "realtime-v6", "--requests", "60")

Checked = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    server = Server(Options(spec=(FILM,)))
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def wrong() -> Iterator[str]:
    with served(TakesTooWide, endpoints()["realtime-v6"]) as origin:
        yield origin


@pytest.fixture
def checked(capsys: pytest.CaptureFixture[str]) -> Checked:
    """`checked(*words)`: exit code, stdout, stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["check-server", *words])
        return code, *capsys.readouterr()

    return run


def known(folder: Path, where: str, more: str = "") -> str:
    file = folder / "known.toml"
    file.write_text(f'[[accepted]]\nrule = "{ACCEPTS}"\nwhere = "{where}"\nreason = "ticket 9"\n{more}')
    return str(file)


def test_the_emulator_keeps_a_foreign_contract_and_its_answers_are_really_judged(emulator: str) -> None:
    report = check_server(emulator, contract="film", spec=FILM, requests=60, level="may")
    assert report.ok, report
    assert {"server/answers-a-value-of-another-type", "server/leaves-out-a-required-member"} <= {*report.verified}
    assert "server/names-a-picture-that-cannot-be-had" in report.verified, "a film is there, though nobody opens it"


def test_a_contract_of_a_document_is_checked_and_told_with_it(checked: Checked, emulator: str, tmp_path: Path) -> None:
    words = ("--spec", FILM, "--contract", "film", "--requests", "60", "--profile", "strict")
    code, out, _ = checked(emulator, *words, "--replays", str(tmp_path))
    assert code == 1
    (file,) = tmp_path.iterdir()
    assert f"Again: modelslab-mock check-server {emulator} --spec {FILM} --replay {file}\n" in out
    assert checked(emulator, "--spec", FILM, "--replay", str(file))[0] == 1
    code, _, err = checked(emulator, "--replay", str(file))
    assert code == 2
    assert err.endswith("--replay: its contract is 'film', which is none of ours: name its document with --spec\n")


def test_what_is_known_is_shown_and_does_not_count(checked: Checked, wrong: str, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    file = known(tmp_path, "realtime-v6: /width", "until = 2999-01-01\n")
    code, out, _ = checked(wrong, *FEW, "--known", file, "--report", f"junit={junit}", "--replays", str(tmp_path / "found"))
    assert code == 0
    assert out.startswith(f"ACCEPTED  {ACCEPTS}  (")
    assert f"{file}:1, until 2999-01-01)\n  Because: ticket 9\n  Sent : POST " in out
    assert "realtime-v6: 0 findings, 1 accepted, " in out
    assert ET.parse(junit).getroot().attrib["failures"] == "0"
    assert len([*(tmp_path / "found").iterdir()]) == 1, "it can be sent again all the same"
    code, out, _ = checked(wrong, *FEW, "--known", file, "--report", "json")
    (report,) = json.loads(out)
    assert (report["exit_code"], report["findings"], report["accepted"][0]["reason"]) == (0, [], "ticket 9")


def test_an_entry_that_is_over_counts_again_and_one_that_is_not_needed_is_told_of(
    checked: Checked, wrong: str, emulator: str, tmp_path: Path
) -> None:
    code, out, _ = checked(wrong, *FEW, "--known", known(tmp_path, "realtime-v6", "until = 2001-01-01\n"))
    assert code == 1
    assert "accepted/expired" in out
    code, out, _ = checked(emulator, *FEW, "--known", known(tmp_path, "realtime-v6"))
    assert code == 0
    assert "accepted/passes-now" in out


def test_an_entry_about_one_member_accepts_no_other(wrong: str, tmp_path: Path) -> None:
    report = check_server(wrong, contract="realtime-v6", requests=60, known=known(tmp_path, "realtime-v6: /height"))
    assert [each.rule for each in report.findings] == [ACCEPTS]
    assert not report.accepted


def test_reports_for_programs_say_what_was_not_judged(checked: Checked, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    code, _, _ = checked("http://127.0.0.1:1", *FEW, "--report", f"junit={junit}")
    assert code == 3
    assert "check/not-judged" in junit.read_text(), "no green report of a server that nobody reached"
    assert ET.parse(junit).getroot().attrib["failures"] == "1"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--spec", "nowhere.md"), "nowhere.md: there is no such file or folder"),
        (("--spec", FILM, "--contract", "fim"), "realtime-v6, text2img-v3, film; did you mean 'film'?"),
        (("--known", "nowhere.toml"), "nowhere.toml: No such file or directory"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(words: tuple[str, ...], says: str, checked: Checked, emulator: str) -> None:
    code, out, err = checked(emulator, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err


def test_a_place_that_there_is_not_names_the_nearest(emulator: str, tmp_path: Path) -> None:
    with pytest.raises(ServerCheckError, match=r"known\.toml:3: there is no 'film: /secnds'; did you mean 'film: /seconds'\?"):
        check_server(emulator, contract="film", spec=FILM, known=known(tmp_path, "film: /secnds"))
