"""Runs inside the booted machine of scripts/verify-deployment, as root: the package, its units, and what may happen to
them. /verify has package.deb, stuck-bot and these files; the rows go to the file that the argument names."""
import glob, json, os, re, shutil, signal, sqlite3, time

from steps import Steps, health, main, need, process, until
from telegram import TOKEN, Telegram
from unit import DROP_IN, SERVICE, STATE, active, bot, explain, healthy, launcher, line, log, run, shows, size, start, state

step, telegram, full_chats = Steps(explain), Telegram(), []


def answered(seconds=30):
    """A person's message gets exactly one reply."""
    chat = telegram.say("/balance")
    need(until(seconds, lambda: telegram.replies(chat)), f"no reply in {seconds} s; /health: {health()}")
    return need(len(telegram.replies(chat)) == 1, f"{len(telegram.replies(chat))} replies") and True


def back(before, seconds=40):
    """Another bot than `before` answers; its process id."""
    need(until(seconds, lambda: bot() not in (0, before) and healthy() and active()), f"not back in {seconds} s: {state()}, /health {health()}")
    answered()
    return bot()


def report(known):
    """The text of the one crash report that is new."""
    found = until(20, lambda: set(glob.glob(f"{STATE}/crashes/crash-*")) - known)
    need(found and len(found) == 1, f"{len(found)} new crash reports")
    with open(found.pop()) as file:
        return file.read()


@step("apt installs the package", "both units installed, disabled and stopped")
def _():
    code, output = run("apt-get", "install", "-y", "--no-install-recommends", "/verify/package.deb", seconds=300)
    need(code == 0, output[-300:])
    seen = [f'{unit}: {shows("UnitFileState", unit)}, {shows("ActiveState", unit)}' for unit in ("casino-bot", "health-monitor")]
    need(all(text.endswith("disabled, inactive") for text in seen), "; ".join(seen))
    return "; ".join(seen)


@step("systemd-analyze verify and security", "prints nothing; exposure at most 2.0")
def _():
    seen = []
    for unit in ("casino-bot", "health-monitor"):
        code, output = run("systemd-analyze", "verify", f"{unit}.service")
        need(code == 0 and not output, output[:200])
        output = run("systemd-analyze", "security", "--no-pager", unit)[1]
        exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", output)[1])
        need(exposure <= 2.0, f"{unit} {exposure}")
        seen.append(f"{unit} {exposure}")
    return ", ".join(seen)


@step("a start without a token", "exit 78, failed, no restart")
def _():
    with open("/etc/casino-bot/env", "w") as file:
        file.write(f"OWNER_USER_ID=42\nTELEGRAM_API_URL={telegram.url}\n")
    need(run("systemctl", "start", "casino-bot")[0] != 0, "the start succeeded")
    seen = f'{state()}, exit {shows("ExecMainStatus")}, {shows("NRestarts")} restarts'
    need(shows("ActiveState") == "failed" and shows("ExecMainStatus") == "78" and shows("NRestarts") == "0", seen)
    return seen


