"""Runs the examples against the small service, and looks at what they do. See scripts/try-examples."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

SCRATCH = os.path.abspath(".build/examples")  # one for all: the kit is compiled once
PATIENCE = 60


def ask(url, body=None):
    """Status and JSON (or text) of one answer."""
    request = urllib.request.Request(url, None if body is None else body.encode())
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            status, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    try:
        return status, json.loads(text)
    except ValueError:
        return status, text


def wait(what, condition):
    """Returns the condition's value once it holds."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if value := condition():
                return value
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not seen within {PATIENCE} s: {what}")


class Running:
    """A process, with its lines; ended at the end, by its own id."""

    def __init__(self, command, **environment):
        self.log = open(os.path.join(SCRATCH, "log"), "w+b")
        given = {"HOST": "127.0.0.1", "PORT": "0", "BOT_ENV": "test", "RESTART_DELAY_SEC": "0"}
        self.process = subprocess.Popen(
            command, env={**os.environ, **given, **environment}, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def text(self):
        with open(self.log.name, "rb") as file:
            return file.read().decode(errors="replace")

    def line(self, pattern):
        return wait(f"a line with {pattern}", lambda: re.search(pattern, self.text()))

    def port(self):
        return int(self.line(r"listens on port (\d+)")[1])

    def health(self):
        return ask(f"http://127.0.0.1:{self.port()}/health")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        assert code == 0, f"it ended with {code} after SIGTERM"

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            print(self.text()[-4000:], file=sys.stderr)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Peer:
    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "Examples/peer.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.names = dict(word.split("=") for word in self.process.stdout.readline().split())
        self.api = self.names["API_URL"]

    def say(self, text):
        ask(self.api + "/say", text)

    def sent(self):
        return ask(self.api + "/sent")[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(PATIENCE)


def build(folder, product):
    # SwiftPM's state of the previous package, which has other products.
    for name in ("debug.yaml", "debug/description.json"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(os.path.join(SCRATCH, name))
    subprocess.run(
        ["swift", "build", "--package-path", folder, "--scratch-path", SCRATCH, "--product", product,
         "-Xswiftc", "-warnings-as-errors"], check=True, stdout=sys.stderr)
    return os.path.join(SCRATCH, "debug", product)


def launcher():
    if path := os.environ.get("LAUNCHER"):
        return path
    subprocess.run(["swift", "build", "--product", "launcher"], check=True, stdout=sys.stderr)
    return os.path.abspath(".build/debug/launcher")


# --- one function for each ------------------------------------------------------------------------------------------


def poll():
    with Peer() as peer, Running([build("Examples/poll", "PollBot")], **peer.names) as bot:
        for text in ("one", "bad", "two"):
            peer.say(text)
        wait("the replies", lambda: peer.sent() == ["you said one", "you said two"])
        status, report = wait("the counts", lambda: (r := bot.health()) and r[1]["total_updates"] == 3 and r)
        assert status == 200 and report["total_errors"] == 1 and report["restarts"] == 0, report
        bot.stop()


def webhook():
    with Running([build("Examples/webhook", "WebhookBot")], WEBHOOK_PORT=free_port()) as bot:
        bot.port()
        url = f"http://127.0.0.1:{ports[-1]}/"
        wait("the hook", lambda: ask(url, "hello")[0] == 200)
        # The check may have begun before the hook listened.
        wait("the check", lambda: bot.health()[1]["checks"]["webhook"]["status"] == "healthy")
        status, report = wait("the call", lambda: (r := bot.health()) and r[1]["total_updates"] == 1 and r)
        assert status == 200 and report["total_errors"] == 0, report
        bot.stop()


def shards():
    limits = {"KEEPALIVE_INTERVAL_SEC": "1", "WATCHDOG_STALL_SEC": "3"}
    with Peer() as peer, Running([build("Examples/shards", "ShardsBot")], **peer.names, **limits) as bot:
        wait("three shards", lambda: len(connected(bot)) == 3)
        peer.say("hello")
        wait("every shard's update", lambda: bot.health()[1]["total_updates"] == 3)
        ask(peer.api + "/deafen", "1")
        # Degraded while the shard is silent, healthy after a restart of that shard only.
        wait("a stalled shard", lambda: bot.health()[1]["status"] == "degraded")
        wait("the shard's restart", lambda: bot.health()[1]["status"] == "healthy" and len(connected(bot)) == 3)
        assert bot.health()[1]["restarts"] == 0
        bot.stop()


def connected(bot):
    return [name for name, gateway in bot.health()[1].get("gateways", {}).items() if gateway["connected"]]


def discord_gateway():
    names = {"RESTART_MAX_DELAY_SEC": "0"}
    with Peer() as peer, Running([build("Examples/discord-gateway", "GatewayBot")], **peer.names, **names) as bot:
        wait("readiness", lambda: ask(f"http://127.0.0.1:{bot.port()}/readyz")[0] == 200)
        wait("an acknowledged heartbeat", lambda: bot.health()[1]["gateway"].get("latency") is not None)
        peer.say("hello")
        wait("the answer", lambda: len(peer.sent()) == 1)
        ask(peer.api + "/deafen", "0")
        # A heartbeat without an acknowledgement: it reconnects and answers there.
        wait("a new connection", lambda: bot.health()[1]["restarts"] >= 1 and bot.health()[1]["gateway"]["connected"])
        wait("the answer on it", lambda: peer.say("again") or len(peer.sent()) >= 2)
        bot.stop()


def service_group():
    try:
        program = build("Examples/service-group", "GroupBot")
    except subprocess.CalledProcessError:
        # Distinguishes causes: without the network the package is unavailable, which is no failure of ours.
        if subprocess.run(["git", "ls-remote", "--exit-code", "https://github.com/swift-server/swift-service-lifecycle.git"],
                          capture_output=True, timeout=60).returncode == 0:
            raise
        raise Missing("swift-service-lifecycle cannot be had")
    with Running([program]) as bot:
        wait("updates", lambda: bot.health()[1]["total_updates"] >= 2)
        bot.stop()
        assert "the program shuts down" in bot.text() and "books written" in bot.text(), bot.text()
        assert bot.text().index("stopped") < bot.text().index("books written"), bot.text()


def language(command, **environment):
    """A bot that outlives a message and an outage; one that hangs is restarted by the launcher."""
    state = os.path.join(SCRATCH, "state")
    shutil.rmtree(state, ignore_errors=True)
    os.makedirs(state)
    program, source = command
    if not shutil.which(program):
        raise Missing(f"{program} is not installed")
    with Peer() as peer, Running(
        [launcher(), "--bot", program, "--", source], **peer.names, **environment, STATE_DIRECTORY=state, LOGS_DIRECTORY=state) as bot:
        def starts():
            return bot.text().count("launcher: started")

        for text in ("one", "refused", "two"):
            peer.say(text)
        wait("the replies to what can be answered", lambda: peer.sent() == ["you said one", "you said two"])
        ask(peer.api + "/fail", "3")
        peer.say("three")
        wait("a reply after the outage", lambda: len(peer.sent()) == 3)
        assert starts() == 1, bot.text()
        peer.say("hang")
        # The service sends it again to the next process, whose first poll hangs, too.
        wait("a restart", lambda: starts() > 1)
        wait("a second restart", lambda: starts() > 2)
        ask(peer.api + "/getUpdates?offset=5")  # confirms the update that no bot survives
        peer.say("four")
        wait("a reply of a later process", lambda: peer.sent()[3:] == ["you said four"])
        bot.stop()


def python():
    language(("python3", "Examples/python/bot.py"), BOT_WATCHDOG_SEC="8")


def node():
    if not shutil.which("systemd-notify"):
        raise Missing("systemd-notify is not installed")
    language(("node", "Examples/node/bot.js"), HEALTH_INTERVAL_SEC="1", HEALTH_GRACE_SEC="1", HEALTH_FAILURES="2",
             SHUTDOWN_TIMEOUT_SEC="1")


# --- all of them ----------------------------------------------------------------------------------------------------


class Missing(Exception):
    pass


ports = []


def free_port():
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        ports.append(one.getsockname()[1])
    return str(ports[-1])


def main():
    os.makedirs(SCRATCH, exist_ok=True)
    everything = [poll, webhook, shards, discord_gateway, service_group, python, node]
    names = [name.replace("-", "_") for name in sys.argv[1:]]
    for example in [one for one in everything if not names or one.__name__ in names]:
        name, start = example.__name__.replace("_", "-"), time.monotonic()
        try:
            example()
        except Missing as reason:
            print(f"example {name}: skipped, {reason}", flush=True)
        else:
            print(f"example {name}: builds, runs, answers and stops ({time.monotonic() - start:.0f} s)", flush=True)


main()
