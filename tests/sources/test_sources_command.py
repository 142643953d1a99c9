"""The command `specs sources`: which pages it takes, what it prints, and with which code it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from modelslab_contracts.contract import endpoints

Sources = Callable[..., tuple[int, str, str]]
#: A disk that is full, where there is such a thing.
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


def page(name: str, **changed: str) -> str:
    """A page in words of our own that lists a contract's fields; some of them with another sentence."""
    endpoint = endpoints()[name]
    rows = {"key": "Yours."} | {each.name: "What it is." for each in endpoint.fields} | changed
    table = "".join(f"| {field} | {says} |\n" for field, says in rows.items())
    return f"POST https://modelslab.com{endpoint.submit.path}\n\n| Parameter | Description |\n|---|---|\n{table}"


@pytest.fixture
def sources(command: Sources, in_a_folder: Path) -> Sources:
    """Run the command in an empty folder: exit code, stdout, stderr."""
    assert in_a_folder
    return partial(command, "specs", "sources")


def test_each_page_is_told_of_by_its_contract(sources: Sources) -> None:
    Path("a.md").write_text(page("enterprise-v1"))
    Path("b.md").write_text(page("text2img-v3", lasers="How many."))
    code, out, err = sources("a.md", "b.md")
    assert (code, err) == (1, "")
    assert "warning sources/parameter-unknown  b.md:23 /lasers: a parameter that no clause knows (text2img-v3)\n" in out
    lines = out.splitlines()
    assert lines[-2].startswith("a.md: enterprise-v1, 32 citations held against it, ")
    assert lines[-1].startswith("b.md: text2img-v3, 41 citations held against it, ")


def test_a_sentence_that_was_learnt_is_known_again(sources: Sources) -> None:
    Path("page.md").write_text(page("text2img-v3"))
    sources("page.md", "--learn", "sentences.yaml")
    learnt = Path("sentences.yaml").read_text()
    assert '"Body Attributes: prompt": "' in learnt
    Path("page.md").write_text(page("text2img-v3", seed="What it was, or null."))
    _, out, _ = sources("page.md", "--learn", "sentences.yaml", "--report", "json")
    assert Path("sentences.yaml").read_text() != learnt
    assert "sources/sentence-changed" not in {each["rule"] for each in json.loads(out)}
    again, _, _ = sources("page.md")
    assert again == 1


def test_what_is_learnt_of_one_contract_leaves_the_others(sources: Sources) -> None:
    Path("a.md").write_text(page("enterprise-v1"))
    Path("b.md").write_text(page("text2img-v3"))
    sources("a.md", "--learn", "sentences.yaml")
    sources("b.md", "--learn", "sentences.yaml")
    heads = [line for line in Path("sentences.yaml").read_text().splitlines() if not line.startswith(("#", " "))]
    assert heads == ["enterprise-v1:", "text2img-v3:"]


def test_an_annotation_stands_on_the_line_of_the_page(sources: Sources) -> None:
    Path("page.md").write_text(page("enterprise-v1", lasers="How many."))
    _, out, _ = sources("page.md", "--report", "github", "--report", "markdown=page-report.md", "--report", "html=page.html")
    assert "::warning file=page.md,line=34,title=sources/parameter-unknown::page.md:34 /lasers: a parameter that no" in out
    assert "| severity | where | contract | page | rule |" in Path("page-report.md").read_text()
    assert "<dt>Found</dt><dd><code>a parameter that no clause knows</code></dd>" in Path("page.html").read_text()
    assert "enterprise-v1, 32 citations held against it" in Path("page.html").read_text()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Not found", "page.md is a page of no contract: it has no parameters and names no call"),
        (
            "POST https://modelslab.com/api/v6/video/text2video\n| Name | Description |\n| frames | How many. |",
            "page.md is a page of no contract: it has 1 parameter and names /api/v6/video/text2video",
        ),
    ],
)
def test_a_page_of_no_contract_is_one_sentence(sources: Sources, text: str, says: str) -> None:
    Path("page.md").write_text(text)
    assert sources("page.md") == (2, "", f"modelslab-mock specs sources: {says}\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("no.md",), "cannot read no.md: No such file or directory"),
        (("large.md",), "cannot read large.md: larger than 8 MiB, which is no page"),
        (("page.md", "--report", "jsn"), "--report 'jsn' is not one of "),
        pytest.param(("page.md", "--report", "json=/dev/full"), "--report json: No space left on device", marks=FULL),
        (("page.md", "--learn", "no/such/file"), "--learn no/such/file: No such file or directory"),
        (("page.md", "--learn", "list.yaml"), "list.yaml:1: digests stand by contract and then by place"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_cannot_be_used_is_one_sentence(sources: Sources, words: tuple[str, ...], says: str) -> None:
    Path("page.md").write_text(page("enterprise-v1"))
    Path("list.yaml").write_text("- 1\n")
    Path("large.md").write_bytes(bytes((8 << 20) + 1))
    code, out, err = sources(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"modelslab-mock specs sources: {says}")
    assert err.count("\n") == 1
