"""Rows that health-monitor sees from outside. Here it checks each second; by default each minute, and a failed probe is
tried again three times within a check."""
import os, signal, socket, threading, time

from parts import certificate, fill, inside, tmpfs
from stage import until
from table import row
from telegram import Telegram

MONITOR = "health-monitor"


@row("a service answers 503", MONITOR, "one alert, and one when it recovers")
def service_down(s):
    service = s.service()
    s.watch([dict(name="shop", type="http", url=service.url)])
    time.sleep(1.5)
    service.status = 503
    s.begin()
    s.alert(within=3, least=2)
    s.result.default = "2 to 3 min"
    service.status = 200
    s.zero = time.monotonic()
    s.alert("resolved", within=1, what="resolved")
    time.sleep(2)
    s.must(len(s.telegram.alerts) == 2, f"{len(s.telegram.alerts)} messages instead of two")


@row("the bot is gone for good (exit 78)", MONITOR, "alert with the reason")
def bot_gone(s):
    s.run()
    s.watch()
    time.sleep(1.5)
    s.telegram.be("unauthorized")
    s.must(s.launcher.ended(15) == 78, "the launcher does not end")
    s.begin()
    s.alert(within=3, least=1)
    s.result.default = "2 to 3 min"


@row("another program answers on the bot's port", MONITOR, "unhealthy: it is not the bot")
def stranger(s):
    service = s.service(body=b'{"status":"ok"}')
    s.begin()
    s.watch([dict(name="casino", type="bot", url=service.url, bot="Casino Bot")])
    s.begin()
    s.alert(within=3)
    s.result.default = "2 to 3 min"


@row("a bot in any language is deaf (seen at Telegram)", MONITOR, "alert with the number of updates", takes=30)
def backlog(s):
    s.telegram = Telegram()
    s.watch([dict(name="casino", type="telegram", token="123456789:" + "A" * 35, apiUrl=f"http://127.0.0.1:{s.telegram.port}",
                  pendingDegraded=5, pendingUnhealthy=20, growingChecks=3)])
    time.sleep(1.5)
    over = []
    def talk():
        while not over:
            s.telegram.say()
            time.sleep(0.3)
    s.begin()
    threading.Thread(target=talk, daemon=True).start()
    # Three checks that find more updates, then three failed checks.
    s.alert(within=3 + 3 + 2, least=3)
    over.append(1)
    s.result.default = "6 to 8 min"


@row("a plugin of an exec target hangs", MONITOR, "killed at its timeout; alert")
def check_hangs(s):
    s.begin()
    s.watch([dict(name="plugin", type="exec", command=["/bin/sleep", "1000"], timeout=1)])
    s.begin()
    s.alert(within=3 * 2 + 1)
    s.result.default = "2 to 4 min"


@row("a job did not call in (push)", MONITOR, "alert at the first silent check")
def job_missed(s):
    s.watch([dict(name="backup", type="push", token="a-long-random-token", maxSilence=4, failureThreshold=1)])
    s.must(s.get("/api/push/a-long-random-token", s.monitor_port)[0] == 200, "the call is refused")
    s.begin()
    s.alert(within=5, least=4)
    s.result.default = "its maxSilence, and up to 60 s"


@row("a scheduled job did not run", MONITOR, "alert that names the due time", takes=20)
def schedule_missed(s):
    s.watch([dict(name="report", type="push", token="a-long-random-token", schedule="*:*:0/5", grace=2)])
    s.begin()
    # The next due time is at most 5 s away; then 2 s of grace and at most one interval.
    s.alert(within=8)
    s.result.default = "its grace, and up to 60 s"


@row("a job reports its failure (exit code 3)", MONITOR, "alert at once, with the code")
def job_failed(s):
    s.watch([dict(name="backup", type="push", token="a-long-random-token", schedule="@daily", grace=60)])
    s.begin()
    s.must(s.get("/api/push/a-long-random-token/3?msg=disk+full", s.monitor_port)[0] == 200, "the call is refused")
    s.alert(within=1)
    s.must("3" in s.result.named and "disk full" in s.result.named, f"the alert lacks code or note: {s.result.named}")
    s.result.default = "at once"


@row("the heartbeat file grows old", MONITOR, "alert")
def heartbeat_old(s):
    path = os.path.join(s.folder, "beat")
    open(path, "w").close()
    s.watch([dict(name="worker", type="heartbeat", path=path, maxAge=3)])
    os.utime(path)
    s.begin()
    s.alert(within=3 + 3, least=4)
    s.result.default = "300 s, and 2 to 3 min"


