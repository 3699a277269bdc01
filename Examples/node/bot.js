// A polling bot that answers /health itself and reports its port to the launcher by sd_notify.
const { execFile } = require("node:child_process");
const http = require("node:http");

const api = process.env.API_URL ?? "http://127.0.0.1:8080";
let lastTurn = Date.now(), outage = null; // a turn of the loop, also a failed one: a restart ends no outage

// Node has no datagram sockets for paths: systemd-notify(1) sends the texts (Debian: systemd, Alpine: systemd-utils).
const notify = (...texts) => process.env.NOTIFY_SOCKET && execFile("systemd-notify", texts, () => {});

const server = http.createServer((request, response) => {
  const age = (Date.now() - lastTurn) / 1000;
  const status = age >= 60 ? "unhealthy" : outage ? "degraded" : "healthy";
  response.writeHead(age < 60 ? 200 : 503, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ status, last_turn_ago: age, outage }));
});

const isOutage = ({ status }) => status === 401 || status === 429 || status >= 500; // not the fault of one message

async function ask(path, message) {
  const options = message ? { method: "POST", body: JSON.stringify(message) } : {};
  const answer = await fetch(api + path, { ...options, signal: AbortSignal.timeout(40_000) })
    .catch((error) => ({ status: 503, statusText: error.cause?.message ?? error.message })); // the network
  if (!answer.ok) throw Object.assign(new Error(`${answer.status} ${answer.statusText}`), { status: answer.status });
  return answer.json();
}

async function reply(update) {
  try {
    while (update.text === "hang"); // a mistake that stops the event loop, and so /health
    await ask("/sendMessage", { text: `you said ${update.text}` });
  } catch (error) {
    if (isOutage(error)) throw error;
    console.log(`update ${update.update_id}: no reply, ${error.message}; going on with the next`);
  }
}

async function run() {
  for (let offset = 0; ; lastTurn = Date.now()) {
    try {
      for (const update of (await ask(`/getUpdates?offset=${offset}`)).result) {
        await reply(update);
        offset = update.update_id + 1; // the next poll confirms it
        lastTurn = Date.now();
      }
      outage = null;
    } catch (error) { // an outage: wait here, because an exit 1 counts as a failure
      if (error.status === 401) process.exit(78); // a wrong token: no restart helps
      console.log(`no answer: ${(outage = error.message)}; next poll in 2 s`);
      await new Promise((done) => setTimeout(done, 2000));
    }
  }
}

process.on("SIGTERM", () => process.exit(0)); // asked to stop: 0, not 143
server.listen(0, "localhost", () => {
  notify("--ready", "--status=polling", `X_KEEPALIVE_PORT=${server.address().port}`);
  run();
});
