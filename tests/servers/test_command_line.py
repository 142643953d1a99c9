"""The first page of the command line, and what it says to words that it does not know."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modelslab_mock.cli import main
from modelslab_mock.commands.command_line import EXAMPLES


def test_the_first_page_lists_commands_in_a_newcomers_order_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    page = capsys.readouterr().out
    assert caught.value.code == 0
    listed = page.partition("commands:\n")[2].partition("\n\n")[0].splitlines()
    order = "serve exec check-client check-server check-trace record diff journal wait adapter-selftest specs"
    assert [each.split()[0] for each in listed] == order.split()
    assert not [each for each in listed if not re.match(r"    [a-z-]+ {2,}\S", each)], "one line each"
    assert page.index("commands:") < page.index("options:") < page.index("for a start:")
    assert max(map(len, page.splitlines())) <= 120
    assert main([]) == 2
    assert capsys.readouterr() == ("", page), "without a command the page goes to stderr"


def test_the_examples_of_the_first_page_are_of_commands_and_options_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    typed = re.findall(r"^  modelslab-mock ([\w-]+)(.*?)(?: {2,}.*)?$", EXAMPLES, re.MULTILINE)
    assert [command for command, _ in typed] == ["serve", "serve", "exec", "check-client"]
    for command, words in typed:
        with contextlib.suppress(SystemExit):
            main([command, "--help"])
        page = capsys.readouterr().out
        assert page.startswith(f"usage: modelslab-mock {command} ")
        assert not [word for word in words.split() if word.startswith("--") and word not in page]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["sevre"], "there is no command 'sevre'; did you mean 'serve'?"),
        (["zzzzzz"], "there is no command 'zzzzzz'; modelslab-mock --help lists them"),
        (["--port", "1"], "a command comes first, as in modelslab-mock serve --port; modelslab-mock --help lists them"),
    ],
)
def test_a_first_word_that_is_no_command_is_one_sentence(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert capsys.readouterr() == ("", f"modelslab-mock: {says}\n")


def test_what_an_option_lacks_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["serve", "--port"])
    assert caught.value.code == 2
    said = "modelslab-mock: argument -p/--port: expected one argument; see modelslab-mock serve --help\n"
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["journal", "exprt"], "journal has no 'exprt'; did you mean 'export'? There are export"),
        (["journal", "zzzzzz"], "journal has no 'zzzzzz'; there are export"),
        (["specs", "ledger", "--format", "jsn"], "--format 'jsn' is not known; did you mean 'json'? There are text, json"),
    ],
)
def test_a_word_that_is_in_no_closed_list_is_one_sentence(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert capsys.readouterr() == ("", f"modelslab-mock: {says}\n")


#: Sends this process Ctrl-C when a module is first looked for.
EARLY = """
import os, signal, sys
class Early:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["AT"]:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Early())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
@pytest.mark.parametrize("command", ["serve", "exec"])
@pytest.mark.parametrize("module", ["modelslab_mock.cli", "argparse", "modelslab_mock.settings", "uvicorn", "trustme"])
def test_ctrl_c_while_it_is_loaded_is_no_traceback(
    command: str, module: str, tmp_path: Path, environment: Callable[..., dict[str, str]]
) -> None:
    (tmp_path / "sitecustomize.py").write_text(EARLY)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    words = ["serve", "--tls", "--port", "0"] if command == "serve" else ["exec", "--contain", "off", "true"]
    settings = environment(PYTHONPATH=path, AT=module, TMPDIR=str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-m", "modelslab_mock", *words], env=settings, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode in (130, -signal.SIGINT)
    assert (ended.stdout, ended.stderr) == ("", "")
    assert not list(tmp_path.glob("modelslab-mock-*")), "nothing is left behind"
