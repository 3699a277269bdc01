"""A machine: a launcher with its keeper and bot, behind its own links."""
import os, signal, subprocess

from clock import free_port
from links import Links, Proxy

TOKEN = "123456789:AAaaBBbbCCccDDddEEeeFFffGGggHHhhIIi"
KINDS = ("launcher", "keeper", "bot")


def children(parent):
    """[(process, name)] of the children of a process."""
    found = []
    try:
        with open(f"/proc/{parent}/task/{parent}/children") as file:
            ids = file.read().split()
    except OSError:
        return found
    for process in ids:
        try:
            with open(f"/proc/{process}/comm") as file:
                found.append((int(process), file.read().strip()))
        except OSError:
            pass
    return found


def send(processes, number):
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass


class Machine:
    """A dead launcher is restarted, as systemd does it; unless it is held."""

    def __init__(self, campaign, name, host=None):
        self.campaign, self.name, self.host, self.held = campaign, name, host or name, False
        self.folder, self.ttl = os.path.join(campaign.folder, name), campaign.options.ttl
        os.makedirs(os.path.join(self.folder, "state"))
        self.telegram = Proxy(campaign.telegram.port, lambda data: campaign.left(self, data))
        self.database = Links([server.port for server in campaign.database.servers])
        self.output = open(os.path.join(self.folder, "log"), "ab")
        self.process, self.wanted, self.known = None, False, {}

    def start(self):
        programs = self.campaign.options.programs
        environment = dict(
            PATH=os.environ["PATH"], HOSTNAME=self.host, BOT_TOKEN=TOKEN, OWNER_USER_ID="100", TELEGRAM_API_URL=f"http://127.0.0.1:{self.telegram.port}",
            DATABASE_URL=self.database.url, LEASE_URL=self.database.url, LEASE_NAME="campaign", LEASE_TTL_SEC=str(self.ttl), PORT=str(free_port()), HOST="127.0.0.1",
            BOT_ENV="test", RESTART_DELAY_SEC="1", RESTART_MAX_DELAY_SEC="2", MAX_RESTARTS="1000", KEEPALIVE_INTERVAL_SEC="60")
        self.process = subprocess.Popen(
            [f"{programs}/launcher", "--bot", f"{programs}/casino-bot", "--state-dir", os.path.join(self.folder, "state")], cwd=self.folder,
            env=environment, stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True)
        self.wanted = True

    def look(self):
        """Restarts a launcher that has ended."""
        if self.wanted and not self.held and self.process.poll() is not None:
            self.start()

    def processes(self, kinds):
        """The ids of these kinds."""
        found = {}
        if self.process and self.process.poll() is None:
            found["launcher"] = self.process.pid
            for child, name in children(self.process.pid):
                found["keeper" if name == "lease-keeper" else "bot"] = child
        self.known = {**self.known, **found}
        return [found[kind] for kind in kinds if kind in found]

    def signal(self, kinds, number):
        ids = self.processes(kinds)
        send(ids, number)
        return ids

    def end(self):
        self.wanted = False
        self.signal(KINDS, signal.SIGKILL)
        if self.process:
            self.process.wait()
        # A bot or keeper that its launcher left.
        for process in self.known.values():
            try:
                with open(f"/proc/{process}/environ", errors="replace") as file:
                    if self.folder in file.read():
                        os.kill(process, signal.SIGKILL)
            except OSError:
                pass

    def handover(self):
        return subprocess.Popen(
            [f"{self.campaign.options.programs}/launcher", "handover", "--state-dir", os.path.join(self.folder, "state")], cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @property
    def log(self):
        with open(os.path.join(self.folder, "log"), errors="replace") as file:
            return file.read()
