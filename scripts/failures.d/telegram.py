"""A Telegram that fails as the real one can: the Bot API over HTTP on 127.0.0.1, and a receiver of alerts."""
import collections, http.server, json, socket, ssl, struct, threading, time, urllib.parse

CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


class Telegram:
    """One long poll at a time, and updates that stay until they are confirmed.

    `mode` is how it answers: ok, conflict, webhook, unauthorized, limited (429), broken (502), garbage (a page instead
    of JSON), silent (never), slow (after `delay`), empty (polls get nothing though updates wait), hangup (closes).
    `alerts` has (time, JSON) of each POST to /alert, which `refuses` answers with that status."""

    def __init__(self, certificate=None):
        self.changed, self.mode, self.delay, self.retry_after, self.refuses = threading.Condition(), "ok", 2, 3, None
        self.queue, self.next, self.poll, self.sent, self.alerts, self.calls = {}, 1000, 0, [], [], collections.Counter()
        self.certificate, self.open, self.polls = certificate, set(), []
        self.server, self.port = None, 0
        self.listen()

    def listen(self):
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, timeout = "HTTP/1.1", 120

            def log_message(self, *_):
                pass

            def handle(self):
                fake.open.add(self.connection)
                try:
                    super().handle()
                except OSError:
                    pass
                finally:
                    fake.open.discard(self.connection)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                answer = fake.answer(self, urllib.parse.urlsplit(self.path), body)
                if answer is None:
                    self.close_connection = True
                    return
                status, out = answer
                out = out if isinstance(out, bytes) else json.dumps(out).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            do_GET = do_HEAD = do_POST

        kind = type("Server", (http.server.ThreadingHTTPServer,), dict(
            daemon_threads=True, request_queue_size=64, allow_reuse_address=True, handle_error=lambda *_: None))
        self.server = kind(("127.0.0.1", self.port), Handler)
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        """Nobody listens any more, and every connection is reset."""
        server, self.server = self.server, None
        if server:
            server.shutdown()
            server.server_close()
        self.reset()

    def reset(self):
        for connection in list(self.open):
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def be(self, mode):
        with self.changed:
            self.mode = mode
            self.changed.notify_all()

    def say(self, text="/dice 5", person=None):
        """A player writes; returns the chat."""
        with self.changed:
            number, self.next = self.next, self.next + 1
            chat = person or 100 + number
            who = {"id": chat, "first_name": "P"}
            self.queue[number] = {"update_id": number, "message": {
                "message_id": number, "date": int(time.time()), "text": text, "from": dict(who, is_bot=False),
                "chat": dict(who, type="private")}}
            self.changed.notify_all()
            return chat

    def answered(self, chat):
        """When the chat got a reply; None if it has none."""
        return next((at for at, to in list(self.sent) if to == chat), None)

    def fail(self, status, words, **more):
        return status, {"ok": False, "error_code": status, "description": words, **more}

    def answer(self, handler, url, body):
        values = dict(urllib.parse.parse_qsl(url.query))
        try:
            values.update(json.loads(body) if body[:1] == b"{" else urllib.parse.parse_qsl(body.decode()))
        except ValueError:
            pass
        if url.path.startswith("/alert"):
            with self.changed:
                self.alerts.append((time.monotonic(), values, self.refuses or 200, handler.headers.get("Idempotency-Key")))
                self.changed.notify_all()
            return self.refuses or 200, {}
        method, mode = url.path.split("/")[-1], self.mode
        with self.changed:
            self.calls[method] += 1
        if mode == "slow":
            time.sleep(self.delay)
        if (trouble := self.trouble(mode)) is not True:
            return trouble
        result = True
        if method == "getMe":
            result = {"id": 123456789, "is_bot": True, "first_name": "F", "username": "f_bot"}
        elif method == "getWebhookInfo":
            hook = "https://other.example/hook" if mode == "webhook" else ""
            result = {"url": hook, "has_custom_certificate": False, "pending_update_count": len(self.queue)}
        elif method == "getUpdates":
            return self.updates(values, mode)
        elif method.startswith("send"):
            with self.changed:
                chat = values.get("chat_id")
                self.sent.append((time.monotonic(), int(chat)))
                result = {"message_id": len(self.sent), "date": int(time.time()), "chat": {"id": chat, "type": "private"}, "text": "x"}
                self.changed.notify_all()
        return 200, {"ok": True, "result": result}

    def trouble(self, mode):
        """What this mode answers to every call; None closes the connection, True is no trouble."""
        if mode == "silent":
            with self.changed:
                self.changed.wait_for(lambda: self.mode != "silent", 600)
            return None
        if mode == "hangup":
            return None
        if mode == "unauthorized":
            return self.fail(401, "Unauthorized")
        if mode == "limited":
            words = f"Too Many Requests: retry after {self.retry_after}"
            return self.fail(429, words, parameters={"retry_after": self.retry_after})
        if mode == "rejects":
            return self.fail(400, "Bad Request: staged")
        if mode == "broken":
            return self.fail(502, "Bad Gateway")
        if mode == "garbage":
            return 200, b"<html><body>Please log in to this network</body></html>"
        return True

    def conflict(self, mode):
        """Why getUpdates is refused; None if it is not."""
        words = {"conflict": CONFLICT, "webhook": HOOKED}.get(mode)
        return self.fail(409, words) if words else None

    def updates(self, values, mode):
        if refused := self.conflict(mode):
            time.sleep(0.05)
            return refused
        with self.changed:
            self.poll += 1
            own, offset = self.poll, int(values.get("offset") or 0)
            self.polls.append(time.monotonic())
            self.changed.notify_all()
            for number in [number for number in self.queue if number < offset]:
                del self.queue[number]
            news = lambda: self.poll != own or self.mode not in (mode, "ok") or (self.queue and self.mode != "empty")
            self.changed.wait_for(news, min(float(values.get("timeout") or 0), 50))
            if self.poll != own:
                return self.fail(409, CONFLICT)
            if self.mode in ("ok", "slow", "empty"):
                return 200, {"ok": True, "result": [] if self.mode == "empty" else list(self.queue.values())[:20]}
        # The mode has changed while the poll was open.
        if refused := self.conflict(self.mode):
            return refused
        trouble = self.trouble(self.mode)
        return None if trouble is True else trouble