@row("a disk fills up", MONITOR, "alert (critical)", needs=("root",))
def disk_over(s):
    disk = os.path.join(s.folder, "disk")
    s.watch([dict(name="data disk", type="disk", path=disk)], before=tmpfs(disk, "4m"))
    time.sleep(1.5)
    s.begin()
    fill(inside(s, disk, s.monitor.pid))
    message = s.alert(within=3, least=2)
    s.must(message.get("severity") == "critical", f"severity {message.get('severity')}")
    s.result.default = "2 to 3 min"


@row("errors appear in a log", MONITOR, "alert (degraded), with their number")
def log_errors(s):
    path = os.path.join(s.folder, "app.log")
    open(path, "w").close()
    s.watch([dict(name="app", type="log", path=path, warningCount=1, criticalCount=1000)])
    time.sleep(1.5)
    with open(path, "a") as file:
        for _ in range(3):
            file.write(time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime()) + "ERROR payment failed\n")
    s.begin()
    s.alert(within=3, least=2)
    s.result.default = "2 to 3 min"


@row("a certificate ends within 14 days", MONITOR, "alert (degraded), with the date")
def certificate_ends(s):
    pair, authority = certificate(s, "localhost", 5)
    s.telegram = Telegram()
    other = Telegram(pair)
    s.cleanup.append(other.close)
    s.begin()
    s.watch([dict(name="site", type="https", url=f"https://localhost:{other.port}/botX/getWebhookInfo", caFile=authority)])
    s.begin()
    s.alert(within=3)
    s.result.default = "2 to 3 min"


@row("a service goes up and down all the time", MONITOR, "one alert says it flaps, then silence", takes=40)
def flapping(s):
    service = s.service()
    s.watch([dict(name="shop", type="http", url=service.url, failureThreshold=1)])
    s.begin()
    end = time.monotonic() + 25
    while time.monotonic() < end and not any(a[1].get("event") == "flapping" for a in s.telegram.alerts):
        service.status = 503 if service.status == 200 else 200
        time.sleep(1.6)
    s.alert("flapping", within=25)
    before = len(s.telegram.alerts)
    s.result.named = s.telegram.alerts[-1][1].get("text", "").split(" (since")[0]
    for _ in range(4):
        service.status = 503 if service.status == 200 else 200
        time.sleep(1.6)
    s.must(len(s.telegram.alerts) == before, "alerts go on after the one that says it flaps")
    s.result.default = "6 changes in 20 checks"


@row("a channel refuses an alert (500)", MONITOR, "tried again after 1, 2, 4, … s; /health names the channel", takes=25)
def channel_refuses(s):
    service = s.service(503)
    s.telegram = Telegram()
    s.telegram.refuses = 500
    s.watch([dict(name="shop", type="http", url=service.url, failureThreshold=1)])
    s.begin()
    s.seen("not delivered", most=2, by=s.monitor, default="at once")
    s.must(until(10, lambda: (s.get("/health", s.monitor_port)[1] or {}).get("status") == "degraded"), "/health of the monitor stays healthy")
    time.sleep(2)
    s.telegram.refuses = None
    began = time.monotonic()
    taken = until(20, lambda: [a for a in s.telegram.alerts if a[2] == 200])
    s.must(taken, "never delivered")
    time.sleep(3)
    taken = [a for a in s.telegram.alerts if a[2] == 200]
    s.must(len(taken) == 1, f"delivered {len(taken)} times")
    s.must(len({a[3] for a in s.telegram.alerts}) == 1, "a retry has another key")
    s.result.cured = f"delivered once, {taken[0][0] - began:.1f} s after it takes alerts again"


@row("the monitor is killed between an alert and its delivery", MONITOR, "delivered after the restart, once", takes=25)
def monitor_killed(s):
    service = s.service(503)
    s.telegram = Telegram()
    s.telegram.refuses = 500
    s.watch([dict(name="shop", type="http", url=service.url, failureThreshold=1)])
    s.must(s.monitor.wait("not delivered", 20), "no alert")
    s.monitor.signal(signal.SIGKILL)
    s.monitor.ended(5)
    s.telegram.refuses = None
    s.begin()
    s.start_monitor()
    found = until(30, lambda: [a for a in s.telegram.alerts if a[2] == 200])
    s.must(found, "the alert is lost")
    # It waits what is left of the delay between two tries.
    s.measured(found[0][0], 0, 8)
    time.sleep(4)
    taken = [a for a in s.telegram.alerts if a[2] == 200]
    s.must(len(taken) == 1, f"delivered {len(taken)} times")
    s.must(len({a[3] for a in s.telegram.alerts}) == 1, "the key of the message changed")
    s.result.named = taken[0][1].get("text", "").split(" (since")[0]
    s.result.default = "at most 20 s"


