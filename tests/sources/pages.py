"""A small contract, and the page that it was made from as four sites would show it. Nobody sells lanterns like this."""

from __future__ import annotations

from functools import cache
from typing import Any

from modelslab_contracts.contract import endpoint_of
from modelslab_contracts.document import Document, parse_yaml
from modelslab_contracts.endpoint import Endpoint

_CONTRACT = """\
openapi: 3.1.0
info: {title: Lanterns, version: "1"}
paths:
  /api/v1/lanterns/light:
    post:
      operationId: light
      x-mock: {source: "900 Request; made up", certainty: stated}
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Request'}}}
      responses:
        "200":
          description: An answer.
          x-mock: {source: "900 @ANSWERS@", certainty: stated}
          content: {application/json: {schema: {oneOf: [{$ref: '#/components/schemas/Success'}]}}}
          links: {fetch: {operationId: look}}
  /api/v1/lanterns/look/{id}:
    post:
      operationId: look
      requestBody:
        content: {application/json: {schema: {type: object, properties: {key: {type: string}}}}}
      responses:
        "200":
          description: An answer.
          content: {application/json: {schema: {oneOf: [{$ref: '#/components/schemas/Success'}]}}}
components:
  schemas:
    Request:
      type: object
      required: [key, prompt]
      properties:
        key: {type: string, x-mock: {source: "900 @PLACE@: key", certainty: stated}}
        prompt: {type: string, x-mock: {source: "900 @PLACE@: prompt", certainty: stated}}
        oil:
          type: integer
          minimum: 1
          maximum: 90
          default: 30
          x-mock: {assumed: [minimum], why: A lantern needs some., source: "900 @PLACE@: oil", certainty: stated}
        glass: {type: string, enum: [clear, red_warm], x-mock: {source: "900 @PLACE@: glass (two of them)", certainty: stated}}
        wind:
          type: [string, "null"]
          x-mock: {source: "900 @PLACE@: wind; 900 parameter wind", certainty: stated}
        wick: {type: string, enum: [Flat, Round], x-mock: {source: "900 Wicks", certainty: stated}}
        smoke: {type: boolean, x-mock: {source: "900 PYTHON sample: smoke", certainty: example}}
    Success:
      type: object
      required: [status, id]
      properties:
        status: {const: success, x-mock: {source: "900 @SUCCESS@", certainty: example}}
        id: {type: integer, x-mock: {from: job.id, source: "900 @SUCCESS@", certainty: example}}
        hint: {type: string, default: Mind the wind., x-mock: {source: "900 Response Success", certainty: example}}
        meta:
          type: object
          x-mock: {source: "900 Response Success", certainty: example}
          properties:
            oil: {type: integer, x-mock: {from: order.oil, source: "900 Response Success: meta.oil", certainty: example}}
"""

ELEMENTS = """\
# Light a lantern

```bash
curl --request POST 'https://lanterns.example/api/v1/lanterns/light'
```

## Wicks

* Flat
* Round

## Body Attributes

<ParamField path="key" type="string" required>
  Your key.
</ParamField>

<ParamField body="prompt" type="string" required>What the light should be **like**.</ParamField>

<ParamField path="oil" type="integer" max="90" default="30">
  How much oil. It lasts an hour for each 10.
</ParamField>

<ParamField path="glass" type="string" enum="[&#x22;clear&#x22;,&#x22;red_warm&#x22;]">
  Which glass: clear or red\\_warm.
</ParamField>

<ParamField path="wind" type="string">
  Where the wind comes from. Pass null for none.
</ParamField>

<ParamField path="wick" type="string">See [Wicks](#wicks).</ParamField>

## Body

```python
requests.post(url, json={
    "key": "any",
    "prompt": "a steady light",
    "oil": 40,
    "smoke": True,
    "wind": None,
})
```

## Response

```json
{"status": "success", "id": 7, "hint": "Mind the wind.", "meta": {"oil": 40}}
```
"""

