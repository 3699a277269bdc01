"""The Bot API as far as the casino-bot needs it: long polls, updates that stay until they are confirmed, a token that is
checked, and an outage on request. It listens on 127.0.0.1 and lives in the process of the steps."""
import http.server, json, threading, time

TOKEN = "123456789:AAaaBBbbCCccDDddEEeeFFffGGggHHhhIIi"


class Telegram:
    def __init__(self):
        self.change, self.waiting, self.number = threading.Condition(), {}, 1000
        self.sent, self.tokens, self.polls, self.down = [], set(), 0, False
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                token, method = self.path.removeprefix("/bot").rsplit("/", 1)
                status, result = fake.answer(token, method, json.loads(text or b"{}"))
                body = json.dumps(dict(ok=status == 200, error_code=status, description=str(result), result=result)).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a bot that was killed in the middle of a poll

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def say(self, text):
        """A person of their own writes `text`; their chat's number."""
        with self.change:
            self.number += 1
            person = {"id": self.number, "first_name": "P", "is_bot": False}
            self.waiting[self.number] = {"update_id": self.number, "message": {
                "message_id": self.number, "date": int(time.time()), "text": text, "from": person,
                "chat": {"id": self.number, "type": "private", "first_name": "P"}}}
            self.change.notify_all()
            return self.number

    def replies(self, chat):
        return [values.get("text", "") for values in self.sent if values.get("chat_id") == chat]

    def answer(self, token, method, values):
        self.tokens.add(token)
        if self.down:
            return 502, "Bad Gateway"
        if token != TOKEN:
            return 401, "Unauthorized"
        if method == "getMe":
            return 200, {"id": 123456789, "is_bot": True, "first_name": "F", "username": "f_bot"}
        if method == "getWebhookInfo":
            return 200, {"url": "", "has_custom_certificate": False, "pending_update_count": len(self.waiting)}
        if method == "getUpdates":
            return self.poll(int(values.get("offset") or 0), float(values.get("timeout") or 0))
        if method == "sendMessage":
            self.sent.append(values)
            return 200, {"message_id": len(self.sent), "date": int(time.time()), "chat": {"id": values["chat_id"], "type": "private"}}
        return 200, True

    def poll(self, offset, seconds):
        """The newest poll wins, as at Telegram: an older one gets 409."""
        with self.change:
            self.polls += 1
            own, end = self.polls, time.monotonic() + min(seconds, 5)
            self.change.notify_all()
            for number in [number for number in self.waiting if number < offset]:
                del self.waiting[number]
            self.change.wait_for(lambda: self.waiting or self.polls != own or self.down, max(0, end - time.monotonic()))
            if self.polls != own:
                return 409, "Conflict: terminated by other getUpdates request"
            return 200, list(self.waiting.values())
