"""An adapter for the careful client and for each liar of tests/liars: zoo_adapter.py NAME ENDPOINT."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.liars.careful import Careful
from tests.liars.zoo import ZOO

from modelslab_contracts.contract import endpoints

name, endpoint = sys.argv[1:]
CLIENTS: list[type[Careful]] = [Careful, *ZOO]
client = {each.__name__: each for each in CLIENTS}[name](endpoints()[endpoint])


def say(**told: object) -> None:
    print(json.dumps(told), flush=True)


for line in sys.stdin:
    told = json.loads(line)
    if told["op"] == "hello":
        caps = {"virtual_time": "tied", "exact_integers": True}
        say(op="hello", v=1, name=name, language=f"python {sys.version_info[0]}.{sys.version_info[1]}", caps=caps)
    elif told["op"] == "call":
        try:
            images = client(told["base_url"], told["key"], told["request"])
            say(op="result", seq=told["seq"], kind="images", images=images)
        except Exception as problem:  # noqa: BLE001 # whatever a client raises
            kind = "timeout" if "Timeout" in type(problem).__name__ else "error"
            say(op="result", seq=told["seq"], kind=kind, message=f"{problem}", **{"class": type(problem).__name__})
    else:
        break
