"""The watched services: 200 of them, each of which can be made to fail in the ways of its kind, and the rules for alerts."""
import asyncio
import datetime
import os

from net import Port, http

INTERVAL, RETRY, TIMEOUT, THRESHOLD = 5, 1, 4, 3
# Seconds without a call, or of age, that are too many; and how long a line of a log counts.
SILENCE, AGE, WINDOW = 15, 15, 20
PUSH = 2


class Mode:
    """A way to fail: how much later a check can see it begin and end, and how long one probe of it may take."""

    def __init__(self, name, begins=0, ends=0, probe=1):
        self.name, self.begins, self.ends, self.probe = name, begins, ends, probe

    @property
    def detect(self):
        """The longest time until three checks have failed, without load: each check waits for its interval and retries once."""
        check = RETRY + 2 * self.probe
        return self.begins + INTERVAL + THRESHOLD * (check + INTERVAL)

    @property
    def recover(self):
        return self.ends + 2 * INTERVAL + RETRY + 2 * self.probe


MODES = {
    "http": [Mode("503"), Mode("body"), Mode("close"), Mode("hang", probe=TIMEOUT + 1), Mode("slow", probe=3)],
    "tcp": [Mode("refuse")],
    "redis": [Mode("refuse"), Mode("hang", probe=TIMEOUT + 1)],
    "push": [Mode("silence", begins=SILENCE, ends=PUSH), Mode("down", begins=PUSH, ends=PUSH)],
    "heartbeat": [Mode("old", begins=AGE, ends=PUSH), Mode("gone", ends=PUSH)],
    "exec": [Mode("critical"), Mode("hang", probe=TIMEOUT + 1)],
    "log": [Mode("errors", begins=PUSH, ends=WINDOW + PUSH)],
}
COUNTS = {"http": 116, "tcp": 30, "push": 20, "heartbeat": 12, "exec": 10, "log": 8, "redis": 2}


class Target:
    def __init__(self, kind, number):
        self.kind, self.number, self.name, self.mode, self.free_at = kind, number, f"{kind} {number}", None, 0
        self.changed = asyncio.Event()
        self.port = None

    async def set(self, mode):
        self.mode = mode
        self.changed.set()
        self.changed = asyncio.Event()
        if self.port:
            if mode == "refuse":
                self.port.refuse()
            else:
                await self.port.open()


class Targets:
    """All of them, and the servers and files behind them."""

    def __init__(self, folder):
        self.folder = folder
        self.all = [Target(kind, number) for kind, count in COUNTS.items() for number in range(count)]
        self.by_path = {f"/t/{t.number}": t for t in self.all if t.kind == "http"}
        self.web = Port(http(self.answer))
        self.network = Port(self.hold)

    async def start(self):
        await self.web.open()
        await self.network.open()
        for target in self.all:
            if target.kind in ("tcp", "redis"):
                target.port = Port(self.hold if target.kind == "tcp" else self.redis(target))
                await target.port.open()
        self.tend_files()

    @staticmethod
    async def hold(reader, writer):
        await reader.read()

    def redis(self, target):
        async def serve(reader, writer):
            while await reader.readuntil(b"PING\r\n"):
                if target.mode == "hang":
                    await target.changed.wait()
                writer.write(b"+PONG\r\n")
                await writer.drain()
        return serve

    async def answer(self, method, path, headers, body):
        target = self.by_path.get(path)
        mode = target and target.mode
        if mode == "close":
            return None
        if mode == "hang":
            await target.changed.wait()
            return None
        if mode == "slow":
            await asyncio.sleep(2.5)
        return 503 if mode == "503" else 200, {"Content-Type": "application/json"}, b"{}" if mode == "body" else b'{"state": "fine"}'

    def path(self, target):
        return os.path.join(self.folder, target.name.replace(" ", "-"))

    def tend_files(self):
        """What services with files do all the time; called every two seconds."""
        for target in self.all:
            path, mode = self.path(target), target.mode
            if target.kind == "heartbeat" and mode != "old":
                if mode == "gone":
                    if os.path.exists(path):
                        os.unlink(path)
                else:
                    open(path, "w").close()
            if target.kind == "exec" and mode != self.written.get(target.name, ""):
                # By rename: a plugin that reads the file half written would fail.
                with open(path + ".new", "w") as file:
                    file.write({None: "0", "critical": "2", "hang": "hang"}[mode])
                os.rename(path + ".new", path)
                self.written[target.name] = mode
            if target.kind == "log":
                word = "ERROR: it does not work" if mode else "INFO: it works"
                stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
                fresh = not os.path.exists(path) or os.path.getsize(path) > 1 << 20
                with open(path, "w" if fresh else "a") as file:
                    file.write(f"{stamp} {word}\n" * (12 if mode else 1))

    written = {}

    def configured(self, target):
        """Its entry in the monitor's file."""
        entry = {"name": target.name, "type": target.kind, "group": target.kind}
        if target.kind == "http":
            entry["url"] = f"http://127.0.0.1:{self.web.number}/t/{target.number}"
            if target.number % 3 == 0:
                entry |= {"jsonPath": "$.state", "equals": "fine"}
            else:
                entry["expectBody"] = "fine"
            entry["maxResponseTime"] = 2
        elif target.kind in ("tcp", "redis"):
            entry |= {"host": "127.0.0.1", "port": target.port.number}
        elif target.kind == "push":
            entry |= {"token": f"soak-token-{target.number}", "maxSilence": SILENCE}
        elif target.kind == "heartbeat":
            entry |= {"path": self.path(target), "maxAge": AGE}
        elif target.kind == "log":
            entry |= {"path": self.path(target), "window": WINDOW}
        elif target.kind == "exec":
            entry["command"] = ["/bin/sh", "-c", 'read s < "$$0"; [ "$$s" != hang ] || exec sleep 60; exit "$$s"', self.path(target)]
        return entry
