"""A client as people write it: the vendor's host is written into it."""

import json
import sys
import urllib.request

order = {"key": "k", "prompt": "a fox", "width": 64, "height": 64}
request = urllib.request.Request(
    "https://modelslab.com/api/v6/realtime/text2img", json.dumps(order).encode(), {"Content-Type": "application/json"}
)
with urllib.request.urlopen(request) as reply:
    link = json.load(reply)["output"][0]
with urllib.request.urlopen(link) as reply, open(sys.argv[1], "wb") as file:
    file.write(reply.read())
