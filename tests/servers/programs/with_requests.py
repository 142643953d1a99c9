"""A client as people write it, whose session was built before anything else happened."""

import sys

import requests

SESSION = requests.Session()

order = {"key": "k", "prompt": "a fox", "width": 64, "height": 64, "model_id": "flux"}
answer = SESSION.post("https://stablediffusionapi.com/api/v3/text2img", json=order, timeout=20).json()
with open(sys.argv[1], "wb") as file:
    file.write(SESSION.get(answer["output"][0], timeout=20).content)
