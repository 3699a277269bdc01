"""PostgreSQL: one server, or one with a streaming replica. Its clock steps, its disk fills, its replica is promoted."""
import ctypes, os, re, shutil, signal, subprocess, sys, threading, time

from clock import free_port, until
from links import Proxy
from machine import children

PROGRAMS = "/usr/lib/postgresql"
FAKETIME = [f"/usr/lib/{kind}-linux-gnu/faketime/libfaketime.so.1" for kind in ("x86_64", "aarch64")]


class Server:
    """One server with its own data, port and clock; its log tells of each grant and each commit."""

    def __init__(self, folder, listener, has_clock):
        versions = sorted((entry for entry in os.listdir(PROGRAMS) if entry.isdigit()), key=int)
        self.programs = f"{PROGRAMS}/{versions[-1]}/bin"
        self.folder, self.data, self.port, self.listener = folder, os.path.join(folder, "data"), free_port(), listener
        self.before = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.geteuid() == 0 else []
        os.mkdir(folder)
        if self.before:
            shutil.chown(folder, "postgres", "postgres")
        # libfaketime opens a file in the server's signal handlers, which may hang the session for good: only on request.
        self.faketime = next((path for path in FAKETIME if has_clock and os.path.exists(path)), None)
        self.clock = os.path.join(folder, "clock")
        self.step(0)

    def make(self):
        """A new database."""
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--wal-segsize=1")

    def copy(self, port):
        """A replica of the server behind this port."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.run("pg_basebackup", "-D", self.data, "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-R", "-c", "fast", "-X", "stream")

    def run(self, program, *arguments):
        subprocess.run(self.before + [f"{self.programs}/{program}", *arguments], check=True, stdout=subprocess.DEVNULL)

    def start(self):
        faked = []
        if self.faketime:
            # Not for setpriv: its semaphore would be root's.
            faked = ["env", f"LD_PRELOAD={self.faketime}", f"FAKETIME_TIMESTAMP_FILE={self.clock}", "FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"]
        settings = ("listen_addresses=127.0.0.1", "wal_level=replica", "log_statement=none", "wal_keep_size=64", "wal_retrieve_retry_interval=200ms", "max_wal_size=32", "min_wal_size=8", "shared_buffers=16MB")
        self.process = subprocess.Popen(
            self.before + faked + [f"{self.programs}/postgres", "-D", self.data, "-p", str(self.port), "-k", self.folder] + [part for setting in settings for part in ("-c", setting)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True)
        threading.Thread(target=self.read, args=(self.process.stderr,), daemon=True).start()
        if not until(60, lambda: self.sql("SELECT 1") == "1"):
            sys.exit(f"PostgreSQL does not start in {self.folder}")

    def read(self, lines):
        for line in lines:
            if match := re.search(r"campaign: (grant|commit) (\d+) ?(.*)", line):
                self.listener(match.group(1), int(match.group(2)), match.group(3))

    def sql(self, statement, wait=10):
        try:
            done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-c", statement], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=wait)
            return done.stdout.strip() if done.returncode == 0 else None
        except subprocess.TimeoutExpired:
            return None

    def signal(self, number):
        """Signals the server and its sessions, each of which is a group of its own."""
        for process in [self.process.pid] + [child for child, _ in children(self.process.pid)]:
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    def stop(self, number):
        self.signal(signal.SIGCONT)
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait()

    def step(self, seconds):
        with open(self.clock, "w") as file:
            file.write(f"{seconds:+d}s\n")


class Database:
    """The servers together; `replica` is None, "sync" or "async"."""
    AUDIT = """
        CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_TABLE_NAME = 'updates' THEN RAISE LOG 'campaign: commit %', NEW.epoch;
            ELSE RAISE LOG 'campaign: grant % %', NEW.epoch, coalesce(NEW.host, ''); END IF; RETURN NULL; END $$;
        CREATE TRIGGER told AFTER UPDATE ON keepalive_leases FOR EACH ROW WHEN (NEW.epoch <> OLD.epoch) EXECUTE FUNCTION told();
        """
    LEDGER = """CREATE CONSTRAINT TRIGGER told AFTER INSERT OR UPDATE ON updates DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION told();"""

    def __init__(self, folder, listener, replica=None, has_clock=False):
        os.mkdir(folder)
        self.folder, self.replica = folder, replica
        # A disk of its own, which can be full: needs root, and a mount that nobody else sees.
        self.has_disk = os.geteuid() == 0 and ctypes.CDLL(None).unshare(0x20000) == 0 and all(
            subprocess.run(["mount", *words], stderr=subprocess.DEVNULL).returncode == 0
            for words in (["--make-rprivate", "/"], ["-t", "tmpfs", "-o", f"size={400 if replica else 200}m,mode=755", "tmpfs", folder]))
        self.servers = [Server(os.path.join(folder, name), listener, has_clock) for name in ("first", "second")[:2 if replica else 1]]
        self.at = 0
        self.primary.make()
        self.primary.start()
        if replica:
            self.follow()

    @property
    def primary(self):
        return self.servers[self.at]

    @property
    def standby(self):
        return self.servers[1 - self.at]

    def sql(self, statement, wait=10):
        return self.primary.sql(statement, wait)

    def signal(self, number):
        self.primary.signal(number)

    def restart(self):
        self.primary.stop(signal.SIGINT)
        self.primary.start()

    def step(self, seconds):
        for server in self.servers:
            server.step(seconds)

    def follow(self):
        """The other server becomes the replica of this one."""
        # The replica has a link of its own, so that what the primary sends last can be lost.
        self.link = Proxy(self.primary.port)
        self.standby.copy(self.link.port)
        self.standby.start()
        if not until(30, lambda: self.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1"):
            sys.exit("the replica does not follow")
        if self.replica == "sync":
            self.set_synchronous("'*'")

    def set_synchronous(self, names):
        for server in (self.primary, self.standby):
            server.sql(f"ALTER SYSTEM SET synchronous_standby_names = {names}")
            server.sql("SELECT pg_reload_conf()")

    def promote(self, lag, links):
        """The replica lags for so long, the primary dies, the replica is promoted; later the old one follows it."""
        if lag:
            self.link.set("hold")
            time.sleep(lag)
        # As a dead machine: what has not arrived is lost.
        self.primary.signal(signal.SIGKILL)
        self.primary.process.wait()
        self.link.set("cut")
        for link in links:
            link.proxies[self.at].down = True
            link.proxies[self.at].drop()
        self.standby.sql("ALTER SYSTEM SET synchronous_standby_names = ''")
        self.standby.sql("SELECT pg_reload_conf()")
        self.standby.sql("SELECT pg_promote(true, 30)", 40)
        self.at = 1 - self.at

    def rejoin(self, links):
        self.follow()
        for link in links:
            for proxy in link.proxies:
                proxy.down = False

    def fill(self):
        """No byte is left on the disk, and a new piece of the log is due."""
        with open(os.path.join(self.folder, "ballast"), "wb", 0) as file:
            try:
                while file.write(bytes(1 << 16)):
                    pass
            except OSError:
                pass
        for _ in range(3):
            self.sql("SELECT pg_switch_wal()", 2)

    def empty(self):
        os.remove(os.path.join(self.folder, "ballast"))
        # A server that has given up is started again, as systemd does it.
        until(2, lambda: self.primary.process.poll() is not None)
        if self.primary.process.poll() is not None:
            self.primary.start()

    def end(self):
        for server in self.servers:
            if hasattr(server, "process"):
                server.stop(signal.SIGQUIT)
        if self.has_disk:
            subprocess.run(["umount", "-l", self.folder])
