"""The recipes of docs/recipes are true: each of their commands is run as printed, beside the files as printed.

A code block that begins with a comment that is a file's name is that file, from its section on, until a later section has
another one of that name. Each `sh` block without a name is a test, in a folder of its own. A `text` block that follows is
what it prints, where `…` is anything.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

if sys.platform == "win32":
    pytest.skip("the recipes are for shells of another kind", allow_module_level=True)

ROOT = Path(__file__).parent.parent.parent
RECIPES = ROOT / "docs" / "recipes"
#: Where `.ci/runtimes` installs the packages of package.json.
NODE_MODULES = ROOT / ".venv" / "recipes" / "node_modules"
PROGRAMS = ("curl", "go", "jq", "node", "npx", "php", "phpunit", "rspec", "ruby")
#: A program, and a try that fails where it has not what the recipes need.
TRIES = {
    "node": (["node", "-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)"], "Node 20 or later"),
    "npx": (["test", "-d", str(NODE_MODULES)], "the packages of tests/recipes, which .ci/runtimes installs"),
    "php": (["php", "-r", "curl_init();"], "PHP's curl"),
    "phpunit": (["php", "-r", "curl_init();"], "PHP's curl"),
    "rspec": (["ruby", "-e", "require 'webmock'; require 'vcr'"], "the gems webmock and vcr"),
}
WITHIN_S = 240


class Block(NamedTuple):
    """A command of a recipe: its section, the files beside it, and what it prints (None: whatever it likes)."""

    recipe: str
    section: str
    command: str
    files: dict[str, str]
    prints: str | None


def blocks_of(recipe: Path) -> Iterator[Block]:
    files: dict[str, str] = {}
    for section in re.split(r"^## ", recipe.read_text(), flags=re.MULTILINE):
        fenced = [found[1:] for found in re.findall(r"^(`{3,})(\w*)\n(.*?)^\1$", section, re.DOTALL | re.MULTILINE)]
        files = files | {name: text for _, text in fenced if (name := file_name(text))}
        commands = [number for number, (word, text) in enumerate(fenced) if word == "sh" and not file_name(text)]
        for number in commands:
            after = fenced[number + 1] if number + 1 < len(fenced) else ("", "")
            prints = after[1] if after[0] == "text" else None
            yield Block(recipe.name, section.partition("\n")[0], fenced[number][1], files, prints)


def file_name(text: str) -> str:
    """The name in the comment that is a block's first line, "" where that is none."""
    found = re.match(r"(?:<\?php )?(?://|#) ([\w./-]+\.\w+)\n", text)
    return found[1] if found else ""


BLOCKS = [each for recipe in sorted(RECIPES.glob("*.md")) for each in blocks_of(recipe)]


def ways() -> Iterator[object]:
    """Each block as it is printed, and each `exec` also without a private network."""
    for number, each in enumerate(BLOCKS):
        name = f"{each.recipe.removesuffix('.md')}-{number}-{re.sub(r'[^a-z]+', '-', each.section.lower()).strip('-')[:40]}"
        yield pytest.param(each, "", id=name)
        if "modelslab-mock exec" in each.command:
            yield pytest.param(each, "--contain off", id=f"{name}-not-contained")


@pytest.mark.parametrize(("block", "option"), list(ways()))
def test_a_recipe_works_as_printed(block: Block, option: str, tmp_path: Path) -> None:
    skip_where_something_is_missing(block)
    folder = tmp_path / "project"
    for name, text in block.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    if "npx" in block.command:
        (folder / "node_modules").symlink_to(NODE_MODULES)
        for name in ("package.json", "vitest.config.mjs"):
            shutil.copyfile(Path(__file__).parent / name, folder / name)
    command = block.command.replace("modelslab-mock exec", f"modelslab-mock exec {option}".strip())
    code, out, err = run(command, folder, tmp_path)
    assert code == 0, out + err
    if block.prints is not None:
        wanted = ".*".join(map(re.escape, block.prints.split("…")))
        assert re.fullmatch(wanted, out, re.DOTALL), out


def skip_where_something_is_missing(block: Block) -> None:
    words = set(re.findall(r"(?<![\w./-])[a-z]+(?![\w-])", block.command))
    for script in (text for name, text in block.files.items() if name in block.command and name.endswith(".sh")):
        words |= set(re.findall(r"(?<![\w./-])[a-z]+(?![\w-])", script))
    for each in words.intersection(PROGRAMS):
        if not shutil.which(each):
            pytest.skip(f"{each} is not on this machine")
        line, needed = TRIES.get(each, (["true"], ""))
        if subprocess.run(line, capture_output=True, check=False).returncode:
            pytest.skip(f"{each} is here, but not {needed}")


def run(command: str, folder: Path, beside: Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a block; what it left running is ended."""
    ours = beside / "bin" / "modelslab-mock"
    ours.parent.mkdir()
    ours.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m modelslab_mock "$@"\n')
    ours.chmod(0o755)
    dropped = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
    kept = {name: value for name, value in os.environ.items() if name.lower() not in dropped}
    settings = kept | {"PATH": f"{ours.parent}{os.pathsep}{kept['PATH']}", "NO_COLOR": "1"}
    out, err = beside / "stdout", beside / "stderr"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        shell = subprocess.Popen(
            ["sh", "-e", "-c", command],
            cwd=folder,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            code = shell.wait(WITHIN_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
    return code, out.read_text(errors="replace"), err.read_text(errors="replace")


def test_there_are_recipes_and_each_has_commands() -> None:
    assert {each.recipe for each in BLOCKS} == {"go.md", "node.md", "php.md", "ruby.md", "shell.md", "watch.md"}
    of_clients = {each.recipe for each in BLOCKS} - {"watch.md"}
    assert {each.recipe for each in BLOCKS if "modelslab-mock exec" in each.command} == of_clients


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.md")), ids=lambda each: each.stem)
def test_links_of_a_recipe_lead_somewhere(recipe: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", recipe.read_text()):
        assert (recipe.parent / link).exists(), link
