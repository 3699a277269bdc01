// A polling bot that answers /health itself and tells the launcher its port by sd_notify.
const { execFile } = require("node:child_process");
const http = require("node:http");

const api = process.env.API_URL ?? "http://127.0.0.1:8080";
let lastPoll = Date.now();

// Node has no datagram sockets for paths: systemd-notify(1) sends the texts (Debian: systemd, Alpine: systemd-utils).
function notify(...texts) {
  if (process.env.NOTIFY_SOCKET) execFile("systemd-notify", texts, () => {});
}

const server = http.createServer((request, response) => {
  const age = (Date.now() - lastPoll) / 1000;
  response.writeHead(age < 60 ? 200 : 503, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ status: age < 60 ? "healthy" : "unhealthy", last_update_ago: age }));
});

async function ask(path, message) {
  const options = message ? { method: "POST", body: JSON.stringify(message) } : {};
  const answer = await fetch(api + path, { ...options, signal: AbortSignal.timeout(40_000) });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.json();
}

async function run() {
  for (let offset = 0; ; lastPoll = Date.now()) {
    for (const update of (await ask(`/getUpdates?offset=${offset}`)).result) {
      offset = update.update_id + 1;
      if (update.text === "hang") for (;;); // a mistake that stops the event loop, and so /health
      await ask("/sendMessage", { text: `you said ${update.text}` });
    }
  }
}

process.on("SIGTERM", () => process.exit(0)); // asked to stop: 0, not 143
server.listen(0, "localhost", () => {
  notify("--ready", "--status=polling", `X_KEEPALIVE_PORT=${server.address().port}`);
  run(); // an error ends the process; the launcher restarts it after the backoff delay
});
