"""Write the pages of docs/ that are made from data: `make docs`. A test holds the files against what this makes."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from modelslab_contracts.diff.promises import PROMISE_OF, PROMISES, USUAL
from modelslab_contracts.document import parse_yaml
from modelslab_contracts.findings import RULES
from modelslab_contracts.story import ELEMENTS, as_sentence, json_schema, story_of
from modelslab_contracts.story_words import ALPHABET
from modelslab_contracts.vocabulary import WORDS

HERE = Path(__file__).parent
_HEAD = "<!-- made by docs/make.py (make docs); do not edit by hand -->\n\n"

_STORIES = """\
# Stories

A story says what the server will do with an order: one JSON value, or the same in words. Others say scenario. It comes
as a directive in a prompt (`[[mock: processing+slow=2 polls=3]]`), as a magic key, as `serve --story`, or it is set for a
sandbox; the schema is `story.schema.json`. An unknown word is an error that names the nearest one. What a story does not
speak of goes well.

- In words, an answer's parts are joined by `+`, the items of a list by `,`, a name and its value by `:`. A text that holds
  a comma needs JSON: after `polls=`, `shape=` and the like may stand a JSON value in quotes.
- `submit` is a list with one answer per attempt, `polls` one with an answer per fetch; of `submit` the last one stays,
  after `polls` comes the end. Whoever speaks of `eta`, `polls` or `ends` means a job that is queued.
- The faults of `submit` can stand in `polls` as well: refusals, `http`, `garbled`, `reset`, `redirect`, `slow`.
- An answer that is garbled, or breaks off in mid-body, is that of an order that was taken; with `http` beside it, or reset
  before any answer, no order was. A redirect leads to the same path, where the next answer of the list waits.
- Contracts fill all answers. What a story changes in their form stays without effect where the endpoint's answer has no
  such field; only fields that the contract lets an answer do without can be dropped or null.
- Seconds of `slow` are real ones; `expires` and a Retry-After date go by the sandbox's clock.

## Setting stories

For the next jobs of one sandbox, named as in the log or by a key in a header. With `times` a story is for so many jobs, and
then the next one is; without, it stays until it is replaced. `endpoint` and `prompt` say for which orders it is. Many at once
(up to 10,000) are a list under `stories`: all of them are set, or none.

```sh
curl -s -X POST http://127.0.0.1:4777/__mock/sandboxes/by-key/stories -H 'key: my-key' \\
  -H 'content-type: application/json' -d '{"story": "unavailable success", "times": 1}'
curl -s -X POST http://127.0.0.1:4777/__mock/sandboxes/by-key/stories -H 'key: my-key' \\
  -H 'content-type: application/json' -d '{"stories": [{"story": {"submit": ["error"]}, "times": 2, "prompt": "cat"}]}'
curl -s 'http://127.0.0.1:4777/__mock/sandboxes/by-key/stories?unused=true' -H 'key: my-key'    # empty at the end of a test
curl -s -X DELETE http://127.0.0.1:4777/__mock/sandboxes/by-key/stories -H 'key: my-key'
curl -s -X POST http://127.0.0.1:4777/__mock/stories/read -H 'content-type: application/json' \\
  -d '{"text": "processing polls=3 ends=failed"}'                                               # as JSON and as a sentence
```"""

_WIRE = """\
# On the wire

What a client sees of each delivery, by each way in. A cell says how much of the answer comes (all, head, half of the body, or
none), how the connection is then (open: the next request on it is answered; FIN: it ends in an orderly way; RST: a TCP reset),
and in how many writes the answer leaves the server. `tests/servers/test_seam.py` looks at every cell on raw sockets.

- An answer is one write on every way, head and body together, so a client that reads once gets it whole (as long as it is
  short). uvicorn would write them one after the other; `wire/joined.py` holds the head back until the body is there. The
  answers of the control API are ordinary ASGI, two writes.
- After a reset or a cut the connection is gone; a new one is served at once, and nobody else's was touched. On Linux a client
  may read the half before it hears of the reset; other systems may throw it away.
- Under TLS an orderly end is a close_notify and then FIN; a reset comes without one, and TCP says RST. Python's `ssl` tells
  that as `SSLEOFError` (by default as a plain end of file) before 3.11.9 and 3.12.3, which took every failed read for an end
  of file (CPython issue 115627). So a Python client under TLS may have to look at lengths to notice a cut."""

_CHANGES = """\
# What can change

