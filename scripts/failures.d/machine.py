"""Rows in which a file, a disk, a port, memory or descriptors are the trouble."""
import os, signal, socket, sqlite3, time

from parts import fill, inside, tmpfs
from stage import until
from table import row

AGAIN = "restart after the backoff delay"


@row("the bot leaks memory", "launcher", "graceful restart with the reason", takes=25)
def memory(s):
    s.run(environment=s.shimmed(), settings=dict(MAX_MEMORY_MB=200, MAX_MEMORY_FOR_SEC=4))
    s.sabotage(3, 250)
    # Time zero is the last look below the limit: on a busy machine the leak itself takes seconds.
    resident = lambda: int(open(f"/proc/{s.bot()}/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    s.begin()
    while resident() <= 200:
        s.must(time.monotonic() - s.launcher.started < 60, "the bot does not leak")
        s.begin()
        time.sleep(0.02)
    at = s.seen("held more than 200 MB", most=4 + 4 / 6 * 2, least=4, default="60 to 70 s")
    died = s.launcher.wait(r"the bot (died|ended)|restart in|restart now", 20, since=at)
    s.must(died, f"the bot did not end: {s.launcher.tail()}")
    s.sabotage(3, 0)
    s.restarted(1, since=died[0])


@row("the bot has no free descriptor", "the bot", "/health answers; works on once they are free", takes=30)
def descriptors(s):
    s.run(bot=["/usr/bin/prlimit", "--nofile=64:64", os.path.join(s.programs, "casino-bot")], environment=s.shimmed())
    s.sabotage(4, 1)
    s.begin()
    time.sleep(1)
    looks = [s.get(timeout=3)[0] for _ in range(5)]
    s.must(all(looks), f"/health does not answer: {looks}")
    s.measured(s.zero, 0, 0, "/health answers")
    # Its connection is lost, and there is none for the next one.
    s.telegram.close()
    time.sleep(1.5)
    s.telegram.listen()
    s.seen("descriptor|open files", most=10, default="at once")
    s.must(s.get(timeout=3)[0], "/health does not answer")
    s.sabotage(4, 0)
    began = time.monotonic()
    s.must_answer(30)
    s.result.cured = f"answers {time.monotonic() - began:.1f} s later"


@row("the health server's port is taken", "the bot", "takes the next port")
def port_taken(s):
    with socket.create_server(("127.0.0.1", s.port)):
        launcher = s.launch()
        s.must(launcher.wait("starts", 30), "no start")
        s.zero = launcher.find("starts")[0]
        s.seen(f"port {s.port} is taken", default="at once")
        s.must(launcher.wait(f"listens on port {s.port + 1}", 10), "it does not take the next port")
        s.must_answer(20)
        s.result.cured = "it polls the new one by itself"


@row("all ports of the health server are taken", "launcher", "does not start (78)")
def ports_taken(s):
    taken = [socket.create_server(("127.0.0.1", s.port + number)) for number in range(3)]
    s.launch()
    s.seen("port", default="at once")
    s.ends(78)
    for one in taken:
        one.close()


@row("the ledger's disk is full", "the bot", "goes on once there is space", needs=("root",), takes=40)
def disk_full(s):
    disk = os.path.join(s.folder, "disk")
    s.run(before=tmpfs(disk, "4m"), environment=dict(DATABASE_PATH=os.path.join(disk, "casino.db")))
    filler = fill(inside(s, disk))
    s.begin()
    chat = s.telegram.say()
    s.seen("full|space", most=15, default="at once")
    s.must(until(30, lambda: s.get()[1] is None or s.get()[1].get("status") != "healthy"), "/health stays healthy")
    os.remove(filler)
    began = time.monotonic()
    s.must(until(60, lambda: s.telegram.answered(chat)), f"the bet made meanwhile is lost: {s.launcher.tail()}")
    s.result.cured = f"the bet made meanwhile is answered {time.monotonic() - began:.1f} s later"


@row("the state folder is read-only", "launcher", "says so", needs=("root",))
def state_read_only(s):
    state = os.path.join(s.folder, "state")
    s.launch(before=tmpfs(state, "1m", ",ro"))
    s.seen("state|read-only|Read-only", default="at once")
    s.ends(78)


@row("the ledger is damaged", "the bot", "exit 78: a restart would not help")
def ledger_damaged(s):
    path = os.path.join(s.folder, "casino.db")
    s.run()
    s.launcher.signal(signal.SIGTERM)
    s.launcher.ended(10)
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8192))
    s.launcher = None
    s.launch(name="launcher2")
    s.must(s.launcher.wait("starts|as process", 30), "no start")
    s.zero = s.launcher.find("as process")[0]
    s.seen("damaged|malformed", most=3, default="at once")
    s.ends(78)


