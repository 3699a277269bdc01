"""A fake Telegram: long polls, and updates that stay until they are confirmed."""
import collections, http.server, json, threading, time, urllib.parse

from clock import now


class Telegram:
    """The Bot API as far as the bot needs it: one long poll at a time, and updates that stay until they are confirmed."""

    def __init__(self):
        self.condition, self.queue, self.next, self.poll, self.replies = threading.Condition(), {}, 1000, 0, collections.Counter()
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                url = urllib.parse.urlsplit(self.path)
                values, method = dict(urllib.parse.parse_qsl(url.query)), url.path.split("/")[-1]
                try:
                    values.update(json.loads(body) if body[:1] == b"{" else urllib.parse.parse_qsl(body.decode()))
                except ValueError:
                    pass
                status, answer = fake.answer(method, values)
                out = json.dumps(answer).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(out)))
                    self.end_headers()
                    self.wfile.write(out)
                except OSError:
                    pass

            do_GET = do_POST

        server = type("Server", (http.server.ThreadingHTTPServer,), dict(daemon_threads=True, request_queue_size=64, handle_error=lambda *_: None))
        self.server = server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def say(self, text):
        """A user writes; returns the update's id."""
        with self.condition:
            number, self.next = self.next, self.next + 1
            # As many that no chat gets more than a message a second, which is what Telegram allows.
            person = {"id": 100 + number % 50, "first_name": "P"}
            self.queue[number] = {"update_id": number, "message": {
                "message_id": number, "date": int(time.time()), "text": text, "from": dict(person, is_bot=False),
                "chat": dict(person, type="private")}}
            self.condition.notify_all()
            return number

    def answer(self, method, values):
        if method == "getMe":
            return 200, {"ok": True, "result": {"id": 123456789, "is_bot": True, "first_name": "F", "username": "f_bot"}}
        if method == "getWebhookInfo":
            return 200, {"ok": True, "result": {"url": "", "has_custom_certificate": False, "pending_update_count": 0}}
        if method == "getUpdates":
            with self.condition:
                self.poll += 1
                own, offset = self.poll, int(values.get("offset") or 0)
                self.condition.notify_all()
                for number in [number for number in self.queue if number < offset]:
                    del self.queue[number]
                end = now() + min(float(values.get("timeout") or 0), 20)
                while now() < end and self.poll == own and not self.queue:
                    self.condition.wait(max(0.01, end - now()))
                if self.poll != own:
                    return 409, {"ok": False, "error_code": 409, "description": "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}
                return 200, {"ok": True, "result": list(self.queue.values())[:20]}
        if method.startswith("send"):
            with self.condition:
                number = sum(self.replies.values()) + 1
                self.replies[json.dumps(values.get("chat_id"))] += 1
            return 200, {"ok": True, "result": {"message_id": number, "date": int(time.time()), "chat": {"id": 1, "type": "private"}, "text": "x"}}
        return 200, {"ok": True, "result": True}