What can change between two versions of a document, and the rows of `modelslab-mock diff` that tell of it; `diff.md` says how to
read them, `words-and-rules.md` has a sentence for each. What makes a set of requests smaller, or one of answers larger, is told
with a witness; the other way round it breaks nobody and is not told of."""

_DIFF_RULES = """\
# The rules of the differ

What `modelslab-mock diff` can say, by the promise that a change of its kind breaks, or that its news is for. `--promise NAME`
tells of the rules under that heading and those above it; the rest is counted in the last line."""


def reading() -> str:
    """How a value of a request is read, from the one table of coercion in fixtures/."""
    rows = parse_yaml((HERE.parent / "fixtures" / "coercion.yaml").read_bytes(), "coercion.yaml")
    lines = [
        "# How a value is read",
        "",
        "Bodies come as JSON, as `application/x-www-form-urlencoded` or as `multipart/form-data`; in forms every value is text",
        "and an empty one is absent. What a value becomes depends on the type of its field and on the profile; `observed`",
        "reads like `documented`. Everything else is refused, with all problems of a body at once.",
        "",
        "| field | sent | documented | strict | why |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        field = row["type"] + (f" ({row['wire']})" if "wire" in row else "") + (", null allowed" if row.get("nullable") else "")
        cells = [
            field,
            f"`{json.dumps(row['sent'], ensure_ascii=False)}`",
            _outcome(row["documented"]),
            _outcome(row["strict"]),
            row["why"],
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return _HEAD + "\n".join(lines) + "\n"


def vocabulary() -> str:
    """The words of `x-mock` and the rules, from the tables that the code itself uses."""
    lines = ["# Words and rules", "", "## The twelve words of `x-mock`", "", "| word | what it says | value |", "|---|---|---|"]
    lines += [f"| `{word}` | {meaning} | {form} |" for word, (meaning, _, form) in WORDS.items()]
    lines += ["", "## Rules", "", "| id | severity | what it finds |", "|---|---|---|"]
    lines += [f"| `{rule.id}` | {rule.severity.label} | {rule.sentence} |" for rule in RULES.values()]
    return _HEAD + "\n".join(lines) + "\n"


def changes() -> str:
    """What can change between two documents, and which rows of the differ tell of it, from the list in fixtures/."""
    rooms = parse_yaml((HERE.parent / "fixtures" / "changes.yaml").read_bytes(), "changes.yaml")
    lines, excused = [_CHANGES], []
    for room in rooms:
        lines += ["", f"## {room['room']}", "", "| what can change | told as |", "|---|---|"]
        for row in room["rows"]:
            if "why" in row:
                excused.append((room["room"], row))
                continue
            named = (each.format(side=side) for each in row["rules"] for side in ("request", "response"))
            known = dict.fromkeys(each for each in named if f"diff/{each}" in RULES)
            lines.append(f"| {row['change']} | {', '.join(f'`{each}`' for each in known)} |")
    lines += ["", "## What is not told of, and why", "", "| | what can change | why nothing tells of it |", "|---|---|---|"]
    lines += [f"| {room} | {row['change']} | {row['why']} |" for room, row in excused]
    return _HEAD + "\n".join(lines) + "\n"


def stories() -> str:
    """The alphabet of stories, from its rows."""
    lines = [_STORIES]
    for name, element in ELEMENTS.items():
        default = json.dumps(element.default)
        lines += ["", f"## `{name}`", "", f"{element.schema['description']} Default: `{default}`.", ""]
        lines += ["| word | in a sentence | JSON | words | catches clients that |", "|---|---|---|---|---|"]
        for word, row in ALPHABET[name].items():
            told = json.dumps(dict(row.story), ensure_ascii=False)
            cells = [f"`{word}`", as_sentence(story_of(row.story)), f"`{told}`", f"`{row.words}`", row.exposes]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return _HEAD + "\n".join(lines) + "\n"


def wire() -> str:
    """What a client sees of each delivery, from the table that a test looks at cell by cell."""
    seam = parse_yaml((HERE.parent / "fixtures" / "seam.yaml").read_bytes(), "seam.yaml")
    ways = list(seam["ways"])
    lines = [_WIRE, "", "| way | is |", "|---|---|", *(f"| `{name}` | {says} |" for name, says in seam["ways"].items())]
    lines += ["", "| delivery | " + " | ".join(f"`{way}`" for way in ways) + " | why |", "|---" * (len(ways) + 2) + "|"]
    for row in seam["rows"]:
        cells = [", ".join(map(str, row["sees"][way])) if way in row["sees"] else "–" for way in ways]
        lines.append(f"| {row['delivery']} | " + " | ".join(cells) + f" | {row.get('why', '')} |")
    return _HEAD + "\n".join(lines) + "\n"


def story_schema() -> str:
    """JSON Schema of a story, for editors and other tools."""
    return json.dumps(json_schema(), indent=2) + "\n"


def adapter_schema() -> str:
    """JSON Schema of the lines between the kit and an adapter."""
    from modelslab_contracts.kit.adapter_schema import adapter_schema

    return json.dumps(adapter_schema(), indent=2) + "\n"


def control_api() -> str:
    """The control API, from its own OpenAPI document."""
    from modelslab_mock.clockwork import Clockwork
    from modelslab_mock.control.frame import make_control
    from modelslab_mock.control.page import curl
    from modelslab_mock.control.panel import Panel
    from modelslab_mock.control.reference import Row, reference
    from modelslab_mock.log import Log
    from modelslab_mock.serve import make_app
    from modelslab_mock.settings import Settings

    origin, settings = "http://127.0.0.1:4777", Settings()
    app = make_app(settings, seed=0, origin=origin, started=0.0, log=Log(quiet=True))
    nobody: Any = None  # nothing is asked of the API here
    told = reference(
        make_control(Panel(app, settings, nobody, Clockwork(app, nobody, lambda: 0.0), lambda: 0.0, 0.0)).openapi()
    )
    models = {each.name for each in told.models}

    def linked(form: str) -> str:
        return re.sub(r"\w+", lambda word: f"[{word[0]}](#{word[0].lower()})" if word[0] in models else word[0], form)

    def table(what: str, rows: tuple[Row, ...]) -> list[str]:
        if not rows:
            return []
        lines = ["", f"| {what} | value | needed | says |", "|---|---|---|---|"]
        for each in rows:
            cells = [f"`{each.name}`", linked(each.form), "yes" if each.needed else "no", each.sentence]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        return lines

    lines = [f"# {told.title}", "", told.sentence]
    for room in told.rooms:
        lines += ["", f"## {room.name}", "", room.sentence]
        for call in room.calls:
            lines += ["", f"### `{call.method} {call.path}`", "", f"{call.summary}. Answers with {linked(call.answer)}."]
            if call.body:
                lines += ["", f"Body: {linked(call.body)}" + ("" if call.body_is_needed else " (may be left out)")]
            if call.parameters:
                lines += table("parameter", call.parameters)
            lines += ["", "```console", f"$ {curl(call, origin)}", "```"]
    lines += ["", "## shapes"]
    for model in told.models:
        lines += ["", f"### {model.name}", "", model.sentence, *table("field", model.rows)]
    return _HEAD + "\n".join(lines) + "\n"


def diff_rules() -> str:
    """What the differ can say, by the promise that it is about."""
    lines = [_DIFF_RULES]
    for promise, says in PROMISES.items():
        found = [RULES[each] for each in RULES if PROMISE_OF.get(each) == promise]
        lines += ["", f"## `{promise}`{' (the default)' if promise == USUAL else ''}: {len(found)} rules", ""]
        lines += [f"{says[0].upper()}{says[1:]}."]
        lines += ["", "| id | severity | what it finds |", "|---|---|---|"] if found else []
        lines += [f"| `{rule.id}` | {rule.severity.label} | {rule.sentence} |" for rule in found]
    return _HEAD + "\n".join(lines) + "\n"


def _headed(make: Callable[[], str]) -> str:
    return _HEAD + make()


PAGES: dict[str, Callable[[], str]] = {
    "diff-rules.md": diff_rules,
    "reading.md": reading,
    "words-and-rules.md": vocabulary,
    "stories.md": stories,
    "changes.md": changes,
    "story.schema.json": story_schema,
    "adapter.schema.json": adapter_schema,
    "control-api.md": control_api,
    "wire.md": wire,
    **{name: partial(_headed, make) for name, make in runpy.run_path(str(HERE / "kit_pages.py"))["PAGES"].items()},
}


def _outcome(cell: dict[str, Any]) -> str:
    return "refused" if cell.get("refused") else _code(cell["read"])


def _code(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return "absent" if value is None else f"`{text}`"


if __name__ == "__main__":
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")
