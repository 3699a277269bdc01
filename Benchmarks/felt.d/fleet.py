"""A fleet of HTTP targets watched on one core: health-monitor, blackbox_exporter, and one goroutine a target as Gatus has it.

The prober has core 0. nginx, which all of them ask, has core 1, and so has what calls blackbox_exporter."""
import json
import os
import shutil
import sqlite3
import subprocess
import time

from measures import end, free_port, memory, processor_time, wait_for

EXPORTER = "prometheus-blackbox-exporter"
# Targets, and seconds between two checks of each.
FLEETS = ((1_000, 10), (10_000, 30))


def nginx(folder, port):
    path = os.path.join(folder, "nginx.conf")
    with open(path, "w") as file:
        file.write(
            f"worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off; worker_rlimit_nofile 65536;"
            f"events {{ worker_connections 32768; }} http {{ access_log off; keepalive_timeout 75; keepalive_requests 1000000;"
            + "".join(f"{name}_temp_path {folder};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            + f"server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ return 200 'ok'; }} }} }}")
    process = subprocess.Popen(["taskset", "-c", "1", shutil.which("nginx") or "nginx", "-c", path, "-p", folder, "-e", f"{folder}/error.log"])
    wait_for(port)
    return process


class Prober:
    """One way to watch a fleet: its process, and how many checks it has made, and how many of them failed."""

    def begin(self, argv, folder, **more):
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", *argv], cwd=folder, stdin=subprocess.DEVNULL, **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **more})

    def end(self):
        end(self.process)


class Monitor(Prober):
    def __init__(self, run, folder, port, count, interval):
        self.database = os.path.join(folder, "health.db")
        with open(os.path.join(folder, "monitor.json"), "w") as file:
            json.dump({
                "database": self.database, "stateDir": folder, "checkInterval": interval, "retries": 0, "api": {"port": free_port()},
                "targets": [{"name": f"t{i}", "type": "http", "url": f"http://127.0.0.1:{port}/{i}"} for i in range(count)]}, file)
        self.begin([run.program("health-monitor"), "--config", "monitor.json"], folder)

    def counts(self):
        base = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        try:
            return base.execute("SELECT count(*), sum(status <> 'healthy') FROM service_health_checks").fetchone()
        finally:
            base.close()


class Goroutines(Prober):
    def __init__(self, run, folder, port, count, interval):
        self.output = os.path.join(folder, "output")
        with open(self.output, "w") as file:
            self.begin([run.go("go-fleet"), f"http://127.0.0.1:{port}", str(count), str(interval)], folder, stdout=file, env=dict(os.environ, GOMAXPROCS="1"))

    def counts(self):
        with open(self.output) as file:
            return [int(word) for word in file.read().splitlines()[-1].split()]


class Exporter(Prober):
    """blackbox_exporter probes when it is asked; `caller.py` asks at the fleet's pace, as Prometheus does, and keeps nothing."""

    def __init__(self, run, folder, port, count, interval):
        own = free_port()
        with open(os.path.join(folder, "blackbox.yml"), "w") as file:
            file.write("modules: {http_2xx: {prober: http, http: {preferred_ip_protocol: ip4}}}\n")
        self.begin(
            [shutil.which(EXPORTER), "--config.file=blackbox.yml", f"--web.listen-address=127.0.0.1:{own}", "--log.level=error"], folder,
            env=dict(os.environ, GOMAXPROCS="1"))
        wait_for(own)
        self.output = os.path.join(folder, "output")
        with open(self.output, "w") as file:
            self.caller = subprocess.Popen(
                ["taskset", "-c", "1", "python3", os.path.join(os.path.dirname(__file__), "caller.py"), str(own), str(port), str(count), str(interval)],
                stdout=file)

    counts = Goroutines.counts

    def end(self):
        end(self.caller)
        super().end()


def fleets(run):
    probers = {"health-monitor": Monitor}
    if run.go("go-fleet"):
        probers["goroutine a target (Go)"] = Goroutines
    if shutil.which(EXPORTER):
        probers["blackbox_exporter"] = Exporter
    port, folder = free_port(), run.place("nginx")
    os.chmod(run.folder, 0o755)
    server = nginx(folder, port)
    try:
        for count, interval in FLEETS[:1] if run.quick else FLEETS:
            for number, name in run.turns(list(probers)):
                figures = watch(run, probers[name], run.place("fleet", f"{count}-{number}-{name.split(' ')[0]}"), port, count, interval)
                title = f"{count:,} targets every {interval} s"
                for (figure, unit), value in zip((("checks a second", ""), ("share of one core", "%"), ("processor time of a check", "µs"), ("resident", "MiB"), ("private and dirty", "MiB")), figures):
                    run.note(f"{title}, {figure}", name, number, value, unit)
    finally:
        end(server)


def watch(run, kind, folder, port, count, interval):
    """Checks a second, share of the core, processor time of one check, memory; over two intervals after the first."""
    prober = kind(run, folder, port, count, interval)
    try:
        # The first check of each is over.
        time.sleep(interval + 5)
        first, begun, before = prober.counts(), time.monotonic(), processor_time(prober.process.pid)
        time.sleep(interval if run.quick else 2 * interval)
        last, ended, after = prober.counts(), time.monotonic(), processor_time(prober.process.pid)
        if last[1]:
            raise RuntimeError(f"{last[1]} checks of {kind.__name__} failed")
        made, used = last[0] - first[0], after - before
        resident, _, dirty = memory(prober.process.pid)
        return made / (ended - begun), used / (ended - begun) * 100, used / max(1, made) * 1e6, resident, dirty
    finally:
        prober.end()
