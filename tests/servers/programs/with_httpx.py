"""A client as people write it."""

import sys

import httpx

order = {"key": "k", "prompt": "a fox", "width": 64, "height": 64}
with httpx.Client(base_url="https://www.modelslab.com", timeout=20) as client, open(sys.argv[1], "wb") as file:
    answer = client.post("/api/v6/realtime/text2img", json=order).json()
    file.write(client.get(answer["output"][0]).content)
