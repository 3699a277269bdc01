"""Rows in which nothing may happen: no restart, no 503, no alert, no warning, and players are answered. The monitor has
its usual retries. Where the bot may be degraded for a moment it checks each 4 s: the bot looks at its own state each 2 s."""
import os, signal, socket, subprocess, threading, time

from parts import NAT, fill, inside, postgres, processes, tmpfs
from stage import until
from table import row

@row("the bot has a quiet night: three times UNHEALTHY_AFTER_SEC without a message", takes=45)
def quiet_night(s):
    s.run(settings=dict(UNHEALTHY_AFTER_SEC=10))
    s.watch(retries=3)
    s.quiet(32)


@row("a slow disk: each fsync takes 300 ms longer", takes=30)
def slow_disk(s):
    s.run(environment=s.shimmed())
    s.watch(retries=3)
    def during():
        s.sabotage(2, 300)
        for _ in range(8):
            s.telegram.say()
            time.sleep(2)
    s.quiet(20, during)


@row("the machine is busy: eight programs for each core, for 20 s", takes=35, alone=True)
def busy_machine(s):
    s.run()
    s.watch(retries=3)
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
    s.watch(retries=3, checkInterval=4)
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
    s.watch(retries=3)
    s.telegram.be("slow")
    def during():
        time.sleep(10)
        s.telegram.be("ok")
    s.quiet(14, during)


@row("the poll of the process before is still open (409 in the first minute)", takes=20)
def earlier_poll(s):
    s.run()
    s.watch(retries=3)
    def during():
        s.telegram.be("conflict")
        time.sleep(8)
        s.telegram.be("ok")
    s.quiet(14, during)


@row("a NAT forgets connections that are idle for 36 s", takes=105)
def nat(s):
    s.environment()  # the Telegram
    # Longer than a poll waits; shorter, and no long poll would work.
    way = NAT(s.telegram.port, 36)
    s.cleanup.append(way.server.close)
    s.run(environment=dict(TELEGRAM_API_URL=f"http://127.0.0.1:{way.port}"))
    s.watch(retries=3)
    slowest = [0.0]
    def during():
        for _ in range(2):
            time.sleep(42)
            began, chat = time.monotonic(), s.telegram.say()
            until(30, lambda: s.telegram.answered(chat))
            slowest[0] = max(slowest[0], time.monotonic() - began)
    s.quiet(90, during)
    s.result.cured = f"slowest reply {slowest[0]:.1f} s, {way.forgotten} connections forgotten"


@row("PostgreSQL restarts between two updates", takes=40)
def postgres_restarts(s):
    port, control, _ = postgres(s)
    s.run(environment=dict(DATABASE_URL=f"postgres://postgres@127.0.0.1:{port}/postgres"))
    s.watch(retries=3, checkInterval=4)
    def during():
        for _ in range(2):
            control("-m", "fast", "restart")
            time.sleep(3)
            s.must_answer(15, "the ledger is not reached again")
    s.quiet(14, during, allow="PostgreSQL|database|ledger|retry", degraded=True)


@row("PostgreSQL stands still for 3 s", takes=30)
def postgres_stopped(s):
    port, _, data = postgres(s)
    s.run(environment=dict(DATABASE_URL=f"postgres://postgres@127.0.0.1:{port}/postgres"))
    s.watch(retries=3)
    def during():
        stopped = processes(data)
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        chat = s.telegram.say()
        time.sleep(3)
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        s.must(until(10, lambda: s.telegram.answered(chat)), "the bet made meanwhile is lost")
    s.quiet(12, during)


@row("the log's disk is full", needs=("root",), takes=30)
def log_disk_full(s):
    disk = os.path.join(s.folder, "logs")
    s.run(before=tmpfs(disk, "200k"), environment=dict(LOGS_DIRECTORY=disk))
    s.watch(retries=3)
    fill(inside(s, disk))
    def during():
        for _ in range(3):
            time.sleep(2)
            s.must_answer()
    s.quiet(10, during, allow="bot_launcher.log")


@row("nobody reads the launcher's output any more", takes=30)
def no_reader(s):
    s.run()
    s.watch(retries=3, checkInterval=4)
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
    s.watch(retries=3, checkInterval=4)
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
    s.watch(retries=3)
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


def silent_at_quit(connection, mails):
    """A mail server's side of a session that takes the message and never answers QUIT."""
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"220 test\r\n")
        for line in lines:
            if line.startswith(b"QUIT"):
                connection.recv(1)
            elif line.startswith(b"DATA"):
                connection.sendall(b"354 go on\r\n")
                mails.append(b"".join(iter(lines.readline, b".\r\n")))
                connection.sendall(b"250 taken\r\n")
            else:
                connection.sendall(b"250 well\r\n")


@row("a mail server takes the alert and never answers QUIT", "health-monitor", "one mail; the checks go on", takes=20)
def mail_server_silent(s):
    down, fine, mails = s.service(503), s.service(), []
    server = socket.create_server(("127.0.0.1", 0))
    s.cleanup.append(server.close)
    def serve():
        while True:
            threading.Thread(target=silent_at_quit, args=(server.accept()[0], mails), daemon=True).start()
    threading.Thread(target=serve, daemon=True).start()
    s.watch([dict(name="shop", type="http", url=down.url), dict(name="other", type="http", url=fine.url)],
            channels=[dict(type="email", url=f"smtp://127.0.0.1:{server.getsockname()[1]}", tls="opportunistic",
                           **{"from": "monitor@x.example"}, to="owner@x.example")])
    s.begin()
    s.must(until(10, lambda: mails), f"no mail: {s.monitor.tail()}")
    s.zero = time.monotonic()
    time.sleep(10)
    bad = {one["name"]: one.get("message") for one in s.get("/api/health/status", s.monitor_port)[1]["services"] if one["status"] != "healthy"}
    s.must(list(bad) == ["shop"], f"not healthy: {bad}")
    s.must(s.get("/health", s.monitor_port)[1].get("status") == "healthy", "/health of the monitor is not healthy")
    s.must(len(mails) == 1, f"{len(mails)} mails for one alert")
    s.result.promised.append("one mail")
    s.result.measured.append("one in 10 s")
