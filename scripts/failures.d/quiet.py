"""Rows in which nothing may happen: no restart, no 503, no alert, no warning, and players are answered."""
import os, shutil, signal, socket, subprocess, threading, time

from machine import fill, inside, tmpfs
from stage import Skipped, free_ports, until
from table import row

HOUR, YEARS = 3600, 3653 * 86400


@row("a quiet night: three times UNHEALTHY_AFTER_SEC without a message", takes=45)
def quiet_night(s):
    s.run(settings=dict(UNHEALTHY_AFTER_SEC=10))
    beside(s)
    s.quiet(32)


@row("a slow disk: each fsync takes 300 ms longer", takes=30)
def slow_disk(s):
    s.run(environment=s.shimmed())
    beside(s)
    def during():
        s.sabotage(2, 300)
        for _ in range(8):
            s.telegram.say()
            time.sleep(2)
    s.quiet(20, during)


def clock_steps(s, seconds):
    """Bot and monitor see the wall clock step; a launcher that is a static file is not affected."""
    s.run(environment=s.shimmed("casino-bot"))
    bot = s.map
    beside(s, environment=s.shimmed("health-monitor"))
    monitor = s.map
    def step(by):
        for s.map in (bot, monitor):
            s.sabotage(0, int(by * 1e9))
    def during():
        for by in (seconds, 0):
            time.sleep(3)
            step(by)
            time.sleep(3)
            s.must_answer(10, f"answers nobody after a step of {by} s")
    s.quiet(16, during)


@row("the clock steps by +1 h and back", takes=25)
def clock_plus_1_h(s):
    clock_steps(s, HOUR)


@row("the clock steps by -1 h and back", takes=25)
def clock_minus_1_h(s):
    clock_steps(s, -HOUR)


@row("the clock steps by +10 years and back", takes=25)
def clock_plus_10_years(s):
    clock_steps(s, YEARS)


@row("the clock steps by -10 years and back", takes=25)
def clock_minus_10_years(s):
    clock_steps(s, -YEARS)


@row("a leap second: the clock repeats a second", takes=25)
def leap_second(s):
    s.run(environment=s.shimmed("casino-bot"))
    bot = s.map
    beside(s, environment=s.shimmed("health-monitor"))
    maps = (bot, s.map)
    def during():
        for number in range(1, 6):
            for s.map in maps:
                s.sabotage(0, -number * 10 ** 9)
            time.sleep(2)
    s.quiet(12, during)


def beside(s, **more):
    """The monitor with its usual retries, so that it is as patient as by default."""
    return s.watch(retries=3, **more)


def pause(s, pids, seconds):
    """Stops these processes for so long; meanwhile nobody expects an answer of them."""
    s.paused = True
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    time.sleep(0.5)
    s.paused = False


@row("suspend (simulated: every program is stopped for 40 s, the clock goes on)", takes=65)
def suspend(s):
    s.run()
    beside(s)
    time.sleep(1)
    s.quiet(50, lambda: pause(s, [s.launcher.pid, s.bot(), s.monitor.pid], 40), allow="was suspended|stood still|no answer came within", degraded=True)


@row("the bot is stopped for 2 s", takes=20)
def short_stop(s):
    s.run()
    beside(s)
    s.quiet(12, lambda: pause(s, [s.bot()], 2), allow="stopped|paused|stood still")


@row("the launcher is stopped for 20 s, longer than each limit of the bot", takes=40)
def launcher_stopped(s):
    s.run()
    beside(s)
    s.quiet(30, lambda: pause(s, [s.launcher.pid], 20), allow="stood still|paused|stopped")


@row("the monitor is stopped for 20 s", takes=40)
def monitor_stopped(s):
    s.run()
    beside(s)
    s.quiet(30, lambda: pause(s, [s.monitor.pid], 20), allow="stood still|paused|stopped|behind")


