// Calls client.mjs for modelslab-mock check-client --adapter "node adapter.mjs"
import { createInterface } from "node:readline";
import { generate } from "./client.mjs";

const say = (told) => process.stdout.write(JSON.stringify(told) + "\n");

for await (const line of createInterface({ input: process.stdin })) {
  const { op, seq, base_url, key, request } = JSON.parse(line);
  if (op === "hello") {
    say({ op, v: 1, name: "client.mjs", language: `node ${process.version}`, caps: { virtual_time: "tied" } });
  } else if (op === "call") {
    try {
      say({ op: "result", seq, kind: "images", images: await generate(base_url, key, request) });
    } catch (problem) {
      const message = problem.message + (problem.cause ? `: ${problem.cause.message}` : "");
      const type = problem.constructor.name === "Error" ? problem.name : problem.constructor.name;
      say({ op: "result", seq, kind: problem.name === "TimeoutError" ? "timeout" : "error", message, class: type });
    }
  } else break; // bye
}