@row("the monitor's disk is full", MONITOR, "alerts go on; /health degraded", needs=("root",), takes=30)
def monitor_disk_full(s):
    disk, service = os.path.join(s.folder, "disk"), s.service()
    s.watch([dict(name="shop", type="http", url=service.url)], before=tmpfs(disk, "3m"),
            database=os.path.join(disk, "health.db"), stateDir=disk)
    time.sleep(2)
    fill(inside(s, disk, s.monitor.pid))
    s.begin()
    service.status = 503
    s.alert(within=3, least=2)
    s.must(until(30, lambda: (s.get("/health", s.monitor_port)[1] or {}).get("status") == "degraded"), "/health of the monitor stays healthy")
    s.result.default = "2 to 3 min"
    s.result.cured = "the alert leaves in its usual time"


def checked(s, most, pattern, *arguments, before=()):
    """health-check has to end with 1 in this time, and say why."""
    command = [os.path.join(s.programs, "health-check"), "--timeout", "2", *arguments]
    check = s.program("check", command, dict(PATH=os.environ["PATH"]), before=before)
    s.zero = check.started
    code = check.ended(most + 10)
    s.measured(time.monotonic(), 0, most, "exit 1")
    s.must(code == 1, f"exit code {code}: {check.tail()}")
    found = check.wait(pattern, 2)
    s.must(found, f"it does not say “{pattern}”: {check.tail()}")
    s.named(found[1])


@row("health-check asks a bot that hangs", "health-check", "exit 1 within --timeout, as Docker expects")
def check_hung(s):
    s.run(settings=dict(BOT_WATCHDOG_SEC=0))
    s.kill(signal.SIGSTOP)
    checked(s, 2, ".", "--url", f"http://127.0.0.1:{s.port}")
    os.kill(s.bot(), signal.SIGCONT)
    s.result.default = "5 s"


@row("health-check asks a peer that sends a byte each second", "health-check", "exit 1 within --timeout")
def check_drips(s):
    server = socket.create_server(("127.0.0.1", 0))
    s.cleanup.append(server.close)
    def drip():
        one, _ = server.accept()
        try:
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello":
                one.sendall(bytes([byte]))
                time.sleep(1)
        except OSError:
            pass
    threading.Thread(target=drip, daemon=True).start()
    checked(s, 2, ".", "--url", f"http://127.0.0.1:{server.getsockname()[1]}")
    s.result.default = "5 s"


@row("health-check asks for a host while the name server is silent", "health-check", "exit 1 within --timeout", needs=("root",))
def check_silent_resolver(s):
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.cleanup.append(silent.close)
    silent.bind(("127.1.2.3", 53))
    resolver = os.path.join(s.folder, "resolv.conf")
    with open(resolver, "w") as file:
        file.write("nameserver 127.1.2.3\n")
    before = ("unshare", "-m", "sh", "-c", f'mount --bind {resolver} /etc/resolv.conf && exec "$@"', "sh")
    checked(s, 2, "no name server answers", "--url", "http://bot.example", before=before)
    s.result.default = "5 s"


@row("health-check finds another program on the bot's port", "health-check", "exit 1: it is not the bot")
def check_stranger(s):
    service = s.service(body=b'{"status":"ok"}')
    checked(s, 0, ".", "--host", "127.0.0.1", "--port", service.url.split(":")[2].strip("/"))
    s.result.default = "at once"


@row("the monitor's restart command for a service that is down", MONITOR, "runs it 10 s after the failure, then 20, 40, … s", takes=30)
def restart_command(s):
    service, mark = s.service(503), os.path.join(s.folder, "ran")
    s.watch([dict(name="shop", type="http", url=service.url, critical=True, restart=["/usr/bin/touch", mark])])
    s.begin()
    s.must(until(40, lambda: os.path.exists(mark)), f"the command does not run: {s.monitor.tail()}")
    s.measured(time.monotonic(), 9, 14, "command")
    s.named((s.monitor.find("restart", since=s.zero) or (0, "restart"))[1])
    s.result.default = "10 s after the alert"
