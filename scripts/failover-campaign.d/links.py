"""A machine's way to its peers, in user space: it can be cut, held and slowed, and records what leaves the machine."""
import socket, threading, time


class Proxy:
    """One machine's way to one peer. Modes: pass; cut (refused, connections closed); hold (nothing passes, and arrives
    once the link heals, as TCP does it); half (requests pass, answers are held); mute (the reverse); slow (0.3 s each way)."""

    def __init__(self, target, record=None):
        self.target, self.record, self.mode, self.pairs, self.lock = target, record, "pass", set(), threading.Lock()
        # A pattern, and the event that follows once it leaves the machine.
        self.watched = None
        # Whether the peer is gone: it refuses, as a dead server's machine does.
        self.down = False
        self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            near, _ = self.server.accept()
            if self.mode == "cut" or self.down:
                self.refuse(near)
                continue
            threading.Thread(target=self.serve, args=(near,), daemon=True).start()

    @staticmethod
    def refuse(near):
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        near.close()

    def serve(self, near):
        while self.mode == "hold":
            time.sleep(0.02)
        try:
            far = socket.create_connection(("127.0.0.1", self.target), 5)
            far.settimeout(None)
        except OSError:
            return self.refuse(near)
        pair = (near, far)
        with self.lock:
            self.pairs.add(pair)
        threading.Thread(target=self.pump, args=(near, far, pair, True), daemon=True).start()
        self.pump(far, near, pair, False)

    def pump(self, source, sink, pair, outward):
        try:
            while data := source.recv(65536):
                if outward:
                    if self.record:
                        self.record(data)
                    watched = self.watched
                    if watched and watched[0] in data:
                        self.watched = None
                        watched[1].set()
                while self.mode == "hold" or self.mode == ("mute" if outward else "half"):
                    time.sleep(0.02)
                if self.mode == "slow":
                    time.sleep(0.3)
                sink.sendall(data)
        except OSError:
            pass
        self.shut(pair)
        with self.lock:
            is_first = pair in self.pairs
            self.pairs.discard(pair)
        if not is_first:
            for end in pair:
                end.close()

    @staticmethod
    def shut(pair):
        for end in pair:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def set(self, mode):
        self.mode = mode
        if mode == "cut":
            self.drop()

    def drop(self):
        """Closes every connection."""
        with self.lock:
            pairs = list(self.pairs)
        for pair in pairs:
            self.shut(pair)

    def watch(self, pattern, event):
        """Sets the event when these bytes are about to leave the machine."""
        self.watched = (pattern, event)


class Links:
    """A machine's ways to all servers of the database: they fail together."""

    def __init__(self, ports):
        self.proxies = [Proxy(port) for port in ports]

    def set(self, mode):
        for proxy in self.proxies:
            proxy.set(mode)

    def watch(self, pattern, event):
        for proxy in self.proxies:
            proxy.watch(pattern, event)

    @property
    def url(self):
        """Of all servers: whichever takes writes."""
        hosts = ",".join(f"127.0.0.1:{proxy.port}" for proxy in self.proxies)
        return f"postgres://postgres@{hosts}/postgres" + ("?target_session_attrs=read-write" if len(self.proxies) > 1 else "")