TABLE = ELEMENTS[: ELEMENTS.index("<ParamField")] + """\
| Parameter | Description | Type |
| --- | --- | --- |
| **key** | Your key. | string |
| **prompt** | What the light should be like. | string |
| **oil** | How much oil. It lasts an hour for each 10\\. | integer |
| **glass** | Which glass: clear or red\\_warm. | string |
| **wind** | Where the wind comes from. Pass *null* for none. | string |
| **wick** | See [Wicks](#wicks). | string |

""" + ELEMENTS[ELEMENTS.index("## Body\n") :]  # fmt: skip

HTML = """\
<!DOCTYPE html>
<html><head><title>Light a lantern</title><style>h1 {color: red}</style></head>
<body><h1>Light a lantern</h1>
<p>Send a <code>POST</code> to
https://lanterns.example/api/v1/lanterns/light</p>
<script>var parameters = {"key": 1, "prompt": 2, "nonsense": 3};</script>
<h2>Wicks</h2><ul><li>Flat</li><li>Round</li></ul>
<h2>Body Attributes</h2>
<table><thead><tr><th>Parameter</th><th>Description</th><th>Type</th></tr></thead><tbody>
<tr><td><b>key</b></td><td>Your key.</td><td>string</td></tr>
<tr><td>prompt</td><td>What the light should be <b>like</b>.</td><td>string</td></tr>
<tr><td>oil</td><td>How much oil. It lasts an hour for each 10.</td><td>integer</td></tr>
<tr><td>glass</td><td>Which glass: clear or red_warm.</td><td>string</td></tr>
<tr><td>wind</td><td>Where the wind comes from.<br>Pass null for none.</td><td>string</td></tr>
<tr><td>wick</td><td>See <a href="#wicks">Wicks</a>.</td><td>string</td></tr>
</tbody></table>
<pre><code>json={
    &quot;key&quot;: &quot;any&quot;,
    <span>&quot;prompt&quot;</span>: &quot;a steady light&quot;,
    &quot;oil&quot;: 40,
    &quot;smoke&quot;: True
}</code></pre>
<pre>{"status": "success", "id": 7, "hint": "Mind the wind.", "meta": {"oil": 40}}</pre>
</body></html>
"""

OPENAPI = (
    ELEMENTS[: ELEMENTS.index("## Body Attributes")]
    + ELEMENTS[ELEMENTS.index("## Body\n") :]
    + """
## OpenAPI

````yaml POST /lanterns/light
openapi: 3.1.0
info: {title: Lanterns, version: "1"}
servers:
  - url: https://lanterns.example/api/v1
paths:
  /lanterns/light:
    post:
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Order'}
      responses:
        '200': {description: An answer.}
components:
  schemas:
    Order:
      allOf: [{$ref: '#/components/schemas/Common'}]
      required: [key, prompt]
    Common:
      properties:
        key: {type: string, description: Your key.}
        prompt: {type: string, description: What the light should be like.}
        oil:
          type: integer
          maximum: 90
          default: 30
          description: >-
            How much oil. It lasts an
            hour for each 10.
        glass: {type: string, enum: [clear, red_warm], description: "Which glass: clear or red_warm."}
        wind: {oneOf: [{type: string}, {type: 'null'}], description: Where the wind comes from. Pass null for none.}
        wick: {type: string, description: See Wicks.}
        smoke: {type: boolean, description: Whether it smokes.}
    Lit:
      properties:
        status: {type: string, enum: [success]}
        id: {type: integer}
````
"""
)

PAGES = {"elements": ELEMENTS, "table": TABLE, "html": HTML, "openapi": OPENAPI}


@cache
def lanterns(kind: str) -> Endpoint:
    """The contract, citing places as they are called on one of the pages."""
    is_block = kind == "openapi"
    words = {
        "PLACE": "OpenAPI Common" if is_block else "Body Attributes",
        "ANSWERS": "OpenAPI responses 200" if is_block else "Response: Success",
        "SUCCESS": "OpenAPI Lit" if is_block else "Response Success",
    }
    text = _CONTRACT
    for word, place in words.items():
        text = text.replace(f"@{word}@", place)
    if kind in ("table", "html"):  # whose words say less than an element does
        text = text.replace("assumed: [minimum]", "assumed: [minimum, maximum, default]")
    root: Any = parse_yaml(text.encode(), "lanterns.yaml")
    return endpoint_of(Document("lanterns", "lanterns.yaml", text.encode(), root))
