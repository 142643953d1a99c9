"""How long `modelslab-mock diff` takes over a document of 1 MB; prints a table, `--write` keeps it in results.md.

The document is made up: calls with bodies, answers in alternatives, parameters and headers, over schemas that refer to each
other, as large OpenAPI documents are. In the new version every twentieth schema that calls are made of is another one.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import string
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.results import keep

SIZE = 1_000_000
_LETTERS = string.ascii_letters
_WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty", "knoll", "lagoon", "marsh")
_RUNS = 3


def document(size: int, *, is_new: bool) -> dict[str, Any]:
    """About `size` bytes of OpenAPI as compact JSON; a newer version has other bounds and lists here and there."""
    chance = random.Random(7)
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    written, index = 0, 0
    while written < size:
        level = index % 3  # things made of things, down to plain ones
        plainer = [
            each for each in list(schemas)[-60:] if each[-1].isdigit() and int(each.lstrip(string.ascii_letters)) % 3 < level
        ]
        name = f"{chance.choice(_WORDS).capitalize()}{index}"
        made = {name: _schema(chance, plainer, is_other=is_new and index % 20 == 0), f"{name}Failed": _failed(index)}
        call = {f"/{name.lower()}/{{id}}": {"post": _call(name, chance)}}
        schemas |= made
        paths |= call
        written += len(json.dumps(made)) + len(json.dumps(call))
        index += 1
    return {
        "openapi": "3.1.0",
        "info": {"title": "Large", "version": "2" if is_new else "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _schema(chance: random.Random, names: list[str], *, is_other: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for n in range(chance.randint(6, 16)):
        name = f"{chance.choice(_WORDS)}_{n}"
        fields[name] = {"description": " ".join(chance.choices(_WORDS, k=8)), **_field(chance)}
    fields["width"] = {"type": "integer", "minimum": 64, "maximum": 512 if is_other else 1024}
    fields["mode"] = {"type": "string", "enum": ["fast", "slow"] if is_other else ["fast", "slow", "still"]}
    for n, name in enumerate(chance.sample(names, min(2, len(names)))):
        fields[f"part_{n}"] = {"$ref": f"#/components/schemas/{name}"}
    return {"type": "object", "required": list(fields)[:3], "properties": fields}


def _field(chance: random.Random) -> dict[str, Any]:
    kinds: list[dict[str, Any]] = [
        {"type": "string", "maxLength": 200},
        {"type": ["string", "null"], "format": "uri"},
        {"type": "integer", "minimum": 1, "maximum": 50, "default": 20},
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "boolean"},
        {"type": "string", "enum": ["yes", "no"]},
        {"type": "array", "items": {"type": "string"}, "maxItems": 8},
        {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}, "required": ["x"]},
    ]
    return chance.choice(kinds)


def _failed(index: int) -> dict[str, Any]:
    status = {"const": "error"}
    return {
        "type": "object",
        "required": ["status"],
        "properties": {"status": status, "message": {"type": "string"}, "code": {"const": index}},
    }


def _call(name: str, chance: random.Random) -> dict[str, Any]:
    done = {
        "type": "object",
        "required": ["status", "result"],
        "properties": {"status": {"const": "success"}, "result": {"$ref": f"#/components/schemas/{name}"}},
    }
    answer = {"oneOf": [done, {"$ref": f"#/components/schemas/{name}Failed"}]}
    return {
        "operationId": f"make{name}",
        "summary": " ".join(chance.choices(_WORDS, k=12)),
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
        },
        "responses": {
            "200": {"description": "Done, or not.", "content": {"application/json": {"schema": answer}}},
            "429": {"description": "Slower.", "headers": {"Retry-After": {"schema": {"type": "integer"}}}},
        },
    }


def table() -> str:
    """The best of some runs of the whole command; on an idle machine a user waits as long."""
    import yaml

    lines = ["| documents | findings | processor seconds (best of 3) |", "|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for kind, write in (
            ("JSON on one line", json.dumps),
            ("JSON, indented", lambda root: json.dumps(root, indent=2)),
            ("YAML", lambda root: yaml.dump(root, sort_keys=False, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper))),
        ):
            files = [Path(folder, f"{name}.{'yaml' if kind == 'YAML' else 'json'}") for name in ("old", "new")]
            for file, is_new in zip(files, (False, True), strict=True):
                file.write_text(write(document(SIZE, is_new=is_new)), encoding="utf-8")
            for told, (one, other) in (
                (kind, (files[0], files[0])),
                (f"{kind}, one schema in 20 changed", (files[0], files[1])),
            ):
                taken, found = _measured(one, other)
                lines.append(f"| {told} | {found} | {taken:.1f} |")
    return "\n".join(lines)


def _measured(old: Path, new: Path) -> tuple[float, str]:
    seconds, said = [], ""
    for _ in range(_RUNS):
        began = _seconds_of_children()
        run = subprocess.run(
            [sys.executable, "-m", "modelslab_mock", "diff", str(old), str(new)], capture_output=True, text=True, check=False
        )
        seconds.append(_seconds_of_children() - began)
        said = run.stdout.splitlines()[-1].partition(".")[0]
    return min(seconds), said


def _seconds_of_children() -> float:
    """Processor time, which a busy machine does not stretch as it stretches the clock's."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table to benchmarks/results.md")
    found = table()
    print(found)
    if parser.parse_args().write:
        keep("The differ on a document of 1 MB", "python -m benchmarks.large --write", found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
