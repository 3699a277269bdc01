#!/usr/bin/env python3
"""A small chat service for the examples, on 127.0.0.1: an HTTP API to poll, and a gateway that speaks JSON lines.

Prints one line once it listens: `API_URL=http://127.0.0.1:PORT GATEWAY_PORT=PORT`. Ends with its standard input.

API: GET /getUpdates?offset=N confirms the updates before N and waits up to a second for later ones, as Telegram does (with
&shard=M for each shard by itself); POST /sendMessage takes {"text": …}, and answers 400 to a text with "refused" in it.
Gateway: the bot sends {"op": "identify", "shard": N}; the service answers {"op": "hello", "interval_ms": 200} and sends
{"op": "message", "text": …}. The bot sends {"op": "heartbeat"} at each interval, and the service answers {"op": "ack"}.
For whoever tries the examples: POST /say TEXT sends an update to all, GET /sent lists the replies, POST /fail N answers 503
to the next N polls, POST /deafen N leaves shard N's connection open and silent, until it connects again.
"""

import http.server
import json
import socketserver
import sys
import threading
import urllib.parse

lock = threading.Condition()
updates, sent, gateways, deaf, confirmed = [], [], {}, set(), {}
failing = 0  # polls still to be answered with 503


class API(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        global failing
        url = urllib.parse.urlparse(self.path)
        if url.path == "/sent":
            return self.answer(sent)
        query = {name: int(values[0]) for name, values in urllib.parse.parse_qs(url.query).items()}
        shard = query.get("shard")
        with lock:
            if shard in deaf:
                deaf.remove(shard)
                lock.wait_for(lambda: False, 3600)
            offset = confirmed[shard] = max(confirmed.get(shard, 0), query.get("offset", 0))
            lock.wait_for(lambda: failing or len(updates) > offset, 1)
            if failing:
                failing -= 1
                return self.answer({"ok": False}, 503)
            self.answer({"ok": True, "result": updates[offset:]})

    def do_POST(self):
        global failing
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with lock:
            if self.path == "/say":
                updates.append({"update_id": len(updates), "text": body})
                for gateway in gateways.values():
                    gateway.tell({"op": "message", "text": body})
            elif self.path == "/deafen":
                deaf.add(int(body))
                if int(body) in gateways:
                    gateways[int(body)].is_deaf = True
            elif self.path == "/fail":
                failing = int(body)
            elif "refused" in (text := json.loads(body)["text"]):
                return self.answer({"ok": False}, 400)
            else:
                sent.append(text)
            lock.notify_all()
        self.answer({"ok": True})


class Gateway(socketserver.StreamRequestHandler):
    is_deaf = False

    def tell(self, value):
        if not self.is_deaf:
            self.wfile.write(json.dumps(value).encode() + b"\n")

    def handle(self):
        for line in self.rfile:
            message = json.loads(line)
            with lock:
                if message["op"] == "identify":
                    gateways[message["shard"]] = self
                    self.tell({"op": "hello", "interval_ms": 200})
                elif message["op"] == "heartbeat":
                    self.tell({"op": "ack"})
                else:
                    sent.append(message["text"])


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A bot that ends in the middle of an answer is no error of the service's."""


api = Server(("127.0.0.1", 0), API)
gateway = Server(("127.0.0.1", 0), Gateway)
for server in (api, gateway):
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"API_URL=http://127.0.0.1:{api.server_address[1]} GATEWAY_PORT={gateway.server_address[1]}", flush=True)
sys.stdin.read()
