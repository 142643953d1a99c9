"""The same short traffic as several recorders write it: an order, a poll, and a picture, all with the same key."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

KEY = "sk-Very/Secret+Key=2026"
HOST = "https://modelslab.com"
SUBMIT, FETCH = "/api/v6/realtime/text2img", "/api/v6/realtime/fetch/4711"
ORDER = json.dumps({"key": KEY, "prompt": "a fox — ein Fuchs"}, ensure_ascii=False)
PROCESSING = json.dumps(
    {
        "status": "processing", "eta": 2.5, "message": "Try to fetch request after seconds estimated",
        "fetch_result": HOST + FETCH, "id": 4711, "output": [], "echo": KEY,
    },
    ensure_ascii=False,
)  # fmt: skip
DONE = json.dumps({"status": "success", "id": 4711, "output": ["https://cdn.example/generations/0.png"]})
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
FORM_TYPE = "application/x-www-form-urlencoded"
FORM = "key=sk-Very%2FSecret%2BKey%3D2026&prompt=a+fox"


def har() -> dict[str, Any]:
    """As a browser writes it: pairs, ISO times, a query, a body that is base64."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "WebInspector", "version": "537.36"},
            "entries": [
                _entry("POST", SUBMIT, 200, PROCESSING, {"mimeType": "application/json", "text": ORDER}),
                _entry("POST", f"{FETCH}?key={KEY}", 200, DONE, {"mimeType": FORM_TYPE, "text": FORM}),
                _entry("GET", "/generations/0.png", 200, PICTURE, None),
            ],
        }
    }


def _entry(method: str, path: str, status: int, body: str | bytes, sent: Any) -> dict[str, Any]:
    kind = "image/png" if isinstance(body, bytes) else "application/json"
    headers = [{"name": ":authority", "value": "modelslab.com"}, {"name": "Authorization", "value": f"Bearer {KEY}"}]
    if sent:
        headers.append({"name": "Content-Type", "value": sent["mimeType"]})
    text = {"text": base64.b64encode(body).decode(), "encoding": "base64"} if isinstance(body, bytes) else {"text": body}
    return {
        "startedDateTime": "2026-01-02T03:04:05.250Z",
        "time": 12.5,
        "request": {
            "method": method, "url": HOST + path, "httpVersion": "http/2.0", "cookies": [], "headers": headers,
            "queryString": [], "headersSize": -1, "bodySize": -1, **({"postData": sent} if sent else {}),
        },
        "response": {
            "status": status, "statusText": "", "httpVersion": "http/2.0", "cookies": [], "redirectURL": "", "headersSize": -1,
            "headers": [{"name": "Content-Type", "value": kind}, {"name": "Set-Cookie", "value": "session=C00kie-one"}],
            "content": {"size": len(body), "mimeType": kind, **text}, "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": 1, "receive": 0},
    }  # fmt: skip


RUBY = f"""\
---
http_interactions:
- request:
    method: post
    uri: {HOST}{SUBMIT}
    body:
      encoding: UTF-8
      string: '{ORDER}'
    headers:
      Content-Type:
      - application/json
      Authorization:
      - Bearer {KEY}
  response:
    status:
      code: 200
      message: OK
    headers:
      Content-Type:
      - application/json
      Set-Cookie:
      - session=C00kie-one
      - other=C00kie-two
    body:
      encoding: ASCII-8BIT
      base64_string: |
        {base64.encodebytes(PROCESSING.encode()).decode().replace(chr(10), chr(10) + "        ").rstrip()}
    http_version: '1.1'
  recorded_at: Fri, 02 Jan 2026 03:04:05 GMT
- request:
    method: post
    uri: {HOST}{FETCH}?key={KEY}
    body:
      encoding: US-ASCII
      string: {FORM}
    headers:
      Content-Type:
      - application/x-www-form-urlencoded
  response:
    status:
      code: 200
      message:
    headers:
      Content-Type: application/json
    body:
      encoding: UTF-8
      string: '{DONE}'
    http_version:
  recorded_at: Fri, 02 Jan 2026 03:04:08 GMT
- request:
    method: get
    uri: {HOST}/generations/0.png
    body:
      encoding: US-ASCII
      string: ''
    headers: {{}}
  response:
    status:
      code: 200
      message: OK
    headers:
      Content-Type:
      - image/png
    body:
      encoding: ASCII-8BIT
      string: !binary |-
        {base64.b64encode(PICTURE).decode()}
    http_version:
  recorded_at: Fri, 02 Jan 2026 03:04:09 GMT
recorded_with: VCR 6.2.0
"""


def vcrpy() -> Mapping[str, list[Any]]:
    """What vcrpy's own serializers are handed: requests and responses; the first answer came compressed."""
    from vcr.request import Request

    plain = {"Content-Type": ["application/json"]}
    requests = [
        Request("POST", HOST + SUBMIT, ORDER.encode(), {"Content-Type": "application/json", "key": KEY}),
        Request("POST", f"{HOST}{FETCH}?key={KEY}", FORM, {"Content-Type": "application/x-www-form-urlencoded"}),
        Request("GET", f"{HOST}/generations/0.png", None, {"Accept": "*/*"}),
    ]
    folded = {**plain, "Content-Encoding": ["gzip"], "Date": ["Fri, 02 Jan 2026 03:04:05 GMT"]}
    responses = [
        {"status": {"code": 200, "message": "OK"}, "headers": folded, "body": {"string": gzip.compress(PROCESSING.encode())}},
        {"status": {"code": 200, "message": "OK"}, "headers": plain, "body": {"string": DONE.encode()}},
        {"status": {"code": 200, "message": "OK"}, "headers": {"Content-Type": ["image/png"]}, "body": {"string": PICTURE}},
    ]
    return {"requests": requests, "responses": responses}
