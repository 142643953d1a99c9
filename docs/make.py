"""Write the pages of docs/ that are made from data: `make docs`. A test holds the files against what this makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from modelslab_contracts.document import parse_yaml
from modelslab_contracts.findings import RULES
from modelslab_contracts.vocabulary import WORDS

HERE = Path(__file__).parent
_HEAD = "<!-- made by docs/make.py (make docs); do not edit by hand -->\n\n"


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


PAGES = {"reading.md": reading, "words-and-rules.md": vocabulary}


def _outcome(cell: dict[str, Any]) -> str:
    return "refused" if cell.get("refused") else _code(cell["read"])


def _code(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return "absent" if value is None else f"`{text}`"


if __name__ == "__main__":
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")
