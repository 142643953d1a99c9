// A client as people write it: Node's fetch looks at no proxy variable.
import { writeFile } from "node:fs/promises";

const reply = await fetch("https://modelslab.com/api/v6/realtime/text2img", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ key: "k", prompt: "a fox", width: 64, height: 64 }),
});
const picture = await fetch((await reply.json()).output[0]);
await writeFile(process.argv[2], Buffer.from(await picture.arrayBuffer()));