@step("READY waits for Telegram", "activating with a status while it is away; active once it answers")
def _():
    with open("/etc/casino-bot/bot-token", "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(TOKEN + "\n")
    telegram.down = True
    os.makedirs(os.path.dirname(DROP_IN), exist_ok=True)
    with open(DROP_IN, "w") as file:
        file.write(SERVICE)
    run("systemctl", "daemon-reload")
    run("systemctl", "reset-failed", "casino-bot")
    run("systemctl", "start", "--no-block", "casino-bot")
    need(until(20, lambda: "502" in shows("StatusText")), f'{state()}, status "{shows("StatusText")}"')
    seen = f'{shows("ActiveState")}, "{shows("StatusText")}"'
    need(shows("ActiveState") == "activating", seen)
    telegram.down = False
    need(until(30, active), state())
    return f"{seen}; then {state()}"


@step("a credential (LoadCredential=BOT_TOKEN)", "used for Telegram; in no environment, journal, log or state file")
def _():
    answered()
    need(telegram.tokens == {TOKEN}, f"{len(telegram.tokens)} tokens reached Telegram")
    places = {"journal": run("journalctl", "-o", "cat", "-u", "casino-bot")[1], "log": log(), "unit": run("systemctl", "show", "casino-bot")[1]}
    for number in (launcher(), bot()):
        for name in ("environ", "cmdline"):
            with open(f"/proc/{number}/{name}", errors="replace") as file:
                places[f"{name} of {process(number)[0]}"] = file.read()
    for name in glob.glob(f"{STATE}/*"):
        if os.path.isfile(name):
            with open(name, errors="replace") as file:
                places[name] = file.read()
    secret = TOKEN.split(":")[1]
    found = [name for name, text in places.items() if secret in text]
    need(not found, "found in " + ", ".join(found))
    return f"one token at Telegram; {len(places)} places without it"


@step("STATUS", "says how the bot is")
def _():
    need(until(30, lambda: "connected" in shows("StatusText")), shows("StatusText"))
    return f'"{shows("StatusText")}"'


@step("SIGKILL of the bot", "a crash report, another bot, the same launcher")
def _():
    main, first, since, known = launcher(), bot(), size(), set(glob.glob(f"{STATE}/crashes/*"))
    os.kill(first, signal.SIGKILL)
    back(first)
    need("SIGKILL" in report(known) and launcher() == main, f"launcher {main}, then {launcher()}")
    return line("the bot died: [^;]*", since)


@step("SIGSEGV of the bot", "a crash report with a backtrace")
def _():
    first, known = bot(), set(glob.glob(f"{STATE}/crashes/*"))
    os.kill(first, signal.SIGSEGV)
    back(first)
    text = report(known)
    need("Thread 0" in text and " in casino-bot" in text, text[-300:])
    return f'{re.search("ended with: (.*)", text)[1]}, {len(re.findall(" in casino-bot", text))} frames of casino-bot'


@step("SIGKILL of the launcher", "systemd restarts it; the earlier bot is gone")
def _():
    main, first, restarts = launcher(), bot(), int(shows("NRestarts"))
    os.kill(main, signal.SIGKILL)
    need(until(30, lambda: launcher() not in (0, main)), state())
    back(first)
    need(not process(first) and int(shows("NRestarts")) == restarts + 1, f'bot {process(first)}, {shows("NRestarts")} restarts')
    return f"{state()}, one restart"


@step("a frozen bot (SIGSTOP), BOT_WATCHDOG_SEC=6", "aborted after about 6 s, another bot")
def _():
    first, since, began = bot(), size(), time.monotonic()
    os.kill(first, signal.SIGSTOP)
    seen = line("restarting the bot: [^\n]*|no WATCHDOG=1[^\n]*", since)
    seconds = time.monotonic() - began
    back(first)
    return f"{seen} ({seconds:.0f} s)"


@step("a frozen launcher (SIGSTOP), WatchdogSec=10", "systemd ends it after 10 s and restarts it; the earlier bot is gone")
def _():
    start("WatchdogSec=10\n")
    main, first = launcher(), bot()
    os.kill(main, signal.SIGSTOP)
    need(until(90, lambda: launcher() not in (0, main)), state())
    back(first, 60)
    need(not process(first), f"the earlier bot is {process(first)}")
    said = run("journalctl", "-o", "cat", "-u", "casino-bot", "-g", "Watchdog timeout")[1]
    need("Watchdog timeout" in said, said[-200:])
    return said.splitlines()[-1]


@step("a stuck bot (deadlock on every thread) in the unit's sandbox", "SIGABRT; its function is in crashes/; restarted")
def _():
    start("ExecStart=\nExecStart=/usr/bin/launcher --bot /verify/stuck-bot -- deadlock\n"
          "Environment=EXECUTOR_STALL_SEC=1 KEEPALIVE_INTERVAL_SEC=1 WATCHDOG_STALL_SEC=2 HEALTH_GRACE_SEC=600\n")
    known, first = set(glob.glob(f"{STATE}/crashes/*")), bot()
    text = report(known)
    need("SIGABRT" in text and "Accounts.transfer" in text, text[-400:])
    need(until(30, lambda: bot() not in (0, first)), state())
    return f'{re.search("ended with: (.*)", text)[1]}, {text.count("Accounts.transfer")} frames with Accounts.transfer'


@step("SIGHUP with a changed .env", "read; another bot, the same launcher")
def _():
    need(start()[0] == 0, state())
    main, first, since = launcher(), bot(), size()
    with open(f"{STATE}/.env", "w") as file:
        file.write("EXECUTOR_STALL_SEC=25\n")
    run("chown", "casino-bot:casino-bot", f"{STATE}/.env")
    run("chmod", "600", f"{STATE}/.env")
    run("systemctl", "kill", "-s", "HUP", "--kill-whom=main", "casino-bot")
    back(first)
    need(launcher() == main, "another launcher")
    seen = line("executor stopped after 25 s", since)
    os.remove(f"{STATE}/.env")
    return f"{seen}; the launcher is kept"


@step("a reload of health-monitor", "a valid file is taken over without a restart; a wrong one is named and the old one stays")
def _():
    config = "/etc/health-monitor/health-monitor.json5"
    need(run("systemctl", "start", "health-monitor")[0] == 0, state("health-monitor"))
    main = shows("MainPID", "health-monitor")
    with open(config) as file:
        right = file.read()
    with open(config, "w") as file:
        file.write(right.replace("targets: [", 'targets: [ { name: "casino", type: "bot", url: "http://127.0.0.1:8001", bot: "Casino Bot", public: true },', 1))
    need(run("systemctl", "reload", "health-monitor")[0] == 0, "the reload failed")
    watched = lambda: "casino" in json.dumps(health(8090, "/health/services")[1])
    need(until(20, watched), f'{health(8090, "/health/services")}')
    with open(config, "w") as file:
        file.write('{ targets: [ { type: "nothing" } ] }')
    run("systemctl", "reload", "health-monitor")
    named = lambda: re.search(r'targets\[0\][^\n]*', run("journalctl", "-o", "cat", "-u", "health-monitor")[1])
    finding = need(until(20, named), "no finding in the journal")[0]
    need(watched() and active("health-monitor") and shows("MainPID", "health-monitor") == main, state("health-monitor"))
    with open(config, "w") as file:
        file.write(right)
    run("systemctl", "reload", "health-monitor")
    return f"the same process; {finding}"


@step("systemctl stop", "within 10 s, success, no process is left")
def _():
    first, began = bot(), time.monotonic()
    need(run("systemctl", "stop", "casino-bot")[0] == 0, "the stop failed")
    seconds = time.monotonic() - began
    left = run("pgrep", "-u", "casino-bot")[1]
    need(seconds < 10 and state().startswith("inactive") and shows("Result") == "success" and not process(first) and not left, f"{state()}, {seconds:.1f} s, left: {left}")
    return f"{state()}, {seconds:.1f} s"


@step("a bot that always fails, MAX_RESTARTS=2", "exit 70, failed, no restart by systemd")
def _():
    start("ExecStart=\nExecStart=/usr/bin/launcher --bot /bin/false\nEnvironment=MAX_RESTARTS=2\n")
    need(until(60, lambda: shows("ActiveState") == "failed"), state())
    seen = f'exit {shows("ExecMainStatus")}, {shows("NRestarts")} restarts by systemd'
    need(shows("ExecMainStatus") == "70" and shows("NRestarts") == "0", seen)
    return seen


@step("start limits: the launcher is killed again and again", "failed after five starts; reset-failed and start help")
def _():
    start()
    kills = 0
    while kills < 8 and shows("ActiveState") != "failed":
        if main := until(10, lambda: shows("ActiveState") == "failed" or launcher()):
            if main is not True:
                os.kill(main, signal.SIGKILL)
                kills += 1
                until(10, lambda: launcher() not in (0, main) or shows("ActiveState") == "failed")
    seen = f"{state()} after {kills} kills"
    said = run("journalctl", "-o", "cat", "-u", "casino-bot", "-g", "repeated too quickly")[1].splitlines()
    need(kills == 5 and shows("ActiveState") == "failed" and said, seen)
    run("systemctl", "reset-failed", "casino-bot")
    need(run("systemctl", "start", "casino-bot")[0] == 0 and until(30, healthy), state())
    return f"{seen}: {said[-1]} Started again by hand"


def bonuses(chat):
    """How many bonuses the ledger has for a person, who is their chat. Read from a copy: a reader needs room, too."""
    for name in glob.glob("/var/lib/casino-bot/casino.db*"):
        if not name.endswith("-shm"):
            shutil.copy(name, "/run/")
    ledger = sqlite3.connect("/run/casino.db")
    try:
        return ledger.execute("SELECT count(*) FROM entries WHERE user_id = ? AND reason = 'bonus'", (chat,)).fetchone()[0]
    finally:
        ledger.close()
        for name in glob.glob("/run/casino.db*"):
            os.remove(name)


@step("a full /var (tmpfs of 24 MB)", "no reply without its entry in the ledger; the monitor is degraded; no unit fails")
def _():
    run("systemctl", "stop", "casino-bot", "health-monitor")
    kept = "tmp log/casino-bot lib/casino-bot lib/health-monitor lib/systemd"
    code, output = run("sh", "-ec", f"cd /var && tar -cf /run/var.tar {kept} && mount -t tmpfs -o mode=755,size=24m tmpfs /var && tar -C /var -xpf /run/var.tar")
    need(code == 0, output)
    need(start()[0] == 0 and run("systemctl", "start", "health-monitor")[0] == 0, f'{state()}; {state("health-monitor")}')
    answered()
    filler = os.open("/var/filler", os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(filler, bytes(4096)):
            pass
    except OSError as error:
        full = error.strerror
    os.close(filler)
    began = f"@{int(time.time())}"
    full_chats.extend(telegram.say("/bonus") for _ in range(3))
    # The log file is on the full disk as well.
    said = lambda: re.findall(r"(?:ERROR|WARN)[^\n]*(?:disk|space)[^\n]*", run("journalctl", "-o", "cat", "-u", "casino-bot", "--since", began)[1])
    need(until(60, said), f'/health {health()}; {run("journalctl", "-o", "cat", "-u", "casino-bot", "--since", began)[1][-300:]}')
    need(until(150, lambda: health(8090)[1].get("status") == "degraded"), f"monitor {health(8090)}")
    # A first commit may still fit into the file that SQLite keeps for its log.
    need(all(bonuses(chat) == 1 for chat in full_chats if telegram.replies(chat)), "replied without a ledger")
    for unit in ("casino-bot", "health-monitor"):
        need(shows("ActiveState", unit) in ("active", "activating"), f"{unit}: {state(unit)}")
    return f"{full}; bot: {said()[0][:220]}; monitor degraded"


@step("SIGKILL of the launcher while /var is full", "systemd restarts it; the unit does not fail")
def _():
    main = launcher()
    os.kill(main, signal.SIGKILL)
    need(until(30, lambda: launcher() not in (0, main) and until(5, bot)), state())
    time.sleep(5)  # longer than a start that is refused
    need(shows("ActiveState") in ("active", "activating") and launcher(), state())
    return f'{state()}, "{shows("StatusText")}"'


@step("room on /var again", "each waiting message is applied once and answered; healthy without help")
def _():
    os.remove("/var/filler")
    need(until(90, lambda: all(telegram.replies(chat) for chat in full_chats)), f"{[len(telegram.replies(chat)) for chat in full_chats]} replies, {state()}, {health()}")
    need(until(60, lambda: healthy() and active()), f"{state()}, {health()}")
    # Twice only where the disk was full between Telegram's answer and the commit.
    replies = [len(telegram.replies(chat)) for chat in full_chats]
    need(all(bonuses(chat) == 1 for chat in full_chats) and sum(replies) <= 4, f"{replies} replies, {[bonuses(chat) for chat in full_chats]} entries")
    need(until(150, lambda: health(8090)[1].get("status") == "healthy"), f"monitor {health(8090)}")
    return f"3 of 3 applied once, {replies} replies; {state()}; the monitor is healthy"


main(step)
