"""The reference page: plain HTML from the reference, nothing loaded from elsewhere, no script.

Headings, landmarks, a link past the contents and native elements only: it reads and works by keyboard as any text does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from .reference import CallSheet, Model, Reference, Room, Row

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2026; --paper: #ffffff; --quiet: #59616e; --line: #d5dae1; --soft: #f3f5f8;
  --link: #0b57b0; --get: #0a6b3d; --change: #8a4b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --paper: #14171b; --quiet: #a2abb8; --line: #343b45;
  --soft: #1d2228; --link: #8cbcff; --get: #6fd3a0; --change: #f0b26b; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; color: var(--ink); background: var(--paper); font: 1rem/1.55 system-ui, sans-serif; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px;
  border-radius: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--paper); border: 1px solid var(--line); }
.page { display: grid; grid-template-columns: minmax(13rem, 19rem) minmax(0, 1fr); max-width: 80rem; margin: 0 auto; }
nav { padding: 1.5rem 1rem; font-size: .875rem; position: sticky; top: 0; align-self: start; max-height: 100vh;
  overflow: auto; }
nav ul { list-style: none; margin: 0 0 1rem; padding: 0; }
nav li a { display: block; padding: .15rem .25rem; text-decoration: none; overflow-wrap: anywhere; }
nav li a:hover { text-decoration: underline; }
nav p { font-weight: 600; margin: 0 0 .25rem; }
main { padding: 1.5rem; min-width: 0; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 2rem 0 .25rem; overflow-wrap: anywhere; }
h4 { font-size: .875rem; margin: 1rem 0 .25rem; color: var(--quiet); }
p { margin: .25rem 0 .5rem; max-width: 48rem; }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
pre { background: var(--soft); border: 1px solid var(--line); padding: .75rem; overflow: auto; margin: .5rem 0; }
.method { font-weight: 700; color: var(--change); }
.GET { color: var(--get); }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--quiet); }
@media (max-width: 50rem) { .page { display: block; } nav { position: static; max-height: none; } }
"""


def html(told: Reference, origin: str, version: str) -> str:
    """The whole page. `origin` is what the examples call."""
    models = {each.name for each in told.models}
    contents = "".join(_contents(each) for each in told.rooms)
    rooms = "".join(_room(each, origin, models) for each in told.rooms)
    shapes = "".join(_model(each, models) for each in told.models)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(told.title)}</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the reference</a>
<div class="page">
<nav aria-label="Contents">{contents}<p><a href="#shapes">shapes</a></p></nav>
<main id="main" tabindex="-1">
<h1>{escape(told.title)}</h1>
<p>modelslab-mock {escape(version)} at <code>{escape(origin)}</code> · <a href="/__mock/openapi.json">OpenAPI</a></p>
<p>{escape(told.sentence)}</p>
{rooms}
<h2 id="shapes">shapes</h2>
{shapes}
</main>
</div>
</body>
</html>
"""


def _contents(room: Room) -> str:
    items = "".join(
        f'<li><a href="#{escape(each.anchor)}">{_method(each)} <code>{escape(each.path.removeprefix("/__mock") or "/")}</code>'
        "</a></li>"
        for each in room.calls
    )
    return f'<p><a href="#{escape(room.name)}">{escape(room.name)}</a></p><ul>{items}</ul>'


def _room(room: Room, origin: str, models: set[str]) -> str:
    calls = "".join(_call(each, origin, models) for each in room.calls)
    head = f'<h2 id="{escape(room.name)}">{escape(room.name)}</h2><p>{escape(room.sentence)}</p>'
    return f'<section aria-labelledby="{escape(room.name)}">{head}{calls}</section>'


def _call(call: CallSheet, origin: str, models: set[str]) -> str:
    parts = [f'<h3 id="{escape(call.anchor)}">{_method(call)} <code>{escape(call.path)}</code></h3>']
    parts.append(f"<p>{escape(call.summary)}</p>")
    if call.parameters:
        parts.append(_table("parameter", call.parameters, models))
    if call.body:
        needed = "" if call.body_is_needed else " (may be left out)"
        parts.append(f"<p>Body: {_linked(call.body, models)}{needed}</p>")
    parts.append(f"<p>Answers with {_linked(call.answer, models)}.</p>")
    parts.append(f'<pre tabindex="0" role="group" aria-label="Example">{escape(curl(call, origin))}</pre>')
    return "".join(parts)


def curl(call: CallSheet, origin: str) -> str:
    """A call as somebody would try it in a shell."""
    method = "" if call.method == "GET" else f" -X {call.method}"
    body = f" -H 'content-type: application/json' -d '{call.example}'" if call.body else ""
    return f"curl{method} {origin}{call.address}{body}"


def _model(model: Model, models: set[str]) -> str:
    return f'<h3 id="{escape(model.name)}"><code>{escape(model.name)}</code></h3><p>{escape(model.sentence)}</p>' + _table(
        "field", model.rows, models
    )


def _table(what: str, rows: Iterable[Row], models: set[str]) -> str:
    rows = tuple(rows)
    if not rows:
        return ""
    body = "".join(
        f'<tr><th scope="row"><code>{escape(each.name)}</code></th><td>{_linked(each.form, models)}</td>'
        f"<td>{'yes' if each.needed else 'no'}</td><td>{_worded(each.sentence)}</td></tr>"
        for each in rows
    )
    head = f'<tr><th scope="col">{what}</th><th scope="col">value</th><th scope="col">needed</th><th scope="col">says</th></tr>'
    table = f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
    return f'<div class="table" tabindex="0" role="group" aria-label="Table">{table}</div>'


def _method(call: CallSheet) -> str:
    return f'<span class="method {call.method}">{call.method}</span>'


def _linked(form: str, models: set[str]) -> str:
    """A form with the names of models as links to them."""
    return re.sub(r"\w+", lambda word: f'<a href="#{word[0]}">{word[0]}</a>' if word[0] in models else word[0], escape(form))


def _worded(sentence: str) -> str:
    """A sentence with what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(sentence))
