"""Starts the real programs on this machine, takes their pictures, and ends them. See scripts/pictures."""

import contextlib
import http.server
import json
import math
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from datetime import datetime, timedelta, timezone
from pathlib import Path

import terminal
from browser import Browser

PROGRAMS, PICTURES = (Path(folder).resolve() for folder in sys.argv[1:3])
LOCAL = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}
# Gives the plots of the bots and of Prometheus some data.
HISTORY_SECONDS = 45


class Programs(contextlib.ExitStack):
    """Programs that run in one folder, and end with it."""

    def __init__(self, folder):
        super().__init__()
        self.folder = Path(folder)

    def start(self, name, *command, **variables):
        """Starts a program in a folder of its own; its output goes to a file there."""
        home = self.folder / name
        home.mkdir()
        log = home / "output"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [str(word) for word in command], cwd=home, env={**LOCAL, **variables}, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT)
        self.callback(self.end, process)
        return process, log

    @staticmethod
    def end(process):
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @staticmethod
    def port(started, words):
        """The port that a program says it listens on, behind these words."""
        process, log = started
        end = time.monotonic() + 30
        while time.monotonic() < end and process.poll() is None:
            _, found, rest = log.read_text(errors="replace").partition(words)
            digits = rest.split(maxsplit=1)[0].strip(".,;") if found and rest.split() else ""
            if digits.isdigit():
                return int(digits)
            time.sleep(0.05)
        raise RuntimeError(f"{process.args[0]} does not listen:\n{log.read_text(errors='replace')}")


