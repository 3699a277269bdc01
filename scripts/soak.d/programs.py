"""The programs under soak: started, looked at, and ended by their ids."""
import ctypes
import os
import signal
import subprocess
import time


def become_subreaper():
    """What a killed launcher leaves behind comes to this process, which ends it (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def children(pid):
    try:
        found = []
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += map(int, file.read().split())
        return found
    except OSError:
        return []


def figures(pid):
    """Resident and proportional memory in KiB, descriptors and threads; None where the process has ended."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            fields = dict(line.split(":", 1) for line in file if ":" in line and "-" not in line.split(":")[0])
        return {
            "rss": int(fields["Rss"].split()[0]), "pss": int(fields["Pss"].split()[0]),
            "descriptors": len(os.listdir(f"/proc/{pid}/fd")), "threads": len(os.listdir(f"/proc/{pid}/task"))}
    except (OSError, KeyError, ValueError):
        return None


def processor_time(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError):
        return 0


class Program:
    def __init__(self, name, argv, folder, environment=None):
        self.name, self.argv, self.folder, self.process = name, argv, folder, None
        self.environment = dict(PATH=os.environ["PATH"], HOME=folder, TMPDIR=folder, **(environment or {}))
        os.makedirs(folder, exist_ok=True)
        self.samples = []

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                self.argv, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.begun = time.time()

    @property
    def pid(self):
        return self.process.pid

    @property
    def runs(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        if self.runs:
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def sample(self, pid=None):
        if found := figures(pid or self.pid):
            self.samples.append((time.time(), found))


class Launcher(Program):
    """With its bot, whose samples are its own."""

    def __init__(self, name, argv, folder, environment):
        super().__init__(name, argv, folder, environment)
        self.bot_samples, self.bots = [], []

    @property
    def bot(self):
        """The bot's process id, None while there is none."""
        for pid in children(self.pid) if self.runs else []:
            try:
                with open(f"/proc/{pid}/comm") as file:
                    if file.read().strip() == "casino-bot":
                        return pid
            except OSError:
                pass
        return None

    def watch(self):
        """Notes a bot that was not there before: (time, pid)."""
        bot = self.bot
        if bot and (not self.bots or self.bots[-1][1] != bot):
            self.bots.append((time.time(), bot))

    def sample(self):
        super().sample()
        bot = self.bot
        if bot and (found := figures(bot)):
            self.bot_samples.append((time.time(), found))


def end(programs):
    """SIGTERM to all, SIGKILL to what is left after ten seconds. Returns what did not end by itself."""
    for program in programs:
        program.signal(signal.SIGCONT)
        if isinstance(program, Launcher) and (bot := program.bot):
            os.kill(bot, signal.SIGCONT)
        program.signal(signal.SIGTERM)
    stuck, deadline = [], time.monotonic() + 15
    for program in programs:
        if program.process:
            try:
                program.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                stuck.append(f"{program.name} did not end within 15 s of SIGTERM")
                program.kill()
    for pid in children(os.getpid()):
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except OSError:
            pass
    return stuck
