"""Documents of others: as files, in folders, in pages as saved; and what is odd about them."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest

from modelslab_contracts.document import ContractError
from modelslab_contracts.findings import RULES
from modelslab_contracts.loading import Loaded, load, load_text
from modelslab_mock.cli import main

PLAIN = """\
openapi: 3.1.0
info: {title: Lamps, version: "1"}
servers: [{url: https://lamps.example/api}]
paths:
  /lamp/light:
    post:
      operationId: light
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                watts: {type: integer, maximum: 60}
      responses:
        '200': {description: Lit.}
"""
FENCED = f"""\
# Lamps

Some words, and a block that is none:

```json json theme={{null}}
{{"watts": 5}}
```

## OpenAPI

````yaml POST /lamp/light
{PLAIN}
````
"""
POINTER = "/paths/~1lamp~1light/post/requestBody/content/application~1json/schema/properties/watts"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What was read before another change of the code would be believed."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def one(text: str, name: str) -> Loaded:
    (loaded,) = load_text(text.encode(), name, name)
    return loaded


def line_in(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if words in line)


def shown(inside: str) -> str:
    return f"<!DOCTYPE html>\n<html><body>\n<h1>Lamps</h1>\n<p>Say &quot;light&quot;.</p>\n{inside}\n</body></html>\n"


PAGES = {
    "lamps.md": FENCED,
    "lamps.txt": FENCED,
    "crlf.md": FENCED.replace("\n", "\r\n"),
    "in-a-list.md": "- as follows:\n\n" + "".join(f"    {line}\n" for line in FENCED.split("\n")[9:]),
    "never-closed.md": FENCED.removesuffix("````\n"),
    "tildes.md": FENCED.replace("````", "~~~"),
    "lamps.html": shown(f"<pre><code class='yaml'>{html.escape(PLAIN)}</code></pre>"),
    "code-only.html": shown(f"<CODE>\n{html.escape(PLAIN)}</CODE>"),
    "coloured.html": shown("<pre>" + html.escape(PLAIN).replace("openapi", "<span class='k'>openapi</span>") + "</pre>"),
    "entities.md": f"```yaml\n{html.escape(PLAIN)}```\n",
    "json.html": shown(f"<pre>{html.escape(json.dumps({'openapi': '3.1.0', 'paths': {'/lamp/light': {}}}, indent=2))}</pre>"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_as_saved_holds_its_document_on_the_lines_of_the_page(name: str) -> None:
    page = PAGES[name]
    loaded = one(page, name)
    assert list(loaded.document.root["paths"]) == ["/lamp/light"]
    assert loaded.name == name.partition(".")[0]
    assert loaded.document.line_of("/paths/~1lamp~1light") == line_in(page, "/lamp/light" + (":" if "json" not in name else ""))
    if "json" not in name:
        assert loaded.document.line_of(POINTER) == line_in(page, "watts: {")


def test_a_page_of_several_blocks_is_several_documents() -> None:
    page = FENCED + FENCED.replace("/lamp/light", "/lamp/out")
    first, second = load_text(page.encode(), "lamps.md", "lamps.md")
    assert (first.name, second.name) == ("lamps", "lamps-2")
    assert list(second.document.root["paths"]) == ["/lamp/out"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (
            "a.md",
            "# Nothing\n",
            (
                "a.md: the page holds no OpenAPI block (a fenced or <pre> block with an `openapi:` line); "
                "`modelslab-mock specs sources` reads pages without one"
            ),
        ),
        ("a.md", "```yaml\nopenapi: 3.1.0\npaths: [\n```\n", "a.md:"),
        ("a.yaml", "swagger: '2.0'\n", "a.yaml:1: Swagger 2.0; OpenAPI 3.0 and 3.1 are read"),
        ("a.yaml", "openapi: 2.0.0\n", "a.yaml:1: OpenAPI 2.0.0 is neither 3.0 nor 3.1, which are read here"),
        ("a.json", "[1]", "a.json:1: a file without an `openapi` version"),
    ],
)
def test_what_cannot_be_understood_is_one_sentence(name: str, text: str, says: str) -> None:
    with pytest.raises(ContractError) as caught:
        load_text(text.encode(), name, name)
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_a_folder_is_read_by_name_and_passes_over_what_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "inner" / ".git").mkdir(parents=True)
    (tmp_path / "b.md").write_text(FENCED)
    (tmp_path / "a.yaml").write_text(PLAIN)
    (tmp_path / "README.md").write_text("how openapi: is read\n")
    (tmp_path / "inner" / "c.yml").write_text(PLAIN)
    (tmp_path / "inner" / ".git" / "d.yaml").write_text(PLAIN)
    flat, deep = load(tmp_path), load(tmp_path, deep=True)
    assert [each.name for each in flat.documents] == ["a", "b"]
    assert [each.name for each in deep.documents] == ["a", "b", "c"]
    assert flat.passed_over == (str(tmp_path / "README.md"),)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ContractError, match="the folder holds no OpenAPI document"):
        load(tmp_path / "empty")


def test_openapi_3_0_is_read_in_the_meaning_of_3_1() -> None:
    schema = {
        "type": "object",
        "properties": {
            "nullable": {"type": "string", "nullable": True, "enum": ["a"]},
            "n": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": False},
            "other": {"$ref": "#/components/schemas/Plain", "nullable": True},
        },
        "example": {"nullable": True},
    }
    root = {"openapi": "3.0.3", "paths": {}, "components": {"schemas": {"Order": schema, "Plain": {"type": "string"}}}}
    loaded = one(json.dumps(root), "a.json")
    assert loaded.document.root["components"]["schemas"]["Order"] == {
        "type": "object",
        "properties": {
            "nullable": {"type": ["string", "null"], "enum": ["a", None]},
            "n": {"type": "number", "exclusiveMinimum": 0, "maximum": 9},
            "other": {"anyOf": [{"$ref": "#/components/schemas/Plain"}, {"type": "null"}]},
        },
        "example": {"nullable": True},
    }
    assert loaded.subject.root == root, "who compares documents gets them as they are written"


WATTS = "watts: {type: integer, maximum: 60}"
#: rule -> (what is replaced in the plain document, by what, what the finding says of where).
ODD = {
    "path-parameter-undeclared": ("/lamp/light:", "/lamp/{id}/light:", "/paths/~1lamp~1{id}~1light/post"),
    "default-breaks-schema": (WATTS, "watts: {type: integer, maximum: 60, default: 61}", POINTER + "/default"),
    "example-breaks-schema": (WATTS, "watts: {type: integer, example: '61'}", POINTER + "/example"),
    "no-servers": ("servers: [{url: https://lamps.example/api}]\n", "", ""),
    "no-operation-id": ("      operationId: light\n", "", "/paths/~1lamp~1light/post"),
    "server-holds-path": ("lamps.example/api", "lamps.example/api/lamp", "/paths/~1lamp~1light"),
    "nullable": (WATTS, "watts: {type: integer, nullable: true}", POINTER + "/nullable"),
    "exclusive-bound": (WATTS, "watts: {type: integer, maximum: 9, exclusiveMaximum: true}", POINTER + "/exclusiveMaximum"),
    "plain-yes-no": (WATTS, "watts: {type: string, enum: [yes, low]}", POINTER + "/enum/0"),
    "dangling-reference": (WATTS, "watts: {$ref: '#/components/schemas/Watts'}", POINTER + "/$ref"),
}


@pytest.mark.parametrize("rule", ODD)
def test_what_a_strict_reader_refuses_is_a_finding(rule: str) -> None:
    was, becomes, where = ODD[rule]
    assert was in PLAIN
    text = PLAIN.replace(was, becomes)
    (finding,) = one(text, "lamps.yaml").findings
    assert (finding.rule, finding.where.partition(" ")[2]) == (f"document/{rule}", where)
    assert finding.where.startswith("lamps.yaml:")
    assert one(PLAIN, "lamps.yaml").findings == ()


def test_every_rule_about_documents_is_shown() -> None:
    shown_here = {f"document/{each}" for each in ODD}
    of_several = {"document/url-taken"}  # tests of inference
    assert shown_here == {each for each in RULES if each.startswith("document/")} - of_several


def test_a_body_and_an_answer_have_examples_too() -> None:
    text = PLAIN.replace("'200': {description: Lit.}", "'200': {$ref: '#/components/responses/Lit'}") + (
        "components:\n  responses:\n    Lit:\n      description: Lit.\n      content:\n        application/json:\n"
        "          schema: {type: object, required: [lit]}\n          example: {dark: 1}\n"
    )
    (finding,) = one(text, "lamps.yaml").findings
    assert finding.rule == "document/example-breaks-schema"
    pointer = "/components/responses/Lit/content/application~1json/example"
    assert finding.where == f"lamps.yaml:{line_in(text, 'example: {dark')} {pointer}"


def test_a_page_can_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.md").write_text(FENCED.replace("      operationId: light\n", ""))
    Path("new.yaml").write_text(PLAIN.replace("maximum: 60", "maximum: 40, nullable: false"))
    assert main(["diff", "old.md", "new.yaml"]) == 1
    out, err = capsys.readouterr()
    assert f"diff/request-maximum-lowered  new.yaml:{line_in(PLAIN, 'watts: {')} " in out
    assert f"old.md:{line_in(FENCED, 'watts: {') - 1}" in out, "the line of the page"
    assert err.startswith(f"modelslab-mock diff: note document/nullable  new.yaml:{line_in(PLAIN, 'watts: {')} ")
    assert err.count("\n") == 1