@row("the ledger's file is deleted while the bot runs", "the bot", "degraded, with the remedy; the bot runs on", takes=25)
def ledger_deleted(s):
    s.run()
    pid = s.bot()
    s.begin()
    os.remove(os.path.join(s.folder, "casino.db"))
    # It looks every 15 s.
    body = until(17, lambda: (lambda a: a if a and a.get("status") == "degraded" else None)(s.get()[1]))
    s.must(body, "/health stays healthy")
    s.measured(time.monotonic(), 0, 15)
    s.named(body["reasons"][0])
    s.result.default = "at most 15 s"
    s.must_answer()
    s.must(s.bot() == pid, "the bot was restarted")


@row("DATABASE_PATH names another program's file", "the bot", "exit 78; the file is not changed")
def ledger_of_another(s):
    path = os.path.join(s.folder, "casino.db")
    other = sqlite3.connect(path)
    other.execute("create table photos(id integer)")
    other.commit()
    other.close()
    before = open(path, "rb").read()
    s.launch()
    s.seen("casino.db", most=3, default="at once")
    s.ends(78)
    s.must(open(path, "rb").read() == before, "the file was changed")


@row("another program locks the ledger", "the bot", "waits, and answers afterwards", takes=30)
def ledger_locked(s):
    s.run()
    pid = s.bot()
    lock = sqlite3.connect(os.path.join(s.folder, "casino.db"), isolation_level=None)
    lock.execute("begin immediate")
    s.begin()
    chat = s.telegram.say()
    s.seen("lock", most=10, least=5, default="5 to 10 s")
    lock.execute("rollback")
    lock.close()
    began = time.monotonic()
    s.must(until(20, lambda: s.telegram.answered(chat)), "the bet made meanwhile is lost")
    s.result.cured = f"answered {time.monotonic() - began:.1f} s later"
    s.must(s.bot() == pid, "the bot was restarted")


@row(".env has a line that cannot be read", "launcher", "does not start (78); names file and line")
def env_broken(s):
    path = os.path.join(s.folder, ".env")
    open(path, "w").write("BOT_ENV=prod\nBOT_TOKEN='unclosed\n")
    os.chmod(path, 0o600)
    s.launch()
    s.seen(r"\.env", default="at once")
    s.must("2" in s.result.named, f"the line number is missing: {s.result.named}")
    s.ends(78)


@row(".env breaks while the bot runs (SIGHUP)", "launcher", "the bot runs on with the earlier settings")
def env_breaks(s):
    path = os.path.join(s.folder, ".env")
    open(path, "w").write("BOT_ENV=prod\n")
    os.chmod(path, 0o600)
    s.run(settings=dict(MAX_RESTARTS=None))
    pid = s.bot()
    open(path, "w").write("MAX_RESTARTS=many\n")
    s.begin()
    s.launcher.signal(signal.SIGHUP)
    s.seen("not read|\\.env|wrong|MAX_RESTARTS|findings", default="at once")
    time.sleep(2)
    s.must(s.bot() == pid and s.alive(pid), "the bot was restarted")
    s.must_answer()


@row("settings are missing or out of range", "launcher", "does not start (78); all findings at once")
def settings_wrong(s):
    s.launch(environment=dict(BOT_TOKEN="nonsense", OWNER_USER_ID=None, PORT=80000))
    s.seen("PORT", default="at once")
    for name in ("BOT_TOKEN", "OWNER_USER_ID"):
        s.must(s.launcher.wait(name, 5), f"no finding for {name}: {s.launcher.tail(6)}")
    s.ends(78)


@row("the token is rotated in its file (SIGHUP)", "launcher", "restart at once with the new token")
def token_rotated(s):
    import stage
    path = os.path.join(s.folder, "token")
    open(path, "w").write(stage.TOKEN + "\n")
    s.run(environment=dict(BOT_TOKEN=None, BOT_TOKEN_FILE=path))
    fresh = "987654321:" + "B" * 35
    answer = s.telegram.answer
    s.telegram.answer = lambda handler, url, body: answer(handler, url, body) if fresh in url.path or "/alert" in url.path \
        else s.telegram.fail(401, "Unauthorized")
    open(path, "w").write(fresh + "\n")
    s.begin()
    s.launcher.signal(signal.SIGHUP)
    s.seen("SIGHUP: restarting the bot", default="at once")
    s.restarted(0.5)


@row("the file of restarts is damaged", "launcher", "moved aside; the bot runs")
def state_damaged(s):
    os.makedirs(os.path.join(s.folder, "state"))
    open(os.path.join(s.folder, "state", "restart_backoff.json"), "wb").write(b"\x00{not json")
    s.launch()
    s.seen("restart_backoff.json.*damaged|damaged.*restart_backoff", most=2, default="at once")
    s.must_answer(20)


@row("the file of restarts is from the future (the clock has stepped back by ten years)", "launcher", "waits no longer than the delay")
def state_from_the_future(s):
    delay, later = 4, int((time.time() + 3653 * 86400) * 1e6)
    os.makedirs(os.path.join(s.folder, "state"))
    with open(os.path.join(s.folder, "state", "restart_backoff.json"), "w") as file:
        file.write(f'{{"version":1,"consecutive":3,"failures":3,"delay_ms":{delay * 1000},"next_start_us":{later}}}\n')
    s.launch()
    s.seen("continuing after 3 earlier failures", default="at once")
    s.restarted(delay)
