// A small client: submit, wait for the eta, fetch until the job ends, and say what the server said.
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const PASSING = [408, 425, 429, 500, 502, 503, 504, 524];

export class ModelsLabError extends Error {}

async function ask(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    redirect: "manual", // a redirect must not take the key elsewhere
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  let told;
  try {
    told = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw Object.assign(new ModelsLabError(`HTTP ${answer.status}: no JSON`), { passes: answer.status === 200 || answer.status >= 500 });
  }
  if (answer.status === 200) return told;
  const passes = PASSING.includes(answer.status);
  const wait = Number(answer.headers.get("retry-after") ?? told.retry_after) || 0;
  throw Object.assign(new ModelsLabError(`HTTP ${answer.status}: ${told.message ?? told.messege ?? text}`), { passes, wait });
}

const pictures = (output) => (typeof output === "string" ? [output] : Object.values(output ?? {}));
const seconds = (eta) => Math.min(Math.max(Number(eta) || 0, 0), 120);

export async function generate(baseUrl, key, request) {
  const deadline = Date.now() + 120_000;
  let told = await ask(`${baseUrl}/api/v6/images/text2img`, { key, ...request });
  let url = (told.fetch_result ?? "").startsWith(`${baseUrl}/`) ? told.fetch_result : `${baseUrl}/api/v6/images/fetch/${told.id}`;
  let wait = Math.max(1, seconds(told.eta));
  for (let bad = 0; told.status === "processing" || !["success", "failed", "error"].includes(told.status); ) {
    if (Date.now() > deadline) throw Object.assign(new ModelsLabError("the job did not end in time"), { name: "TimeoutError" });
    await sleep(wait * 1000);
    try {
      told = await ask(url, { key });
      bad = 0;
      if ((told.fetch_result ?? "").startsWith(`${baseUrl}/`)) url = told.fetch_result;
      wait = Math.max(3, seconds(told.eta));
    } catch (problem) {
      if ((problem instanceof ModelsLabError && !problem.passes) || ++bad > 5) throw problem;
      wait = Math.max(3, problem.wait ?? 0);
    }
  }
  if (told.status === "success") return pictures(told.output);
  const says = told.message ?? told.messege ?? "no reason given";
  throw new ModelsLabError(typeof says === "string" ? says : JSON.stringify(says));
}
