"""A report as one page for a person: plain HTML that loads nothing from elsewhere and runs no script, light or dark, printable.

Whatever a client sent is text here: everything is escaped, and nothing of it is a link.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from pathlib import Path

from ..findings import RULES, Finding, Severity
from .sheet import ACCEPTED, Fact, Item, Row, Sheet, Told, sheet_of
from .words import one_line, sides

#: How bad a row is, for the order of the page.
_ORDER = [*(each.label for each in reversed(Severity)), ACCEPTED]
_FINE = "fine"
#: So many groups need no table of contents.
_FEW = 3
_FOOT = "Made by modelslab-mock, which was never checked against the live service. API keys are masked."


def page(told: Told) -> str:
    """The whole page."""
    sheet = sheet_of(told)
    head = _upper(sheet.head or sheet.counts)
    groups = [*_groups(sheet.rows)]
    parts = [
        f'<header><p class="command"><code>{_in(sheet.title)}</code></p><h1>{_in(head)}</h1>',
        *(f'<p class="quiet">{_in(each)}</p>' for each in sheet.sentences),
        f'<ul class="counts" aria-label="Counts">{"".join(_counts(sheet))}</ul></header><main>',
        _contents(groups) if len(groups) > _FEW else "",
        *(_group(label, rule, rows, f"f{number}") for number, (label, rule, rows) in enumerate(groups)),
        *(_section("Flaky: found once, and not when it was played again", map(_flaky, sheet.flaky)) if sheet.flaky else ()),
        *_kept(sheet.verified),
        *_missed(sheet.unverified),
    ]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{_in(f"{head} – {sheet.title}")}</title>
<link rel="icon" href="data:,">
<style>
{_style()}</style>
</head>
<body>
{"".join(parts)}
</main><footer>{_FOOT}</footer>
</body>
</html>
"""


@cache
def _style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def _in(text: str) -> str:
    """A text in the page, on one line."""
    return escape(one_line(text))


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _counts(sheet: Sheet) -> Iterator[str]:
    counts = Counter(each.label for each in sheet.rows)
    for label in _ORDER:
        if counts[label]:
            plural = "s" if counts[label] > 1 and label != ACCEPTED else ""
            yield f'<li class="{label}">{counts[label]} {label}{plural}</li>'
    for label, items in (("flaky", sheet.flaky), ("verified", sheet.verified), ("not verified", sheet.unverified)):
        if items:
            yield f'<li class="{_FINE if label == "verified" else label.replace(" ", "-")}">{len(items)} {label}</li>'
    if not sheet.rows and not sheet.verified:
        yield f'<li class="{_FINE}">no findings</li>'


def _groups(rows: Iterable[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    """Rows by how bad they are and by rule, the worst first, otherwise in the order in which they came."""
    found = dict[tuple[str, str], list[Row]]()
    for each in rows:
        found.setdefault((each.label, each.finding.rule), []).append(each)
    for label, rule in sorted(found, key=lambda each: _ORDER.index(each[0])):
        yield label, rule, found[label, rule]


def _contents(groups: list[tuple[str, str, list[Row]]]) -> str:
    rows = "".join(
        f'<tr><td><span class="badge {label}">{label}</span></td><td><a href="#f{number}"><code>{_in(rule)}</code></a></td>'
        f"<td>{len(rows)}</td></tr>"
        for number, (label, rule, rows) in enumerate(groups)
    )
    return f'<nav aria-label="Findings"><h2>Findings</h2>{_table(("how bad", "rule", "findings"), rows)}</nav>'


def _group(label: str, rule: str, rows: list[Row], anchor: str) -> str:
    head = f'<h3 id="{anchor}"><span class="badge {label}">{label}</span><code>{_in(rule)}</code></h3>'
    return f'<section class="group {label}">{head}<p>{_in(RULES[rule].sentence)}</p>{"".join(map(_row, rows))}</section>'


def _flaky(row: Row) -> str:
    return _group("flaky", row.finding.rule, [row], "")


def _row(row: Row) -> str:
    finding = row.finding
    facts = [
        *row.before,
        Fact("Where", finding.where or "(root)", is_literal=True),
        *(
            _SPOKEN[room](finding)
            if (room := finding.rule.partition("/")[0]) in _SPOKEN
            else _disagreement(finding, hint="" if row.after else finding.hint)
        ),
        *row.after,
        Fact("Accepted", row.accepted.because if row.accepted else ""),
    ]
    return f"<dl>{''.join(f'<dt>{_in(each.label)}</dt><dd>{_fact(each)}</dd>' for each in facts if each.text)}</dl>"


def _disagreement(finding: Finding, hint: str) -> Iterator[Fact]:
    wanted, came = sides(finding.rule)
    yield Fact(_upper(wanted), finding.expected)
    yield Fact(_upper(came), finding.got, is_literal=True)
    yield Fact("Source", finding.source)
    yield Fact("Hint", hint)


def _change(finding: Finding) -> Iterator[Fact]:
    yield Fact("Was", finding.expected, is_literal=True)
    yield Fact("Became" if finding.expected else "Change", finding.got, is_literal=True)
    yield Fact("Before, at", finding.source, is_literal=True)
    yield Fact("Shown by", finding.hint, is_literal=True)


def _page(finding: Finding) -> Iterator[Fact]:
    yield Fact("In the contract", finding.expected, is_literal=True)
    yield Fact("On the page" if finding.expected else "Found", finding.got, is_literal=True)
    yield Fact("Contract", finding.source)
    yield Fact("Hint", finding.hint)


#: How findings of two sides are told, by room.
_SPOKEN = {"diff": _change, "sources": _page}


def _fact(fact: Fact) -> str:
    if not isinstance(fact.text, str):
        listed = "\n".join(map(_in, fact.text))
        return f"<pre>{listed}</pre>"
    return f"<code>{_in(fact.text)}</code>" if fact.is_literal else _in(fact.text)


def _section(title: str, parts: Iterable[str]) -> Iterator[str]:
    yield f"<section><h2>{_in(title)}</h2>"
    yield from parts
    yield "</section>"


def _kept(items: tuple[Item, ...]) -> Iterator[str]:
    """What was tried and kept, a list for each place."""
    for where in dict.fromkeys(each.where for each in items):
        rules = [each.rule for each in items if each.where == where]
        listed = "".join(f"<li><code>{_in(each)}</code></li>" for each in rules)
        title = f"Verified: {len(rules)} {'rules' if len(rules) != 1 else 'rule'}" + (f" at {where}" if where else "")
        yield from _section(title, [f'<ul class="kept">{listed}</ul>'])


def _missed(items: tuple[Item, ...]) -> Iterator[str]:
    if items:
        rows = "".join(
            f"<tr><td><code>{_in(each.rule)}</code></td><td>{_in(each.where)}</td><td>{_in(each.why)}</td></tr>"
            for each in items
        )
        yield from _section("Not verified, so neither broken nor kept", [_table(("rule", "at", "because"), rows)])


def _table(columns: tuple[str, ...], rows: str) -> str:
    head = "".join(f'<th scope="col">{each}</th>' for each in columns)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
