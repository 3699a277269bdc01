"""What all measures share: where programs are, rounds in turns, and figures from /proc."""
import os
import socket
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PEERS = os.path.join(ROOT, "Benchmarks", "peers")


class Run:
    """One run: its options, its temporary folder, and the figures it records."""

    def __init__(self, folder, programs, rounds, quick):
        self.folder, self.programs, self.rounds, self.quick, self.lines, self.group = folder, programs, rounds, quick, [], None

    def program(self, name):
        return os.path.join(self.programs, name)

    def note(self, measure, subject, number, value, unit):
        """Records one figure of one round."""
        self.lines.append((self.group, measure, subject, str(number), f"{value:.6g}", unit))
        print(f"  {measure}, round {number}: {subject} {value:.4g} {unit}", file=sys.stderr, flush=True)

    def turns(self, subjects):
        """(round, subject): all of them in each round, each time beginning one further."""
        for number in range(self.rounds):
            first = number % max(1, len(subjects))
            for subject in subjects[first:] + subjects[:first]:
                yield number + 1, subject

    def place(self, *names):
        path = os.path.join(self.folder, *names)
        os.makedirs(path, exist_ok=True)
        return path

    def go(self, peer):
        """Builds a peer of ours in Go as one static file; None without Go."""
        out = os.path.join(self.folder, peer)
        if not os.path.exists(out):
            try:
                subprocess.run(
                    ["go", "build", "-ldflags", "-s -w", "-o", out, "."], cwd=os.path.join(PEERS, peer), check=True,
                    env=dict(os.environ, CGO_ENABLED="0", HOME=self.folder, GOFLAGS="-mod=mod"))
                os.sync()
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"  without {peer}: {error}", file=sys.stderr)
                return None
        return out


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for(port, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port}")


def memory(pid):
    """MiB: resident, proportional, private and dirty."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        fields = dict(line.split(":", 1) for line in file if line[:1].isalpha())
    return [int(fields[name].split()[0]) / 1024 for name in ("Rss", "Pss", "Private_Dirty")]


def processor_time(pid):
    """Seconds, in the kernel's precision of nanoseconds, over all threads that still run."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def end(process):
    """Ends a process of ours and waits for it."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
