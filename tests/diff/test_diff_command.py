"""The command `diff`: what it reads, what it prints, and with which code it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from .documents import document

WIDE = document(asks={"properties": {"width": {"maximum": 1024}}})
NARROW = document(asks={"properties": {"width": {"maximum": 512}}})
DEFAULT = document(asks={"properties": {"width": {"maximum": 1024, "default": 8}}})
Diff = Callable[..., tuple[int, str, str]]
#: A disk that is full, where there is such a thing.
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


@pytest.fixture
def diff(command: Diff, in_a_folder: Path) -> Diff:
    """Run the command in an empty folder: exit code, stdout, stderr."""
    assert in_a_folder
    return partial(command, "diff")


def write(name: str, root: Any) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(json.dumps(root, indent=1))
    return name


def test_a_field_that_is_new_to_an_open_object_is_counted_by_itself(diff: Diff) -> None:
    code, out, _ = diff(write("old.json", document()), write("new.json", WIDE))
    assert code == 0
    assert out.endswith("(1 proved safe, 1 safe but for fields that only one version names, 0 broken, 0 unproved).\n")


def test_nothing_is_one_quiet_line(diff: Diff) -> None:
    file = write("a.json", WIDE)
    counts = "Positions compared: 2 (2 proved safe, 0 broken, 0 unproved)."
    assert diff(file, file) == (0, f"no findings. {counts}\n", "")


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        (WIDE, NARROW, (1, 1, 1, 0)),
        (WIDE, DEFAULT, (0, 1, 1, 0)),
        (document(), NARROW, (0, 0, 1, 0)),
        (NARROW, WIDE, (0, 0, 0, 0)),
    ],
    ids=["breaking", "warning", "note", "nothing"],
)
def test_the_bar_decides_the_code(diff: Diff, old: Any, new: Any, codes: tuple[int, ...]) -> None:
    files = write("old.json", old), write("new.json", new)
    assert tuple(diff(*files, "--fail-on", bar)[0] for bar in ("breaking", "warning", "any", "never")) == codes
    assert diff(*files)[0] == codes[0]


STEPS = {"properties": {"steps": {"type": "integer"}}}
LISTED = document(asks=STEPS, answers={"properties": {"state": {"enum": ["done"]}}})
MORE = document(
    asks={"properties": {"steps": {"type": "integer", "default": 21}, "hint": {"type": "string"}}},
    answers={"properties": {"state": {"enum": ["done", "lost"]}}},
)


def test_a_promise_decides_what_is_told_and_counts_the_rest(diff: Diff) -> None:
    files = write("old.json", LISTED), write("new.json", MORE)
    told = {promise: diff(*files, "--promise", promise) for promise in ("wire", "typed", "behaviour", "docs")}
    rules = {promise: {each.split()[1] for each in out.splitlines()[:-1]} for promise, (_, out, _) in told.items()}
    assert rules["wire"] == {"diff/request-field-added"}
    assert rules["typed"] - rules["wire"] == {"diff/response-value-added"}
    assert rules["behaviour"] - rules["typed"] == {"diff/request-default-changed"}
    assert rules["docs"] == rules["behaviour"]
    assert [code for code, _, _ in told.values()] == [0, 1, 1, 1]
    last = {promise: out.splitlines()[-1].partition(". ")[0] for promise, (_, out, _) in told.items()}
    assert last["wire"] == "1 note; 1 error, 1 warning left out by --promise wire"
    assert last["typed"] == "1 error, 1 note; 1 warning left out by --promise typed"
    assert diff(*files)[1] == told["behaviour"][1]


def test_what_a_promise_leaves_out_is_told_of_beside_every_form(diff: Diff) -> None:
    files = write("old.json", LISTED), write("new.json", MORE)
    _, out, err = diff(*files, "--promise", "wire", "--report", "json")
    assert [each["rule"] for each in json.loads(out)] == ["diff/request-field-added"]
    assert err == "modelslab-mock diff: 1 error, 1 warning left out by --promise wire\n"


def waivers(*entries: str) -> tuple[str, str]:
    Path("waivers.toml").write_text("".join(f"[[accepted]]\n{each}\n" for each in entries))
    return "--waivers", "waivers.toml"


LOWER = 'rule = "diff/request-maximum-lowered"\nreason = "agreed"\n'


def test_without_an_engine_nothing_is_called_unproved(diff: Diff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    code, out, err = diff(write("old.json", WIDE), write("new.json", NARROW))
    assert (code, out) == (3, "")
    assert err.startswith("modelslab-mock diff: nothing can be proved: import of jsonschema_rs halted")


def test_what_is_reached_in_two_ways_is_told_of_once(diff: Diff) -> None:
    def two(widest: int) -> Any:
        part = {"properties": {"width": {"maximum": widest}}}
        reached = {"properties": {each: {"$ref": "#/components/schemas/Part"} for each in ("one", "other")}}
        return document(asks=reached, components={"Part": part})

    _, out, _ = diff(write("old.json", two(9)), write("new.json", two(8)))
    (line, _) = out.splitlines()
    assert " /draw POST body application/json /one/width: maximum 9 became maximum 8 " in line
    assert line.endswith("; the same in 1 more place)")


def test_what_somebody_accepts_is_shown_and_does_not_count(diff: Diff) -> None:
    files = write("old.json", WIDE), write("new.json", NARROW)
    code, out, err = diff(*files, *waivers(LOWER), "--fail-on", "any")
    accepted, last = out.splitlines()
    assert (code, err) == (0, "")
    assert accepted.startswith("accepted diff/request-maximum-lowered  new.json:17 /draw POST body application/json /width: ")
    assert accepted.endswith("; because: agreed (waivers.toml:1)")
    assert last.startswith("no findings; 1 accepted. Positions compared: 2 (1 proved safe, 1 broken, 0 unproved)")


def test_an_entry_may_name_a_place_or_a_fingerprint(diff: Diff) -> None:
    files = write("old.json", WIDE), write("new.json", NARROW)
    known = json.loads(diff(*files, "--report", "json")[1])[0]["fingerprint"]
    for where, code in ((known, 0), ("/draw POST body * /width", 0), ("/draw POST body * /height", 1), ("0" * 16, 1)):
        assert diff(*files, *waivers(f'{LOWER}where = "{where}"'))[0] == code
    (told,) = json.loads(diff(*files, *waivers(f'{LOWER}where = "{known}"'), "--report", "json")[1])
    assert told["accepted"] == "agreed"


def test_every_form_says_where_and_what_is_accepted(diff: Diff) -> None:
    files = write("old.json", WIDE), write("new.json", NARROW)
    _, out, _ = diff(*files, *waivers(f"{LOWER}until = 2099-12-31"), "--report", "sarif", "--report", "html=page.html")
    (result,) = json.loads(out)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("new.json", 17)
    assert result["suppressions"][0]["justification"] == "agreed (waivers.toml:1, until 2099-12-31)"
    page = Path("page.html").read_text()
    for said in ("new.json:17 /draw POST body application/json /width", "agreed (waivers.toml:1", "Positions compared: 2"):
        assert said in page


def test_an_entry_that_is_over_or_not_needed_is_told_of(diff: Diff) -> None:
    files = write("old.json", WIDE), write("new.json", NARROW)
    code, out, _ = diff(*files, *waivers(f"{LOWER}until = 2020-01-31"))
    assert code == 1
    assert [line.split()[1] for line in out.splitlines()[:-1]] == ["diff/request-maximum-lowered", "accepted/expired"]
    idle = waivers(LOWER, 'rule = "diff/operation-*"\nreason = "gone"\nwhere = "/lift*"')
    code, out, _ = diff(*files, *idle)
    assert code == 0
    assert out.startswith("warning accepted/passes-now  waivers.toml:")
    assert diff(*files, *idle, "--fail-on", "warning")[0] == 1


def test_what_is_accepted_is_not_idle_under_a_lesser_promise(diff: Diff) -> None:
    files = write("old.json", LISTED), write("new.json", MORE)
    entry = 'rule = "diff/request-default-changed"\nreason = "agreed"'
    code, out, _ = diff(*files, *waivers(entry), "--promise", "wire", "--fail-on", "warning")
    assert code == 0
    assert out.splitlines()[-1].startswith("1 note; 1 accepted; 1 error left out by --promise wire.")


def test_a_fingerprint_stays_when_documents_are_reordered(diff: Diff) -> None:
    def same(root: Any) -> Any:
        return root

    def turned(root: Any) -> Any:
        if isinstance(root, dict):
            return {name: turned(root[name]) for name in reversed(root)}
        return [turned(each) for each in root] if isinstance(root, list) else root

    def two(widest: int) -> Any:
        schema = {"properties": {"width": {"maximum": widest}, "steps": {"enum": [21, widest]}}, "required": ["width"]}
        content = {media: {"schema": {"$ref": "#/components/schemas/Ask"}} for media in ("text/x-b", "text/x-a")}
        return document(components={"Ask": schema}, requestBody={"content": content})

    known = []
    for change in (same, turned):
        files = write("old.json", change(two(1024))), write("new.json", change(two(512)))
        known.append({(each["rule"], each["fingerprint"]) for each in json.loads(diff(*files, "--report", "json")[1])})
    assert known[0] == known[1]
    assert len(known[0]) == 2


def test_reports_go_where_they_are_told_to(diff: Diff) -> None:
    files = write("old.json", WIDE), write("new.json", NARROW)
    code, out, err = diff(
        *files, "--report", "github", "--report", "json=a.json", "--report", "junit=a.xml", "--report", "text=-"
    )
    assert (code, err) == (1, "")
    annotation, line, counts = out.splitlines()
    assert annotation.startswith(
        "::error file=new.json,line=17,title=diff/request-maximum-lowered::new.json:17 /draw POST body"
    )
    assert line.startswith(
        "error diff/request-maximum-lowered  new.json:17 /draw POST body application/json /width: maximum 1024 "
    )
    assert counts == "1 error. Positions compared: 2 (1 proved safe, 1 broken, 0 unproved)."
    (told,) = json.loads(Path("a.json").read_text())
    assert (told["severity"], told["expected"], told["got"]) == ("error", "maximum 1024", "maximum 512")
    suites = ET.parse("a.xml").getroot()
    assert suites.get("failures") == "1"
    assert str(suites[0][0].get("name")).startswith("new.json:17 /draw POST body application/json /width: maximum 1024 became ")


def test_a_summary_of_a_job_is_added_to(diff: Diff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    Path("summary.md").write_text("before\n")
    diff(write("old.json", WIDE), write("new.json", NARROW), "--report", "markdown=summary.md")
    before, heading, *_ = Path("summary.md").read_text().splitlines()
    assert (before, heading) == ("before", "### modelslab-mock: 1 error")
    assert "| severity | where | was | became |" in Path("summary.md").read_text()


def test_documents_of_folders_are_paired_by_name_and_then_by_their_calls(diff: Diff) -> None:
    write("old/same.json", document())
    write("old/moved.json", WIDE | {"paths": {"/wide": WIDE["paths"]["/draw"]}})
    write("old/gone.yaml", document() | {"paths": {"/gone": document()["paths"]["/draw"]}})
    write("new/same.json", document())
    write("new/elsewhere.json", NARROW | {"paths": {"/wide": NARROW["paths"]["/draw"]}})
    write("new/package.json", {"name": "no document"})
    code, out, err = diff("old", "new")
    assert code == 1
    assert "diff/request-maximum-lowered  new/elsewhere.json:" in out
    assert "diff/operation-removed  old/gone.yaml:" in out
    assert out.splitlines()[-1].startswith("2 errors in 3 documents. Positions compared: 4 (3 proved safe, 1 broken,")
    assert out.endswith("; 2 are in one version only.\n")
    assert err == "modelslab-mock diff: new/package.json is no OpenAPI document; passed over\n"


def test_a_revision_of_git_is_a_document_or_a_folder(diff: Diff, tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    write("specs/api.json", WIDE)
    git("add", ".")
    git("commit", "-qm", "first")
    write("specs/api.json", NARROW)
    code, out, _ = diff("git:HEAD:specs/api.json", "specs/api.json")
    assert code == 1
    assert "maximum-lowered  specs/api.json:17 /draw POST body application/json /width: maximum 1024 became maximum 512" in out
    assert "(git:HEAD:specs/api.json:17; accepted before" in out
    assert diff("git:HEAD:specs", "specs")[0] == 1
    assert diff("git:HEAD:specs/", "git:HEAD:specs")[0] == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("a.json", "nowhere/b"), "there is no file, folder or contract 'nowhere/b'; the contracts are enterprise-v1, "),
        (("a.jsn", "a.json"), "there is no file, folder or contract 'a.jsn'; did you mean 'a.json'?"),
        (("realtme-v6", "a.json"), "there is no file, folder or contract 'realtme-v6'; did you mean 'realtime-v6'?"),
        (
            ("a.json", "a.json", "--fail-on", "brekaing"),
            "--fail-on 'brekaing' is not one of breaking, warning, any, never, touched; did you mean",
        ),
        (
            ("a.json", "a.json", "--promise", "typd"),
            "--promise 'typd' is not one of wire, typed, behaviour, docs; did you mean 'typed'?",
        ),
        (
            ("a.json", "a.json", "--report", "jsn"),
            "--report 'jsn' is not one of text, json, github, markdown, junit, sarif, html; did you mean 'json'?",
        ),
        (("a.json", "a.json", "--waivers", "no.toml"), "no.toml: No such file or directory"),
        (("a.json", "a.json", "--waivers", "odd.toml"), "odd.toml:2: unknown rule 'diff/operation-removd'; did you mean"),
        (("a.json", "a.json", "--report", "json="), "--report json=: names no file after the ="),
        (("a.json", "a.json", "--report", "json=no/such/place"), "--report json=no/such/place: No such file or directory"),
        pytest.param(("a.json", "b.json", "--report", "json=/dev/full"), "--report json: No space left on device", marks=FULL),
        (("git:HEAD", "a.json"), "'git:HEAD' is not git:REV:PATH, as in git:main:specs/api.yaml"),
        (("git:--help:x", "a.json"), "'git:--help:x' is not git:REV:PATH, as in git:main:specs/api.yaml"),
        (("git:HEAD:x", "a.json"), "git:HEAD:x: git says "),
        (("not.yaml", "a.json"), "cannot read not.yaml:2: not YAML: "),
        (("other.yaml", "a.json"), "cannot read other.yaml:1: a file without an `openapi` version"),
        (("empty", "a.json"), "empty: the folder holds no OpenAPI document (.yaml, .yml, .json)"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_cannot_be_used_is_one_sentence(diff: Diff, words: tuple[str, ...], says: str) -> None:
    write("a.json", WIDE)
    write("b.json", NARROW)
    Path("not.yaml").write_text("[1, 2\n")
    Path("other.yaml").write_text("a: 1\n")
    Path("empty").mkdir()
    Path("odd.toml").write_text('[[accepted]]\nrule = "diff/operation-removd"\nreason = "r"\n')
    code, out, err = diff(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"modelslab-mock diff: {says}")
    assert err.count("\n") == 1
