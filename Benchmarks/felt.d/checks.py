"""A health check as a whole process, from its start to its end, beside curl, wget and a static client in Go."""
import os
import shutil
import statistics
import subprocess
import time

from measures import end, free_port, wait_for


def whole(command):
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    if os.waitpid(pid, 0)[1] != 0:
        raise RuntimeError(f"{command} failed")
    return (time.perf_counter() - start) * 1000


def processes(run):
    """Each round is the median of some processes in turn."""
    port = free_port()
    folder = run.place("check")
    url = f"http://127.0.0.1:{port}/health"
    bot = subprocess.Popen(
        [run.program("casino-bot"), "--demo", "--port", str(port)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        commands = {"health-check": [run.program("health-check"), "--url", url, "--quiet"]}
        for name, more in (("curl", ["-fsS"]), ("busybox", ["wget", "-q", "-O", "-"])):
            if path := shutil.which(name):
                commands["busybox wget" if name == "busybox" else "curl -fsS"] = [path, *more, url]
        if path := run.go("go-check"):
            commands["static Go client"] = [path, url]
        for number in range(1, run.rounds + 1):
            times = {name: [] for name in commands}
            for _ in range(5 if run.quick else 20):
                for name, command in commands.items():
                    times[name].append(whole(command))
            for name, found in times.items():
                run.note("one check as a whole process", name, number, statistics.median(found), "ms")
    finally:
        end(bot)