@row("the machine is busy: eight programs for each core, for 20 s", takes=35, alone=True)
def busy_machine(s):
    s.run()
    beside(s)
    def during():
        load = [subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"]) for _ in range(8 * os.cpu_count())]
        time.sleep(20)
        for one in load:
            one.kill()
            one.wait()
    s.quiet(24, during, answer=15)


@row("Telegram's server restarts (connections are reset, 0.3 s without a server)", takes=25)
def peer_restarts(s):
    s.run()
    beside(s)
    def during():
        for _ in range(3):
            s.telegram.close()
            time.sleep(0.3)
            s.telegram.listen()
            time.sleep(3)
    # One line a loss, and degraded until the next poll is answered.
    s.quiet(12, during, allow="cannot be reached", degraded=True)


@row("Telegram answers 2 s late", takes=25)
def slow_answers(s):
    s.run()
    beside(s)
    s.telegram.be("slow")
    def during():
        time.sleep(10)
        s.telegram.be("ok")
    s.quiet(14, during)


@row("the poll of the process before is still open (409 in the first minute)", takes=20)
def earlier_poll(s):
    s.run()
    beside(s)
    def during():
        s.telegram.be("conflict")
        time.sleep(8)
        s.telegram.be("ok")
    s.quiet(14, during)


class NAT:
    """Passes connections on, and forgets one without a word when it was idle for so many seconds: then nothing passes."""

    def __init__(self, target, idle):
        self.target, self.idle, self.forgotten = target, idle, 0
        self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            state = dict(last=time.monotonic(), gone=False)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(source, sink, state), daemon=True).start()

    def pump(self, source, sink, state):
        try:
            while data := source.recv(65536):
                if state["gone"] or time.monotonic() - state["last"] > self.idle:
                    self.forgotten += not state["gone"]
                    state["gone"] = True
                    continue
                state["last"] = time.monotonic()
                sink.sendall(data)
        except OSError:
            pass
        if not state["gone"]:
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


@row("a NAT forgets connections that are idle for 36 s", takes=105)
def nat(s):
    s.environment()  # the Telegram
    # Longer than a poll waits; shorter, and no long poll would work.
    way = NAT(s.telegram.port, 36)
    s.cleanup.append(way.server.close)
    s.run(environment=dict(TELEGRAM_API_URL=f"http://127.0.0.1:{way.port}"))
    beside(s)
    slowest = [0.0]
    def during():
        for _ in range(2):
            time.sleep(42)
            began, chat = time.monotonic(), s.telegram.say()
            until(30, lambda: s.telegram.answered(chat))
            slowest[0] = max(slowest[0], time.monotonic() - began)
    s.quiet(90, during)
    s.result.cured = f"slowest reply {slowest[0]:.1f} s, {way.forgotten} connections forgotten"


