// Calls sample.cjs for the kit.
const generate = require("./sample.cjs");
const say = (told) => process.stdout.write(JSON.stringify(told) + "\n");

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { op, seq, base_url, key, request } = JSON.parse(line);
  if (op === "hello") say({ op, v: 1, name: "sample.cjs", caps: { virtual_time: "tied" } });
  if (op === "bye") process.exit();
  if (op === "call") {
    generate(base_url, key, request, (error, images) => {
      if (error) say({ op: "result", seq, kind: "error", message: error.message, class: error.constructor.name });
      else say({ op: "result", seq, kind: "images", images });
    });
  }
});
