"""The command `specs`: what it prints for people and for programs, and how it says no."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import pytest

from modelslab_contracts.contract import SPECS, endpoints
from modelslab_contracts.ledger import ledger
from modelslab_mock.commands import specs_command

NAMES = sorted(endpoints())
Specs = Callable[..., tuple[int, str, str]]


class Terminal(io.StringIO):
    """A screen that keeps what is written."""

    def isatty(self) -> bool:
        return True


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="modelslab-mock")
    specs_command.add_parser(parser.add_subparsers(dest="command"))
    return parser.parse_args(["specs", *words])


@cache
def piped(*words: str) -> tuple[int, str, str]:
    """Run the command in a pipe: exit code, stdout, stderr. What was printed once is not printed again."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = specs_command.run(arguments(*words), {})
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def specs() -> Specs:
    """The command in a pipe."""
    return piped


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run the command on a terminal of so many columns and give what it shows."""

    def run(columns: int, *words: str) -> str:
        screen = Terminal()
        monkeypatch.setattr(sys, "stdout", screen)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("NO_COLOR", raising=False)
        assert specs_command.run(arguments(*words), {}) == 0
        return screen.getvalue()

    return run


def rows(text: str) -> list[list[str]]:
    """The cells of every row of the Markdown tables in a text, without head and rule."""
    lines = [each for each in text.splitlines() if each.startswith("|") and not each.startswith("|--")]
    return [[cell.strip() for cell in each.strip("|").split(" | ")] for each in lines]


# --- list ---------------------------------------------------------------------------------------------------------------


def test_list_has_a_line_for_each_contract_with_its_url_and_counts(specs: Specs) -> None:
    code, out, err = specs("list")
    assert (code, err) == (0, "")
    head, *found = rows(out)
    assert head == ["name", "URL", "page", "fields", "stated", "example", "observed", "assumed"]
    assert [each[0] for each in found] == NAMES
    assert found[3][1:4] == ["https://modelslab.com/api/v6/realtime/text2img", "Realtime text to image, v6", "11"]
    assert all(each.isdigit() for row in found for each in row[3:])


# --- show ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_sheet_names_every_call_parameter_and_answer(specs: Specs, name: str) -> None:
    code, out, _ = specs("show", name)
    endpoint = endpoints()[name]
    cells = {cell.rstrip("?") for row in rows(out) for cell in row}
    assert code == 0
    assert {each.path for each in endpoint.calls} <= cells
    assert set(endpoint.field) <= cells
    assert {field.name for call in endpoint.calls for answer in call.answers.values() for field in answer.fields} <= cells
    assert all(entry.id in out for entry in ledger() if name in entry.endpoints)


def test_what_is_assumed_is_marked(specs: Specs) -> None:
    found = {row[0]: row for row in rows(specs("show", "text2img-v3")[1])}
    assert found["width"][1:] == ["integer*", "512*", "1* to 1024", "stated", "002 Body Attributes"]
    assert found["num_inference_steps"][3] == "21, 31, 41, 51; a sample also sends 20"
    assert found["prompt"][2] == "required*"
    assert found["enhance_prompt"][1:3] == ["yes/no", "yes"]


@pytest.mark.parametrize(
    ("name", "field", "values"),
    [
        ("images-pony-v6", "width", "1024 to 2048; divisible by 8"),
        ("images-flux-v6", "num_inference_steps", "1 to 20; more is lowered"),
        ("images-flux-v6", "clip_skip", "at least 1*"),
        ("enterprise-v1", "lora_strength", "One strength per LoRA model, 0.1 to 1, separated by commas.*"),
    ],
)
def test_bounds_are_said_in_words(specs: Specs, name: str, field: str, values: str) -> None:
    assert {row[0]: row[3] for row in rows(specs("show", name)[1])}[field] == values


def test_the_document_itself_is_printed_as_it_is(specs: Specs) -> None:
    code, out, _ = specs("show", "realtime-v6", "--yaml")
    assert (code, out) == (0, (SPECS / "realtime-v6.yaml").read_text())


@pytest.mark.parametrize(("name", "says"), [("realtime", "did you mean 'realtime-v6'?"), ("xyz", "there are enterprise-v1, ")])
def test_an_unknown_contract_is_one_sentence(specs: Specs, name: str, says: str) -> None:
    code, out, err = specs("show", name)
    assert (code, out) == (2, "")
    assert err.startswith(f"modelslab-mock specs: no contract {name!r}")
    assert says in err
    assert err.count("\n") == 1


# --- lint ---------------------------------------------------------------------------------------------------------------


def test_clean_documents_are_exit_code_0(specs: Specs) -> None:
    files = [str(SPECS / "realtime-v6.yaml"), str(SPECS / "text2img-v3.yaml")]
    assert specs("lint", *files) == (0, "no findings in 2 documents\n", "")


def test_an_error_is_exit_code_1(specs: Specs, tmp_path: Path, tiny: str) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(tiny.replace("x-mock: {source: page", "x-mock: {sauce: page", 1))
    code, out, err = specs("lint", str(file))
    assert (code, err) == (1, "")
    assert f"error spec/unknown-word  {file}:7 " in out
    assert out.endswith("2 errors in 1 document\n")


def test_a_note_is_exit_code_0(specs: Specs, tmp_path: Path) -> None:
    file = tmp_path / "foreign.yaml"
    file.write_text('openapi: 3.1.0\ninfo: {title: x, version: "1"}\npaths: {}\n')
    code, out, _ = specs("lint", str(file))
    assert (code, out.splitlines()[-1]) == (0, "1 note in 1 document")


def test_a_file_that_cannot_be_read_is_exit_code_2_and_the_others_are_still_judged(specs: Specs, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("openapi: [")
    files = [str(tmp_path / "missing.yaml"), str(tmp_path / "broken.yaml"), str(SPECS / "realtime-v6.yaml")]
    code, out, err = specs("lint", *files)
    assert (code, out) == (2, "no findings in 1 document\n")
    missing, broken = err.splitlines()
    assert missing == f"modelslab-mock specs: cannot read {files[0]}: No such file or directory"
    assert broken.startswith(f"modelslab-mock specs: cannot read {files[1]}:2: not YAML: ")


def test_findings_are_json_for_programs(specs: Specs, tmp_path: Path) -> None:
    code, out, _ = specs("lint", str(tmp_path / "missing.yaml"), "--report", "json")
    assert (code, [each["rule"] for each in json.loads(out)]) == (2, ["spec/unreadable"])


# --- ledger -------------------------------------------------------------------------------------------------------------


def test_the_ledger_says_both_sides_of_every_entry_and_what_each_profile_does(specs: Specs) -> None:
    code, out, _ = specs("ledger")
    assert code == 0
    for entry in ledger():
        for text in (entry.id, entry.says.text, entry.says.source, entry.against.text, entry.strict, entry.why):
            assert text in out
    assert out.startswith(f"# {len(ledger())} contradictions and silences\n")


def test_the_ledger_lists_every_assumed_clause(specs: Specs) -> None:
    found = rows(specs("ledger")[1])
    assert ["text2img-v3", "Request.width", "type, minimum, default"] in [row[:3] for row in found]
    assert ["images-pony-v6", "POST /api/v6/images/text2img", "all of it"] in [row[:3] for row in found]
    assert {row[0] for row in found[1:]} == set(NAMES)


def test_the_ledger_of_one_contract_leaves_the_others_out(specs: Specs) -> None:
    out = specs("ledger", "--endpoint", "text2img-v3")[1]
    assert "v3-states-no-types" in out
    assert "flux-java-sample-is-not-json" not in out
    assert {row[0] for row in rows(out)[1:]} == {"text2img-v3"}


def test_the_ledger_of_one_profile_leaves_the_others_out(specs: Specs) -> None:
    out = specs("ledger", "--profile", "strict", "--endpoint", "images-flux-v6")[1]
    assert "refuses more than 20" in out
    assert "  the same\n" not in out, "alone, a profile says what it does"
    assert "lowers to 20 and notes it" not in out


def test_the_ledger_is_json_for_programs(specs: Specs) -> None:
    found = json.loads(specs("ledger", "--format", "json", "--profile", "observed", "--endpoint", "images-flux-v6")[1])
    first = found["entries"][0]
    assert set(first) == {"id", "endpoints", "says", "against", "observed", "certainty", "why"}
    assert {each["endpoint"] for each in found["assumed"]} == {"images-flux-v6"}


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [("--endpoint", "text2img-v4", "no contract 'text2img-v4'; did you mean 'text2img-v3'?"),
     ("--profile", "strikt", "no profile 'strikt'; did you mean 'strict'?")],
)  # fmt: skip
def test_an_unknown_filter_is_one_sentence(specs: Specs, option: str, value: str, says: str) -> None:
    assert specs("ledger", option, value) == (2, "", f"modelslab-mock specs: {says}\n")


@pytest.mark.parametrize("words", [(), ("lint",), ("show",), ("ledgr",), ("list", "--yam")])
def test_wrong_usage_is_exit_code_2(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        arguments(*words)
    assert caught.value.code == 2
    assert "usage: modelslab-mock" in capsys.readouterr().err


# --- how it looks -------------------------------------------------------------------------------------------------------

PAGES = [("list",), ("show", "enterprise-v1"), ("ledger", "--endpoint", "text2img-v3")]


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_a_pipe_gets_plain_text_with_nothing_cut(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    out = piped.__wrapped__(*words)[1]
    assert "\x1b" not in out
    assert not any(line != line.rstrip() for line in out.splitlines())
    assert "\n\n\n" not in out
    assert all(row[-1] for row in rows(out) if row[-1] != "why"), "the last column is there, in full"


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
@pytest.mark.parametrize("columns", [80, 100])
def test_a_terminal_gets_lines_that_fit(on_terminal: Callable[..., str], columns: int, words: tuple[str, ...]) -> None:
    from rich.text import Text

    shown = on_terminal(columns, *words)
    assert "\x1b[1m" in shown
    assert max(Text.from_ansi(line).cell_len for line in shown.splitlines()) <= columns


def test_on_a_terminal_sources_are_letters_and_long_lists_stand_below(on_terminal: Callable[..., str]) -> None:
    from rich.text import Text

    shown = Text.from_ansi(on_terminal(100, "show", "enterprise-v1")).plain
    assert "one of 18, see below" in shown
    assert "\nscheduler: DDPMScheduler, " in shown
    assert "\n  a  004 Body Attributes" in shown
