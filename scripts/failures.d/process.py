"""A process whose output is kept, free ports, and waiting."""
import contextlib, os, re, socket, subprocess, threading, time

ports_lock, last_port = threading.Lock(), [20000 + os.getpid() % 200 * 50]


def free_ports(count=4):
    """So many free ports in a row, which no other row gets."""
    with ports_lock:
        while True:
            last_port[0] = first = 20000 + (last_port[0] - 20000 + count) % 12000
            try:
                for port in range(first, first + count):
                    with socket.socket() as probe:
                        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                        probe.bind(("127.0.0.1", port))
                return first
            except OSError:
                continue


def until(seconds, test, step=0.05):
    """Waits for a true answer; returns it, or the last one."""
    end = time.monotonic() + seconds
    while not (found := test()) and time.monotonic() < end:
        time.sleep(step)
    return found


def words(seconds):
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:.0f} s"


def plain(seconds):
    return f"{round(seconds, 1):g} s"


class Program:
    """A process whose lines are kept with their times."""

    def __init__(self, stage, name, command, environment, cwd=None, before=()):
        self.stage, self.name, self.lines, self.changed = stage, name, [], threading.Condition()
        self.deaf = self.gone = False  # a reader that stands still, or ends
        self.log = open(os.path.join(stage.folder, f"{name}.log"), "a")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [*before, *command], env=environment, cwd=cwd or stage.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        self.pid = self.process.pid
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for raw in self.process.stdout:
            while self.deaf:
                time.sleep(0.05)
            if self.gone:
                break
            line = raw.decode(errors="replace").rstrip("\n")
            with self.changed:
                self.lines.append((time.monotonic(), line))
                self.changed.notify_all()
            self.log.write(line + "\n")
            self.log.flush()
        if self.gone:
            self.process.stdout.close()

    def find(self, pattern, since=0.0):
        return next(((at, line) for at, line in list(self.lines) if at >= since and re.search(pattern, line)), None)

    def wait(self, pattern, within, since=0.0):
        """(time, line) of the first line that matches; None if none came in time."""
        with self.changed:
            self.changed.wait_for(lambda: self.find(pattern, since), within)
        return self.find(pattern, since)

    def ended(self, within=10):
        """The exit code; None if it still runs."""
        return self.process.returncode if until(within, lambda: self.process.poll() is not None) else None

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def tail(self, count=3):
        return " / ".join(line for _, line in self.lines[-count:])
