// A client as people write it, with a keep-alive agent of its own.
const fs = require("fs");
const https = require("https");

const agent = new https.Agent({ keepAlive: true });
const body = JSON.stringify({ key: "k", prompt: "a fox", width: 64, height: 64 });
const headers = { "Content-Type": "application/json", "Content-Length": body.length };
const options = { hostname: "modelslab.com", path: "/api/v6/realtime/text2img", method: "POST", headers, agent };

function read(reply, done) {
  const chunks = [];
  reply.on("data", (chunk) => chunks.push(chunk));
  reply.on("end", () => done(Buffer.concat(chunks)));
}

https
  .request(options, (reply) =>
    read(reply, (text) =>
      https.get(JSON.parse(text).output[0], { agent }, (picture) =>
        read(picture, (bytes) => {
          fs.writeFileSync(process.argv[2], bytes);
          agent.destroy();
        }),
      ),
    ),
  )
  .end(body);
