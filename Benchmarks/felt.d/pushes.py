"""Calls of push services beside Prometheus' pushgateway: the server has core 0, wrk with 64 connections core 1.

health-monitor answers once a call is on the disk; the pushgateway keeps it in memory."""
import json
import os
import re
import shutil
import subprocess

from measures import end, free_port, memory, processor_time, wait_for

SERVICES = 1_000
MONITOR = """
request = function() return wrk.format("GET", "/api/push/benchmark-token-" .. math.random(0, %d)) end
""" % (SERVICES - 1)
GATEWAY = """
request = function()
    return wrk.format("PUT", "/metrics/job/job" .. math.random(0, %d), {["Content-Type"] = "text/plain"}, "last_success 1\\n")
end
""" % (SERVICES - 1)


def monitor(run, folder):
    port = free_port()
    with open(os.path.join(folder, "monitor.json"), "w") as file:
        json.dump({
            "database": os.path.join(folder, "health.db"), "stateDir": folder, "checkInterval": 3600, "api": {"port": port},
            "targets": [{"name": f"job {i}", "type": "push", "token": f"benchmark-token-{i}", "maxSilence": 90000} for i in range(SERVICES)]}, file)
    return [run.program("health-monitor"), "--config", "monitor.json"], port, MONITOR


def gateway(run, folder):
    port = free_port()
    return [shutil.which("prometheus-pushgateway"), f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"], port, GATEWAY


def pushes(run):
    kinds = {"health-monitor, on disk": monitor}
    if shutil.which("prometheus-pushgateway"):
        kinds["pushgateway, in memory"] = gateway
    for number, name in run.turns(list(kinds)):
        folder = run.place("pushes", f"{number}-{len(name)}")
        argv, port, lua = kinds[name](run, folder)
        with open(os.path.join(folder, "load.lua"), "w") as file:
            file.write(lua)
        process = subprocess.Popen(
            ["taskset", "-c", "0", *argv], cwd=folder, env=dict(os.environ, GOMAXPROCS="1"), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port)
            load(port, folder, 1)
            before = processor_time(process.pid)
            calls, rate, bad, late = load(port, folder, 2 if run.quick else 8)
            if bad or not calls:
                raise RuntimeError(f"{bad} of {calls} calls of {name} failed")
            used = processor_time(process.pid) - before
            for figure, value, unit in (
                ("calls a second", rate, ""), ("99th percentile", late, "ms"), ("processor time of a call", used / calls * 1e6, "µs"), ("resident", memory(process.pid)[0], "MiB")):
                run.note(f"push calls, {figure}", name, number, value, unit)
        finally:
            end(process)


def load(port, folder, seconds):
    """Answered calls, those a second, failures, 99th percentile in ms."""
    out = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", "-s", "load.lua", f"http://127.0.0.1:{port}"], cwd=folder,
        capture_output=True, text=True, check=True).stdout
    calls = int(re.search(r"(\d+) requests in", out)[1])
    bad = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", out))) + sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", out)))
    late, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    return calls, float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), bad, float(late) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