def postgres(s):
    """A PostgreSQL server of this row's; (its port, a function that runs pg_ctl)."""
    versions = sorted((entry for entry in os.listdir("/usr/lib/postgresql") if entry.isdigit()), key=int) if os.path.isdir("/usr/lib/postgresql") else []
    if not versions:
        raise Skipped("needs PostgreSQL")
    programs, data, port = f"/usr/lib/postgresql/{versions[-1]}/bin", os.path.join(s.folder, "data"), free_ports(1)
    before = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.geteuid() == 0 else []
    os.makedirs(data)
    if before:
        shutil.chown(data, "postgres", "postgres")
        # mkdtemp's folder is ours alone.
        for folder in (s.options.folder, s.folder):
            os.chmod(folder, 0o711)
    quiet = dict(check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    subprocess.run(before + [f"{programs}/initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8"], **quiet)
    def control(*words):
        subprocess.run(before + [f"{programs}/pg_ctl", "-D", data, "-w", "-l", os.path.join(data, "log"), "-o", f"-p {port} -k {data} -c listen_addresses=127.0.0.1", *words], **quiet)
    control("start")
    s.cleanup.append(lambda: control("-m", "immediate", "stop"))
    return port, control


@row("PostgreSQL restarts between two updates", takes=40)
def postgres_restarts(s):
    port, control = postgres(s)
    s.run(environment=dict(DATABASE_URL=f"postgres://postgres@127.0.0.1:{port}/postgres"))
    beside(s)
    def during():
        for _ in range(2):
            control("-m", "fast", "restart")
            time.sleep(3)
            s.must_answer(15, "the ledger is not reached again")
    s.quiet(14, during, allow="PostgreSQL|database|ledger|retry", degraded=True)


@row("the log's disk is full", needs=("root",), takes=30)
def log_disk_full(s):
    disk = os.path.join(s.folder, "logs")
    s.run(before=tmpfs(disk, "200k"), environment=dict(LOGS_DIRECTORY=disk))
    beside(s)
    fill(inside(s, disk))
    def during():
        for _ in range(3):
            time.sleep(2)
            s.must_answer()
    s.quiet(10, during, allow="bot_launcher.log")


@row("nobody reads the launcher's output any more", takes=30)
def no_reader(s):
    s.run()
    beside(s)
    # The reader stands still, with a full pipe behind it.
    def during():
        s.launcher.deaf = True
        pipe = os.open(f"/proc/{s.launcher.pid}/fd/1", os.O_WRONLY | os.O_NONBLOCK)
        try:
            while True:
                os.write(pipe, b"\n" * 4096)
        except BlockingIOError:
            os.close(pipe)
        for _ in range(4):
            s.telegram.reset()  # one line
            time.sleep(2)
            s.must_answer()
        s.launcher.deaf = False
    s.quiet(14, during, allow="lines|cannot be reached", degraded=True)


@row("the reader of the launcher's output is gone", takes=30)
def reader_gone(s):
    s.run()
    beside(s)
    pid = s.bot()
    def during():
        s.launcher.gone = True
        s.telegram.reset()
        for _ in range(4):
            s.telegram.reset()
            time.sleep(2)
            s.must_answer()
        s.must(s.launcher.process.poll() is None, "the launcher ended")
        s.must(s.alive(pid), "the bot ended")
    s.quiet(12, during, allow="cannot be reached", degraded=True)


@row("300 clients hold the health server's port", takes=30)
def many_clients(s):
    s.run()
    beside(s)
    def during():
        held = []
        for _ in range(300):
            try:
                one = socket.create_connection(("127.0.0.1", s.port), 2)
                one.sendall(b"GET /health HTTP/1.1\r\nHost: a")
                held.append(one)
            except OSError:
                pass
        time.sleep(8)
        for one in held:
            one.close()
    s.quiet(12, during)


@row("the monitor loses its own network", "health-monitor", "unknown; no alert, no downtime", needs=("root",), takes=25)
def monitor_offline(s):
    # A service elsewhere, by its name: what runs on this machine needs no network.
    service, hosts = s.service(), os.path.join(s.folder, "hosts")
    open(hosts, "w").write("127.0.0.1 localhost\n127.0.0.1 shop.test\n")
    guard = socket.create_server(("127.0.0.1", 0))
    s.watch([dict(name="shop", type="http", url=service.url.replace("127.0.0.1", "shop.test"))],
            connectivity=dict(host="shop.test", port=guard.getsockname()[1], timeout=1),
            before=("unshare", "-m", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh"))
    time.sleep(2)
    guard.close()
    service.status = 503
    s.begin()
    time.sleep(8)
    s.no_alert()
    found = [one for one in s.get("/api/health/status", s.monitor_port)[1].get("services", []) if one.get("status") == "unknown"]
    s.must(found, f"not unknown: {s.monitor.tail()}")
    s.result.promised.append("no alert")
    s.result.measured.append("none in 8 s")
    s.result.named = "unknown: " + str(found[0].get("message"))


@row("a service is down because what it depends on is down", "health-monitor", "one alert, for the cause", takes=20)
def depends_on(s):
    base, shop = s.service(503), s.service(503)
    s.watch([dict(name="database", type="http", url=base.url), dict(name="shop", type="http", url=shop.url, dependsOn=["database"])])
    s.begin()
    s.alert(within=4, service="database")
    time.sleep(5)
    s.must(len(s.telegram.alerts) == 1, f"alerts: {[a[1].get('service') for a in s.telegram.alerts]}")
    s.result.promised.append("one alert")
    s.result.measured.append("one in 8 s")


@row("the monitor restarts while an alert is open", "health-monitor", "nothing is repeated; it is resolved later", takes=25)
def monitor_restarts(s):
    service = s.service(503)
    s.watch([dict(name="shop", type="http", url=service.url)])
    s.begin()
    s.alert(within=4)
    s.monitor.signal(signal.SIGTERM)
    s.must(s.monitor.ended(10) is not None, "the monitor does not stop")
    s.start_monitor()
    time.sleep(6)
    s.must(len(s.telegram.alerts) == 1, f"{len(s.telegram.alerts)} messages for one outage")
    service.status = 200
    s.zero = time.monotonic()
    s.alert("resolved", within=1, what="resolved")