class Website(http.server.BaseHTTPRequestHandler):
    """A service of somebody else's: it takes its time."""

    def do_GET(self):
        time.sleep(random.lognormvariate(math.log(0.03), 0.2))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def website():
    """Serves it; gives its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Website)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def free_port():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        return other.getsockname()[1]


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# name: (milliseconds, hours of outages as (how long ago, how long), days of slowness, days known)
PAST = {
    "Casino Bot": (4, [(29 * 24, 3)], [], 90),
    "Raffle Bot": (6, [(8, 0.5), (61 * 24, 7)], [], 52),
    "Website": (38, [(17 * 24, 1.5)], [33, 34], 90),
    "Payments": (120, [(0.7, 0.7), (3 * 24, 2), (40 * 24, 9)], [12], 90),
    "Database": (2, [], [], 90),
    "Nightly backup": (None, [(71 * 24, 20)], [], 90),
    "Disk": (None, [], [0, 1, 2, 3], 90),
    "Memory": (None, [], [], 90),
}


def remember(path):
    """Writes 90 days into the two tables that others may write (docs/health-monitor/setup.md); the monitor rolls them up."""
    chance = random.Random(1)
    now = datetime.now(timezone.utc)
    database = sqlite3.connect(path)
    database.executescript("""
        CREATE TABLE service_health_checks (id INTEGER PRIMARY KEY, service_name TEXT NOT NULL, status TEXT NOT NULL,
            checks TEXT NOT NULL, response_time_ms REAL, timestamp TEXT NOT NULL);
        CREATE TABLE service_health_alerts (id INTEGER PRIMARY KEY, service_name TEXT NOT NULL, severity TEXT NOT NULL,
            message TEXT NOT NULL, status TEXT NOT NULL, triggered_at TEXT NOT NULL, resolved_at TEXT);
        """)
    for name, (usual, outages, slow, days) in PAST.items():
        rows = []
        for quarter in range(1, days * 96):
            hours = quarter / 4
            is_down = any(ago - long <= hours <= ago for ago, long in outages)
            is_slow = int(hours // 24) in slow
            moment = now - timedelta(hours=hours)
            wave = 1 + 0.35 * math.sin(2 * math.pi * (moment.hour + moment.minute / 60 - 9) / 24)
            took = usual and (usual * wave * chance.lognormvariate(0, 0.18) * (4 if is_slow else 1))
            status = "unhealthy" if is_down else "degraded" if is_slow else "healthy"
            rows.append((name, status, "[]", None if is_down else took, iso(moment)))
        database.executemany(
            "INSERT INTO service_health_checks (service_name, status, checks, response_time_ms, timestamp) "
            "VALUES (?, ?, ?, ?, ?)", reversed(rows))
        for ago, long in outages:
            if ago <= long:
                continue  # it lasts: the monitor itself will tell of it
            database.execute(
                "INSERT INTO service_health_alerts "
                "(service_name, severity, message, status, triggered_at, resolved_at) VALUES (?, 'critical', 'no answer: connection refused', 'resolved', ?, ?)",
                (name, iso(now - timedelta(hours=ago)), iso(now - timedelta(hours=ago - long))))
    database.commit()
    database.close()


def monitor_configuration(casino, raffle, web, folder):
    heartbeat = folder / "backup.stamp"
    heartbeat.touch()
    return f"""{{
      page: {{ title: "Example status", announcements: [
        {{ text: "Payments move to a new data center tonight.", level: "warning" }}] }},
      api: {{ port: 0 }}, checkInterval: 5, retries: 0, failureThreshold: 1, database: "{folder}/health.db",
      targets: [
        {{ name: "Casino Bot", type: "bot", url: "http://127.0.0.1:{casino}", group: "Bots", critical: true }},
        {{ name: "Raffle Bot", type: "bot", url: "http://127.0.0.1:{raffle}", group: "Bots" }},
        {{ name: "Website", type: "http", url: "http://127.0.0.1:{web}/", group: "Web", critical: true }},
        {{ name: "Payments", type: "http", url: "http://127.0.0.1:1/", group: "Web", critical: true }},
        {{ name: "Database", type: "tcp", host: "127.0.0.1", port: {web}, group: "Servers" }},
        {{ name: "Nightly backup", type: "heartbeat", path: "{heartbeat}", group: "Servers" }},
        {{ name: "Disk", type: "disk", path: "/", warningPercent: 1, group: "Servers" }},
        {{ name: "Memory", type: "memory", group: "Servers" }},
      ],
    }}"""


def start_prometheus(programs, port, bots):
    targets = ", ".join(f'"127.0.0.1:{bot}"' for bot in bots)
    configuration = programs.folder / "prometheus.yml"
    configuration.write_text(
        "global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: keepalive-bot\n"
        f"    static_configs: [{{targets: [{targets}]}}]\n")
    programs.start(
        "prometheus", "prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={programs.folder}/metrics",
        f"--web.listen-address=127.0.0.1:{port}")


def updates_query():
    """What the dashboard for a bot asks for its updates, as Grafana fills it in."""
    dashboard = json.loads(Path("dashboards/keepalive-bot.json").read_text())
    panel = next(panel for panel in dashboard["panels"] if panel["title"] == "Updates")
    query = panel["targets"][0]["expr"].replace('{job=~"$job",instance=~"$instance"}', "")
    return query.replace("$__rate_interval", "15s")


def open_watch(programs, urls):
    """Opens the dashboard in a terminal of 100 × 32; gives a function that captures it."""
    tmux = ["tmux", "-S", str(programs.folder / "tmux"), "-f", "/dev/null"]
    command = [str(PROGRAMS / "health-check"), "watch", "--interval", "1"]
    for url in urls:
        command += ["--url", url]
    subprocess.run(tmux + ["new-session", "-d", "-c", "/", "-x", "100", "-y", "32", *command], env=LOCAL, check=True)
    programs.callback(subprocess.run, tmux + ["kill-server"], stderr=subprocess.DEVNULL)

    def screen():
        capture = tmux + ["capture-pane", "-e", "-N", "-p"]
        return subprocess.run(capture, stdout=subprocess.PIPE, text=True, check=True).stdout

    return screen


def write(path, colours=64):
    """Makes a picture small."""
    subprocess.run(
        ["pngquant", "--force", "--skip-if-larger", "--speed", "1", "--output", path, str(colours), path], check=False)
    print(f"{path.relative_to(Path.cwd())}: {path.stat().st_size // 1000} kB")


def main():
    # Ends everything in this case too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder, Programs(folder) as programs, website() as web:
        bot = {"PORT": "0", "HOST": "127.0.0.1"}
        listens = "health server listens on port "
        casino = programs.port(programs.start("casino", PROGRAMS / "launcher", "--", "--demo", **bot), listens)
        raffle = programs.port(programs.start("raffle", PROGRAMS / "casino-bot", "--demo", **bot), listens)
        prometheus = free_port()
        start_prometheus(programs, prometheus, [casino, raffle])
        remember(programs.folder / "health.db")
        configuration = programs.folder / "monitor.json5"
        configuration.write_text(monitor_configuration(casino, raffle, web, programs.folder))
        fleet = programs.port(
            programs.start("monitor", PROGRAMS / "health-monitor", "--config", configuration), "listening on port ")
        screen = open_watch(programs, [f"http://localhost:{port}" for port in (casino, fleet, 1)])

        began = time.monotonic()
        with Browser() as browser:
            # A bot's page shows only data since it was opened.
            browser.show(f"http://localhost:{casino}/", 900, 900)
            time.sleep(max(0, began + HISTORY_SECONDS - time.monotonic()))
            browser.picture(PICTURES / "bot-page.png", element="body")

            page = programs.folder / "watch.html"
            page.write_text(terminal.page(screen()))
            browser.show(f"file://{page}", 872, 900)
            browser.picture(PICTURES / "watch.png", element="pre")

            browser.show(f"http://127.0.0.1:{fleet}/", 1200, 800)
            browser.wait_for("document.querySelector('#live.on') !== null")
            time.sleep(1)
            browser.picture(PICTURES / "fleet-page.png")
            browser.show(f"http://127.0.0.1:{fleet}/?view=wall", 1920, 1080, scale=1)
            browser.wait_for("document.querySelector('#live.on') !== null")
            browser.picture(PICTURES / "fleet-wall.png")
            browser.show(f"http://127.0.0.1:{fleet}/", 390, 780, dark=True)
            time.sleep(1)
            browser.picture(PICTURES / "fleet-page-phone.png")

            query = urllib.parse.urlencode(
                {"g0.expr": updates_query(), "g0.tab": "0", "g0.range_input": "40s", "g0.step_input": "1"})
            browser.show(f"http://127.0.0.1:{prometheus}/classic/graph?{query}", 1000, 900)
            # Its fonts come from other systems, and here its digits would come from a font of pictures.
            style = "<style>* { font-family: DejaVu Sans }</style>"
            browser.value(f"document.head.insertAdjacentHTML('beforeend', '{style}')")
            browser.wait_for("document.querySelector('.legend .label') !== null")
            browser.picture(PICTURES / "prometheus.png", element=".legend")
    for picture in sorted(PICTURES.glob("*.png")):
        write(picture)


main()
