"""A client as people write it: aiohttp looks at no proxy variable."""

import asyncio
import sys

import aiohttp


async def main() -> bytes:
    order = {"key": "k", "prompt": "a fox", "width": 64, "height": 64}
    async with aiohttp.ClientSession() as session:
        async with session.post("https://modelslab.com/api/v6/realtime/text2img", json=order) as reply:
            answer = await reply.json()
        async with session.get(answer["output"][0]) as reply:
            return await reply.read()


with open(sys.argv[1], "wb") as file:
    file.write(asyncio.run(main()))
